"""Sentry's endpoints for the deploys of a release."""

from typing import Any

from standin.bodies import deploy_body
from standin.commits import notify_if_ready
from standin.fields import Invalid
from standin.sentry_lists import page
from standin.sentry_rules import DEPLOY, storable
from standin.sentry_visit import Visit
from standin.state import Deploy, Release, ServerError, Store, now
from standin.wire import Answer, Refused


def list_deploys(visit: Visit) -> Answer:
    """→ the deploys of the release, the one that ended last first."""
    newest = sorted(visit.release.deploys, key=lambda d: d.finished, reverse=True)
    return page(visit.store, visit.ask, newest, deploy_body)


def create_deploy(visit: Visit) -> Answer:
    """→ a new deploy, however many like it there are; Sentry never deduplicates."""
    release, store = visit.release, visit.store
    asked = visit.read(DEPLOY)
    slugs = _projects(store, release, asked)
    environment = asked["environment"]
    # The environment comes to be even if the deploy then does not.
    store.environments.add(environment)
    deploy = _new_deploy(store, asked)
    release.deploys.append(deploy)
    here = {project.id for project in release.projects if project.slug in slugs}
    release.environments.setdefault(environment, set()).update(here)
    notify_if_ready(store, release, deploy)
    return Answer(status=201, body=deploy_body(deploy))


def _projects(store: Store, release: Release, asked: dict[str, Any]) -> list[str]:
    slugs: list[str] = asked.get("projects", release.slugs)
    if not all(store.project(slug) for slug in slugs):
        raise Invalid({"projects": ["Invalid project"]})
    strangers = [slug for slug in slugs if slug not in release.slugs]
    if strangers:
        why = f"Invalid projects ({', '.join(strangers)}) for release {release.version}"
        detail = {"code": "parameter-validation-error", "message": why, "extra": {"context": ""}}
        raise Refused(400, {"detail": detail})
    return slugs


def _new_deploy(store: Store, asked: dict[str, Any]) -> Deploy:
    finished = asked.get("dateFinished", now())
    storable(asked.get("url"))
    if finished is None:
        raise ServerError
    store.deploy_count += 1
    return Deploy(
        id=store.deploy_count,
        environment=asked["environment"],
        name=asked.get("name"),
        url=asked.get("url"),
        started=asked.get("dateStarted"),
        finished=finished,
    )
