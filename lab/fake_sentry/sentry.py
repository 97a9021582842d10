"""Sentry's endpoints: the routing, and those for releases and their commits."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fake_sentry.bodies import commit_body, release_body
from fake_sentry.commits import land_due, set_commits, set_refs
from fake_sentry.fields import Invalid
from fake_sentry.sentry_access import not_found, token_of
from fake_sentry.sentry_deploys import create_deploy, list_deploys
from fake_sentry.sentry_health import HEALTH_ROUTE, answer_on_health, with_health
from fake_sentry.sentry_lists import list_releases, page
from fake_sentry.sentry_request import SentryRequest
from fake_sentry.sentry_rules import RELEASE, RELEASE_UPDATE, storable
from fake_sentry.sentry_uploads import UPLOAD_ROUTE, answer_on_uploads
from fake_sentry.state import CommitsBusy, Release, ServerError, Store, now
from fake_sentry.wire import Answer, Query, Refused

_ROUTE = re.compile(
    r"/api/0/organizations/(?P<org>[^/]+)/releases/(?:(?P<version>[^/]+)/(?P<part>commits/|deploys/)?)?"
)
_LOST = "Route not found, did you forget a trailing slash?"


def answer(store: Store, query: Query) -> Answer:
    """Return Sentry's response, and update the state."""
    with store.lock:
        land_due(store)
        try:
            return _route(store, query)
        except Refused as refused:
            return refused.answer
        except Invalid as invalid:
            return Answer(status=400, body=invalid.errors)
        except CommitsBusy:
            detail = "Release commits are currently being processed"
            return Answer(status=409, body={"detail": detail})
        except ServerError:
            return Answer(status=500, body={"detail": "Internal Error", "errorId": uuid4().hex})


def _route(store: Store, query: Query) -> Answer:
    found = _ROUTE.fullmatch(query.path)
    if special := HEALTH_ROUTE.fullmatch(query.path):
        return answer_on_health(store, query, special["org"], special["part"])
    if upload := UPLOAD_ROUTE.fullmatch(query.path):
        return answer_on_uploads(store, query, upload)
    if not found:
        return _lost(query)
    token = token_of(store, query)
    if found["org"] != store.organization:
        not_found()
    part = found["part"] or ("one/" if found["version"] else "")
    endpoint = _ENDPOINTS.get((query.method, part))
    if endpoint is None:
        raise Refused(405, {"detail": f'Method "{query.method}" not allowed.'})
    return endpoint(
        SentryRequest(store=store, query=query, token=token, version=found["version"] or "")
    )


def _lost(query: Query) -> Answer:
    if query.path.endswith("/"):
        return Answer(status=404, body="", headers={"Content-Type": "text/html; charset=utf-8"})
    hint = f"try: {query.path}/"
    if query.headers.get("content-type", "").startswith("application/json"):
        return Answer(status=404, body={"info": f"{_LOST} {hint}"})
    text = f"{_LOST}\n\n{hint}\n{'^':>{len(hint)}}\n"
    return Answer(status=404, body=text, headers={"Content-Type": "text/plain"})


def _list(request: SentryRequest) -> Answer:
    return list_releases(request.store, request.query)


def _create(request: SentryRequest) -> Answer:
    store, body = request.store, request.read(RELEASE)
    projects = [store.project(slug) for slug in body["projects"]]
    if None in projects:
        raise Invalid({"projects": ["Invalid project slugs"]})
    release = store.releases.get(body["version"]) or _new_release(request, body)
    release.status = body.get("status") or release.status
    joined = [p for p in projects if p and p not in release.projects]
    release.projects += dict.fromkeys(joined)
    _set_history(request, release, body)
    if not release.projects:
        raise ServerError
    return Answer(status=201 if joined else 208, body=release_body(store, release))


def _new_release(request: SentryRequest, body: dict[str, Any]) -> Release:
    storable(body.get("url"))
    release = Release(
        id=len(request.store.releases) + 1,
        version=body["version"],
        ref=body.get("ref"),
        url=body.get("url"),
        released=body.get("dateReleased"),
        created=now(),
        user_agent=request.query.headers.get("user-agent", "")[:256],
    )
    request.store.releases[release.version] = release
    return release


def _set_history(request: SentryRequest, release: Release, body: dict[str, Any]) -> None:
    commits, refs = body.get("commits"), body.get("refs")
    if commits:
        set_commits(request.store, release, commits)
    if refs:
        set_refs(request.store, release, refs, user=request.token.user, fetch=not commits)


def _show(request: SentryRequest) -> Answer:
    return Answer(body=with_health(request, release_body(request.store, request.release)))


def _update(request: SentryRequest) -> Answer:
    release, body = request.release, request.read(RELEASE_UPDATE)
    storable(body.get("url"))
    release.released = body.get("dateReleased") or release.released
    release.ref = body.get("ref") or release.ref
    release.url = body.get("url") or release.url
    release.status = body.get("status") or release.status
    _set_history(request, release, body)
    if body.get("refs") == []:
        _clear_commits(release)
    return Answer(body=release_body(request.store, release))


def _clear_commits(release: Release) -> None:
    if len(release.heads) != 1:
        raise ServerError
    release.heads.clear()
    release.commits = []
    release.commit_count = 0


def _commits(request: SentryRequest) -> Answer:
    return page(
        request.store,
        request.query,
        request.release.commits,
        lambda c: commit_body(request.store, c),
    )


_ENDPOINTS: dict[tuple[str, str], Callable[[SentryRequest], Answer]] = {
    ("GET", ""): _list,
    ("POST", ""): _create,
    ("GET", "one/"): _show,
    ("PUT", "one/"): _update,
    ("GET", "commits/"): _commits,
    ("GET", "deploys/"): list_deploys,
    ("POST", "deploys/"): create_deploy,
}
