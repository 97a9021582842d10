"""Sentry's endpoints: which one a request is for, and those for releases and their commits."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from standin.bodies import commit_body, release_body
from standin.commits import land_due, set_commits, set_refs
from standin.fields import Invalid
from standin.sentry_access import not_found, token_of
from standin.sentry_deploys import create_deploy, list_deploys
from standin.sentry_health import HEALTH_ROUTE, answer_on_health, with_health
from standin.sentry_lists import list_releases, page
from standin.sentry_rules import RELEASE, RELEASE_UPDATE, storable
from standin.sentry_uploads import UPLOAD_ROUTE, answer_on_uploads
from standin.sentry_visit import Visit
from standin.state import CommitsBusy, Release, ServerError, Store, now
from standin.wire import Answer, Ask, Refused

_ROUTE = re.compile(
    r"/api/0/organizations/(?P<org>[^/]+)/releases/(?:(?P<version>[^/]+)/(?P<part>commits/|deploys/)?)?"
)
_LOST = "Route not found, did you forget a trailing slash?"


def answer(store: Store, ask: Ask) -> Answer:
    """→ what Sentry answers; state is changed accordingly."""
    with store.lock:
        land_due(store)
        try:
            return _route(store, ask)
        except Refused as refused:
            return refused.answer
        except Invalid as invalid:
            return Answer(status=400, body=invalid.errors)
        except CommitsBusy:
            detail = "Release commits are currently being processed"
            return Answer(status=409, body={"detail": detail})
        except ServerError:
            return Answer(status=500, body={"detail": "Internal Error", "errorId": uuid4().hex})


def _route(store: Store, ask: Ask) -> Answer:
    found = _ROUTE.fullmatch(ask.path)
    if special := HEALTH_ROUTE.fullmatch(ask.path):
        return answer_on_health(store, ask, special["org"], special["part"])
    if upload := UPLOAD_ROUTE.fullmatch(ask.path):
        return answer_on_uploads(store, ask, upload)
    if not found:
        return _lost(ask)
    token = token_of(store, ask)
    if found["org"] != store.organization:
        not_found()
    part = found["part"] or ("one/" if found["version"] else "")
    endpoint = _ENDPOINTS.get((ask.method, part))
    if endpoint is None:
        raise Refused(405, {"detail": f'Method "{ask.method}" not allowed.'})
    return endpoint(Visit(store=store, ask=ask, token=token, version=found["version"] or ""))


def _lost(ask: Ask) -> Answer:
    if ask.path.endswith("/"):
        return Answer(status=404, body="", headers={"Content-Type": "text/html; charset=utf-8"})
    hint = f"try: {ask.path}/"
    if ask.headers.get("content-type", "").startswith("application/json"):
        return Answer(status=404, body={"info": f"{_LOST} {hint}"})
    text = f"{_LOST}\n\n{hint}\n{'^':>{len(hint)}}\n"
    return Answer(status=404, body=text, headers={"Content-Type": "text/plain"})


def _list(visit: Visit) -> Answer:
    return list_releases(visit.store, visit.ask)


def _create(visit: Visit) -> Answer:
    store, asked = visit.store, visit.read(RELEASE)
    projects = [store.project(slug) for slug in asked["projects"]]
    if None in projects:
        raise Invalid({"projects": ["Invalid project slugs"]})
    release = store.releases.get(asked["version"]) or _new_release(visit, asked)
    release.status = asked.get("status") or release.status
    joined = [p for p in projects if p and p not in release.projects]
    release.projects += dict.fromkeys(joined)
    _set_history(visit, release, asked)
    if not release.projects:
        raise ServerError
    return Answer(status=201 if joined else 208, body=release_body(store, release))


def _new_release(visit: Visit, asked: dict[str, Any]) -> Release:
    storable(asked.get("url"))
    release = Release(
        id=len(visit.store.releases) + 1,
        version=asked["version"],
        ref=asked.get("ref"),
        url=asked.get("url"),
        released=asked.get("dateReleased"),
        created=now(),
        user_agent=visit.ask.headers.get("user-agent", "")[:256],
    )
    visit.store.releases[release.version] = release
    return release


def _set_history(visit: Visit, release: Release, asked: dict[str, Any]) -> None:
    commits, refs = asked.get("commits"), asked.get("refs")
    if commits:
        set_commits(visit.store, release, commits)
    if refs:
        set_refs(visit.store, release, refs, user=visit.token.user, fetch=not commits)


def _show(visit: Visit) -> Answer:
    return Answer(body=with_health(visit, release_body(visit.store, visit.release)))


def _update(visit: Visit) -> Answer:
    release, asked = visit.release, visit.read(RELEASE_UPDATE)
    storable(asked.get("url"))
    release.released = asked.get("dateReleased") or release.released
    release.ref = asked.get("ref") or release.ref
    release.url = asked.get("url") or release.url
    release.status = asked.get("status") or release.status
    _set_history(visit, release, asked)
    if asked.get("refs") == []:
        _clear_commits(release)
    return Answer(body=release_body(visit.store, release))


def _clear_commits(release: Release) -> None:
    if len(release.heads) != 1:
        raise ServerError
    release.heads.clear()
    release.commits = []
    release.commit_count = 0


def _commits(visit: Visit) -> Answer:
    return page(
        visit.store, visit.ask, visit.release.commits, lambda c: commit_body(visit.store, c)
    )


_ENDPOINTS: dict[tuple[str, str], Callable[[Visit], Answer]] = {
    ("GET", ""): _list,
    ("POST", ""): _create,
    ("GET", "one/"): _show,
    ("PUT", "one/"): _update,
    ("GET", "commits/"): _commits,
    ("GET", "deploys/"): list_deploys,
    ("POST", "deploys/"): create_deploy,
}
