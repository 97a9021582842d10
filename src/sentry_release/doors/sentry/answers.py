"""Sentry's JSON -> nouns; what is absent or of another shape counts as absent."""

from datetime import UTC, datetime
from typing import Any

from sentry_release.words.commits import Commit
from sentry_release.words.release import SeenDeploy, SeenRelease

_YEARS = range(1970, 3000)
_NO_PROVIDER = "unknown"
"""What Sentry calls the provider of a repository that only a list of commits has named."""


def release(body: Any, *, created: bool = False) -> SeenRelease | None:  # noqa: ANN401 - JSON
    """A release as POST, PUT and GET give it; None when it is none."""
    body = mapping(body)
    name = text_of(body.get("version"))
    if name is None:
        return None
    projects = (text_of(mapping(entry).get("slug")) for entry in listing(body.get("projects")))
    head = body.get("lastCommit")
    return SeenRelease(
        name=name,
        ref=text_of(body.get("ref")),
        url=text_of(body.get("url")),
        released=moment(body.get("dateReleased")),
        opened=moment(body.get("dateCreated")),
        commit_count=_count(body.get("commitCount")),
        head=text_of(mapping(head).get("id")),
        authors=_authors(body.get("authors")),
        strangers=_strangers(body.get("authors")),
        deploy_count=_count(body.get("deployCount")),
        last_deploy=deploy(body.get("lastDeploy")),
        projects=tuple(slug for slug in projects if slug),
        head_repository=text_of(mapping(mapping(head).get("repository")).get("name")),
        unlinked_repository=_unlinked(head),
        created=created,
    )


def releases(body: Any) -> tuple[SeenRelease, ...]:  # noqa: ANN401 - JSON
    """The releases of a list."""
    return tuple(seen for entry in listing(body) if (seen := release(entry)) is not None)


def deploy(body: Any) -> SeenDeploy | None:  # noqa: ANN401 - JSON
    """A deploy; None when it is none."""
    body = mapping(body)
    environment = text_of(body.get("environment"))
    if environment is None:
        return None
    return SeenDeploy(
        id=_number(body.get("id")),
        environment=environment,
        name=text_of(body.get("name")),
        url=text_of(body.get("url")),
        started=moment(body.get("dateStarted")),
        finished=moment(body.get("dateFinished")),
    )


def deploys(body: Any) -> tuple[SeenDeploy, ...]:  # noqa: ANN401 - JSON
    """The deploys of a list."""
    return tuple(seen for entry in listing(body) if (seen := deploy(entry)) is not None)


def commits(body: Any) -> tuple[Commit, ...]:  # noqa: ANN401 - JSON
    """The commits of a list."""
    entries = [entry for entry in listing(body) if isinstance(entry, dict) and entry.get("id")]
    return tuple(_commit(entry) for entry in entries)


def _commit(entry: dict[str, Any]) -> Commit:
    author = mapping(entry.get("author"))
    return Commit(
        sha=str(entry["id"]),
        message=text_of(entry.get("message")) or "",
        author_name=text_of(author.get("name")),
        author_email=text_of(author.get("email")),
        written=moment(entry.get("dateCreated")) or datetime.fromtimestamp(0, UTC),
        files=(),
        repository=text_of(mapping(entry.get("repository")).get("name")),
        is_linked=_unlinked(entry) is None,
    )


def reason(body: Any, text: str) -> str:  # noqa: ANN401 - JSON
    """What a refusal says, on one line of at most 300 characters."""
    if isinstance(body, dict):
        detail = body.get("detail", body)
        if isinstance(detail, dict):
            detail = detail.get("message", detail)
        text = detail if isinstance(detail, str) else "; ".join(_flat(detail))
    return " ".join(text.split())[:300]


def _flat(value: Any, path: str = "", deeper: int = 8) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict | list) and not deeper:
        return [f"{path}…"]
    match value:
        case dict():
            inside = ((f"{path}{key}: ", inner) for key, inner in value.items())
            return [line for where, inner in inside for line in _flat(inner, where, deeper - 1)]
        case list():
            return [line for inner in value for line in _flat(inner, path, deeper - 1)]
        case _:
            return [f"{path}{value}"]


def _unlinked(head: Any) -> str | None:  # noqa: ANN401 - JSON
    repository = mapping(mapping(head).get("repository"))
    unknown = mapping(repository.get("provider")).get("id") == _NO_PROVIDER
    return text_of(repository.get("name")) if unknown else None


def _strangers(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    """Those of whom Sentry knows no user under any of their addresses: they have no id."""
    known = _authors([entry for entry in listing(value) if mapping(entry).get("id")])
    return tuple(name for name in _authors(value) if name not in known)


def _authors(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    entries = [entry for entry in listing(value) if isinstance(entry, dict)]
    names = (text_of(entry.get("name")) or text_of(entry.get("email")) for entry in entries)
    return tuple(dict.fromkeys(name for name in names if name))


def mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """A list; an empty one where it is none."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def moment(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    """A point in time, of a year that is far from where Python's dates end."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if found.year not in _YEARS:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _count(value: Any) -> int:  # noqa: ANN401 - JSON
    return value if type(value) is int and value > 0 else 0


def _number(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """What Sentry numbers things by: mostly a text, sometimes a number."""
    return text_of(str(value) if isinstance(value, int) else value)
