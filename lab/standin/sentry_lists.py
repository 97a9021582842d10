"""Sentry's lists: which releases are asked for, and how long lists come in pages."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from standin.bodies import release_body
from standin.sentry_access import not_found
from standin.state import Release, Store
from standin.wire import Answer, Ask, Refused

Item = TypeVar("Item")
LIMIT = 100


def page(store: Store, ask: Ask, items: Sequence[Item], body: Callable[[Item], object]) -> Answer:
    """
    → one page of the items, with the Link header that leads to the next.

    Raises:
        Refused: 400, the page's size or the cursor is none
    """
    limit, number = _limit(ask), _page_number(ask)
    shown = items[number * limit : (number + 1) * limit]
    more = len(items) > (number + 1) * limit
    links = (
        _link(store, ask, "previous", f"{limit}:{number - 1}:1", found=number > 0),
        _link(store, ask, "next", f"{limit}:{number + 1}:0", found=more),
    )
    return Answer(body=[body(item) for item in shown], headers={"Link": ", ".join(links)})


def _limit(ask: Ask) -> int:
    asked = ask.one("per_page", str(LIMIT))
    if not asked.isdecimal():
        raise Refused(400, {"detail": "Invalid per_page parameter."})
    if int(asked) > LIMIT:
        raise Refused(400, {"detail": f"Invalid per_page value. Cannot exceed {LIMIT}."})
    return int(asked)


def _page_number(ask: Ask) -> int:
    cursor = ask.one("cursor", "0:0:0").split(":")
    try:
        _, number, _ = (int(bit) for bit in cursor)
    except ValueError:
        raise Refused(400, {"detail": "Invalid cursor parameter."}) from None
    return number


def _link(store: Store, ask: Ask, rel: str, cursor: str, *, found: bool) -> str:
    url = f"{store.url}{quote(ask.path)}?{ask.query_without('cursor')}&cursor={cursor}"
    return f'<{url}>; rel="{rel}"; results="{str(found).lower()}"; cursor="{cursor}"'


def list_releases(store: Store, ask: Ask) -> Answer:
    """
    → the releases asked for, newest creation first (the date of release plays no part).

    Raises:
        Refused: 404 for an environment that no deploy has named yet, 400 and 403 for bad filters
    """
    projects = projects_of(store, ask)
    environments = set(ask.query.get("environment", ()))
    if environments - store.environments:
        not_found()
    status = ask.one("status", "open")
    if status not in {"open", "archived", ""}:
        raise Refused(400, {"detail": "invalid value for status"})
    found = [
        release
        for release in store.releases.values()
        if {p.id for p in release.projects} & projects
        and status in {release.status, ""}
        and _matches(release.version, ask.one("query"))
        and (not environments or _was_in(release, environments, projects))
    ]
    newest = sorted(found, key=lambda release: (release.created, release.id), reverse=True)
    return page(store, ask, newest, lambda release: release_body(store, release))


def projects_of(store: Store, ask: Ask) -> set[int]:
    """
    → the ids of the projects asked for, all of them when none is.

    Raises:
        Refused: 400 for what is no id, 403 for the id of no project
    """
    everything = {project.id for project in store.projects}
    try:
        asked = {int(project) for project in ask.query.get("project", ())} - {-1}
    except ValueError:
        detail = "Invalid project parameter. Values must be numbers."
        raise Refused(400, {"detail": detail}) from None
    if asked - everything:
        raise Refused(403, {"detail": "You do not have permission to perform this action."})
    return asked or everything


def _matches(version: str, query: str) -> bool:
    if query.startswith("release:"):
        return version == query.removeprefix("release:").strip('"')
    return query.lower() in version.lower()


def _was_in(release: Release, environments: set[str], projects: set[int]) -> bool:
    return any(release.environments.get(name, set()) & projects for name in environments)
