"""Parse the JSON of releases, deploys and commits; invalid parts count as absent."""

from datetime import UTC, datetime
from typing import Any

from sentry_release.model.commits import Commit
from sentry_release.model.release import SentryDeploy, SentryRelease

_YEARS = range(1970, 3000)
_ROUNDING = 1e-9  # of a ratio
_MAX_COUNT = 10**15  # of sessions or users; the statistics take too long beyond
_NO_PROVIDER = "unknown"
"""Sentry's provider id of a repository that is known only from uploaded commits."""


def parse_release(body: object, *, created: bool = False) -> SentryRelease | None:
    """Parse a release of a POST, PUT or GET response; None if it is not a release."""
    body = as_dict(body)
    name = as_text(body.get("version"))
    if name is None:
        return None
    projects = (as_text(as_dict(entry).get("slug")) for entry in as_list(body.get("projects")))
    head = body.get("lastCommit")
    return SentryRelease(
        name=name,
        ref=as_text(body.get("ref")),
        url=as_text(body.get("url")),
        released_at=as_datetime(body.get("dateReleased")),
        created_at=as_datetime(body.get("dateCreated")),
        commit_count=_as_count_or_zero(body.get("commitCount")),
        head=as_text(as_dict(head).get("id")),
        authors=_parse_authors(body.get("authors")),
        unknown_authors=_find_unknown_authors(body.get("authors")),
        deploy_count=_as_count_or_zero(body.get("deployCount")),
        last_deploy=parse_deploy(body.get("lastDeploy")),
        projects=tuple(slug for slug in projects if slug),
        head_repository=as_text(as_dict(as_dict(head).get("repository")).get("name")),
        unlinked_repository=_find_unlinked_repository(head),
        is_new=created,
    )


def parse_releases(body: object) -> tuple[SentryRelease, ...]:
    """Parse a list of releases."""
    parsed = map(parse_release, as_list(body))
    return tuple(release for release in parsed if release is not None)


def parse_deploy(body: object) -> SentryDeploy | None:
    """Parse a deploy; None if it is not a deploy."""
    body = as_dict(body)
    environment = as_text(body.get("environment"))
    if environment is None:
        return None
    return SentryDeploy(
        id=_as_identifier(body.get("id")),
        environment=environment,
        name=as_text(body.get("name")),
        url=as_text(body.get("url")),
        started=as_datetime(body.get("dateStarted")),
        finished=as_datetime(body.get("dateFinished")),
    )


def parse_deploys(body: object) -> tuple[SentryDeploy, ...]:
    """Parse a list of deploys."""
    parsed = map(parse_deploy, as_list(body))
    return tuple(deploy for deploy in parsed if deploy is not None)


def parse_commits(body: object) -> tuple[Commit, ...]:
    """Parse a list of commits."""
    entries = [entry for entry in as_list(body) if isinstance(entry, dict) and entry.get("id")]
    return tuple(_parse_commit(entry) for entry in entries)


def _parse_commit(entry: dict[str, Any]) -> Commit:
    author = as_dict(entry.get("author"))
    return Commit(
        sha=str(entry["id"]),
        message=as_text(entry.get("message")) or "",
        author_name=as_text(author.get("name")),
        author_email=as_text(author.get("email")),
        created_at=as_datetime(entry.get("dateCreated")) or datetime.fromtimestamp(0, UTC),
        files=(),
        repository=as_text(as_dict(entry.get("repository")).get("name")),
        is_linked=_find_unlinked_repository(entry) is None,
    )


def find_error_detail(body: object, text: str) -> str:
    """Return the detail of an error response, on one line of at most 300 characters."""
    if isinstance(body, dict):
        detail = body.get("detail", body)
        if isinstance(detail, dict):
            detail = detail.get("message", detail)
        text = detail if isinstance(detail, str) else "; ".join(_flatten(detail))
    return " ".join(text.split())[:300]


def _flatten(value: object, path: str = "", deeper: int = 8) -> list[str]:
    if isinstance(value, dict | list) and not deeper:
        return [f"{path}…"]
    match value:
        case dict():
            inside = ((f"{path}{key}: ", inner) for key, inner in value.items())
            return [line for where, inner in inside for line in _flatten(inner, where, deeper - 1)]
        case list():
            return [line for inner in value for line in _flatten(inner, path, deeper - 1)]
        case _:
            return [f"{path}{value}"]


def _find_unlinked_repository(head: object) -> str | None:
    repository = as_dict(as_dict(head).get("repository"))
    unknown = as_dict(repository.get("provider")).get("id") == _NO_PROVIDER
    return as_text(repository.get("name")) if unknown else None


def _find_unknown_authors(value: object) -> tuple[str, ...]:
    """Return the authors without an id: no Sentry user has one of their email addresses."""
    known = _parse_authors([entry for entry in as_list(value) if as_dict(entry).get("id")])
    return tuple(name for name in _parse_authors(value) if name not in known)


def _parse_authors(value: object) -> tuple[str, ...]:
    entries = [entry for entry in as_list(value) if isinstance(entry, dict)]
    names = (as_text(entry.get("name")) or as_text(entry.get("email")) for entry in entries)
    return tuple(dict.fromkeys(name for name in names if name))


def as_dict(value: object) -> dict[str, Any]:
    """Return the object; an empty one if the value is not an object."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return the list; an empty one if the value is not a list."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """Return the text; None if it is empty or not a text."""
    return value if isinstance(value, str) and value else None


def as_datetime(value: object) -> datetime | None:
    """Parse a date and time; None if invalid, or near the limits of Python's dates."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None or found.year not in _YEARS:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _as_count_or_zero(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


def _as_identifier(value: object) -> str | None:
    """Return an id as text; Sentry sends some ids as numbers."""
    return as_text(str(value) if isinstance(value, int) else value)


def as_ratio(value: object) -> float | None:
    """Return a number from 0 to 1; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -_ROUNDING <= value <= 1 + _ROUNDING:  # NaN is not between anything
        return None
    return min(max(float(value), 0.0), 1.0)


def as_share(part: int | None, whole: int | None) -> float | None:
    """Return the ratio of a part to the whole; None if either is missing or the part is larger."""
    if part is None or not whole or part > whole:
        return None
    return part / whole


def as_count(value: object) -> int | None:
    """Return a whole number of at least 0, cut off after the point; None for anything else."""
    number = as_number(value)
    return int(number) if number is not None else None


def as_number(value: object) -> float | None:
    """Return a number of at least 0; None for anything else, and for a number beyond belief."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _MAX_COUNT else None  # NaN is not between anything
