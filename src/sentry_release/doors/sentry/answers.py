"""Sentry's JSON -> nouns; what is absent or of another shape counts as absent."""

from datetime import UTC, datetime
from typing import Any

from sentry_release.words.commits import Commit
from sentry_release.words.release import SeenDeploy, SeenRelease

_NO_PROVIDER = "unknown"
"""What Sentry calls the provider of a repository that only a list of commits has named."""


def release(body: Any, *, created: bool = False) -> SeenRelease | None:  # noqa: ANN401 - JSON
    """A release as POST, PUT and GET give it; None when it is none."""
    if not isinstance(body, dict) or not isinstance(body.get("version"), str):
        return None
    projects = [entry for entry in _list(body.get("projects")) if isinstance(entry, dict)]
    head = body.get("lastCommit")
    return SeenRelease(
        name=body["version"],
        ref=_text(body.get("ref")),
        url=_text(body.get("url")),
        released=_moment(body.get("dateReleased")),
        opened=_moment(body.get("dateCreated")),
        commit_count=_count(body.get("commitCount")),
        head=_text(head.get("id")) if isinstance(head, dict) else None,
        authors=_authors(body.get("authors")),
        strangers=_strangers(body.get("authors")),
        deploy_count=_count(body.get("deployCount")),
        last_deploy=deploy(body.get("lastDeploy")),
        projects=tuple(str(entry.get("slug")) for entry in projects),
        unlinked_repository=_unlinked(head),
        created=created,
    )


def releases(body: Any) -> tuple[SeenRelease, ...]:  # noqa: ANN401 - JSON
    """The releases of a list."""
    return tuple(seen for entry in _list(body) if (seen := release(entry)) is not None)


def deploy(body: Any) -> SeenDeploy | None:  # noqa: ANN401 - JSON
    """A deploy; None when it is none."""
    if not isinstance(body, dict) or not isinstance(body.get("environment"), str):
        return None
    return SeenDeploy(
        id=str(body.get("id")),
        environment=body["environment"],
        name=_text(body.get("name")),
        url=_text(body.get("url")),
        started=_moment(body.get("dateStarted")),
        finished=_moment(body.get("dateFinished")),
    )


def deploys(body: Any) -> tuple[SeenDeploy, ...]:  # noqa: ANN401 - JSON
    """The deploys of a list."""
    return tuple(seen for entry in _list(body) if (seen := deploy(entry)) is not None)


def commits(body: Any) -> tuple[Commit, ...]:  # noqa: ANN401 - JSON
    """The commits of a list."""
    entries = [entry for entry in _list(body) if isinstance(entry, dict) and entry.get("id")]
    return tuple(_commit(entry) for entry in entries)


def _commit(entry: dict[str, Any]) -> Commit:
    author = entry.get("author")
    author = author if isinstance(author, dict) else {}
    return Commit(
        sha=str(entry["id"]),
        message=_text(entry.get("message")) or "",
        author_name=_text(author.get("name")),
        author_email=_text(author.get("email")),
        written=_moment(entry.get("dateCreated")) or datetime.fromtimestamp(0, UTC),
        files=(),
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
    repository = _mapping(_mapping(head).get("repository"))
    unknown = _mapping(repository.get("provider")).get("id") == _NO_PROVIDER
    return _text(repository.get("name")) if unknown else None


def _strangers(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    """Those of whom Sentry knows no user under any of their addresses: they have no id."""
    known = _authors([entry for entry in _list(value) if _mapping(entry).get("id")])
    return tuple(name for name in _authors(value) if name not in known)


def _authors(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    entries = [entry for entry in _list(value) if isinstance(entry, dict)]
    names = (_text(entry.get("name")) or _text(entry.get("email")) for entry in entries)
    return tuple(dict.fromkeys(name for name in names if name))


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:  # noqa: ANN401 - JSON
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int:  # noqa: ANN401 - JSON
    return value if isinstance(value, int) else 0


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
