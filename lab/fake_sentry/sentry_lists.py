"""Sentry's lists: filters for releases, and pagination."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from fake_sentry.bodies import release_body
from fake_sentry.sentry_access import not_found
from fake_sentry.state import Release, Store
from fake_sentry.wire import Answer, Query, Refused

Item = TypeVar("Item")
LIMIT = 100


def page(
    store: Store, query: Query, items: Sequence[Item], body: Callable[[Item], object]
) -> Answer:
    """
    Return one page of the items, with the Link header that leads to the next.

    Raises:
        Refused: 400, the page's size or the cursor is none
    """
    limit, number = _limit(query), _page_number(query)
    visible = items[number * limit : (number + 1) * limit]
    more = len(items) > (number + 1) * limit
    links = (
        _link(store, query, "previous", f"{limit}:{number - 1}:1", found=number > 0),
        _link(store, query, "next", f"{limit}:{number + 1}:0", found=more),
    )
    return Answer(body=[body(item) for item in visible], headers={"Link": ", ".join(links)})


def _limit(query: Query) -> int:
    per_page = query.one("per_page", str(LIMIT))
    if not per_page.isdecimal():
        raise Refused(400, {"detail": "Invalid per_page parameter."})
    if int(per_page) > LIMIT:
        raise Refused(400, {"detail": f"Invalid per_page value. Cannot exceed {LIMIT}."})
    return int(per_page)


def _page_number(query: Query) -> int:
    cursor = query.one("cursor", "0:0:0").split(":")
    try:
        _, number, _ = (int(bit) for bit in cursor)
    except ValueError:
        raise Refused(400, {"detail": "Invalid cursor parameter."}) from None
    return number


def _link(store: Store, query: Query, rel: str, cursor: str, *, found: bool) -> str:
    url = f"{store.url}{quote(query.path)}?{query.query_without('cursor')}&cursor={cursor}"
    return f'<{url}>; rel="{rel}"; results="{str(found).lower()}"; cursor="{cursor}"'


def list_releases(store: Store, query: Query) -> Answer:
    """
    Return the requested releases, newest creation first (the date of release plays no part).

    Raises:
        Refused: 404 for an environment that no deploy has named yet, 400 and 403 for bad filters
    """
    projects = projects_of(store, query)
    environments = set(query.query.get("environment", ()))
    if environments - store.environments:
        not_found()
    status = query.one("status", "open")
    if status not in {"open", "archived", ""}:
        raise Refused(400, {"detail": "invalid value for status"})
    found = [
        release
        for release in store.releases.values()
        if {p.id for p in release.projects} & projects
        and status in {release.status, ""}
        and _matches(release.version, query.one("query"))
        and (not environments or _was_in(release, environments, projects))
    ]
    newest = sorted(found, key=lambda release: (release.created, release.id), reverse=True)
    return page(store, query, newest, lambda release: release_body(store, release))


def projects_of(store: Store, query: Query) -> set[int]:
    """
    Return the ids of the requested projects; all of them if none is requested.

    Raises:
        Refused: 400 for what is no id, 403 for the id of no project
    """
    everything = {project.id for project in store.projects}
    try:
        wanted = {int(project) for project in query.query.get("project", ())} - {-1}
    except ValueError:
        detail = "Invalid project parameter. Values must be numbers."
        raise Refused(400, {"detail": detail}) from None
    if wanted - everything:
        raise Refused(403, {"detail": "You do not have permission to perform this action."})
    return wanted or everything


def _matches(version: str, query: str) -> bool:
    if query.startswith("release:"):
        return version == query.removeprefix("release:").strip('"')
    return query.lower() in version.lower()


def _was_in(release: Release, environments: set[str], projects: set[int]) -> bool:
    return any(release.environments.get(name, set()) & projects for name in environments)
