"""Sentry's endpoints for the deploys of a release."""

from typing import Any

from fake_sentry.bodies import deploy_body
from fake_sentry.commits import notify_if_ready
from fake_sentry.fields import Invalid
from fake_sentry.sentry_lists import page
from fake_sentry.sentry_request import SentryRequest
from fake_sentry.sentry_rules import DEPLOY, storable
from fake_sentry.state import Deploy, Release, ServerError, Store, now
from fake_sentry.wire import Answer, Refused


def list_deploys(request: SentryRequest) -> Answer:
    """Return the deploys of the release, the last finished first."""
    newest = sorted(request.release.deploys, key=lambda d: d.finished, reverse=True)
    return page(request.store, request.query, newest, deploy_body)


def create_deploy(request: SentryRequest) -> Answer:
    """Create a deploy; Sentry never deduplicates."""
    release, store = request.release, request.store
    body = request.read(DEPLOY)
    slugs = _projects(store, release, body)
    environment = body["environment"]
    # Sentry creates the environment even if the deploy is then rejected.
    store.environments.add(environment)
    deploy = _new_deploy(store, body)
    release.deploys.append(deploy)
    here = {project.id for project in release.projects if project.slug in slugs}
    release.environments.setdefault(environment, set()).update(here)
    notify_if_ready(store, release, deploy)
    return Answer(status=201, body=deploy_body(deploy))


def _projects(store: Store, release: Release, body: dict[str, Any]) -> list[str]:
    slugs: list[str] = body.get("projects", release.slugs)
    if not all(store.project(slug) for slug in slugs):
        raise Invalid({"projects": ["Invalid project"]})
    unknown_authors = [slug for slug in slugs if slug not in release.slugs]
    if unknown_authors:
        reason = f"Invalid projects ({', '.join(unknown_authors)}) for release {release.version}"
        detail = {"code": "parameter-validation-error", "message": reason, "extra": {"context": ""}}
        raise Refused(400, {"detail": detail})
    return slugs


def _new_deploy(store: Store, body: dict[str, Any]) -> Deploy:
    finished = body.get("dateFinished", now())
    storable(body.get("url"))
    if finished is None:
        raise ServerError
    store.deploy_count += 1
    return Deploy(
        id=store.deploy_count,
        environment=body["environment"],
        name=body.get("name"),
        url=body.get("url"),
        started=body.get("dateStarted"),
        finished=finished,
    )
