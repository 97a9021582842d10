"""Authors, resolved issues, Sentry's limits."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from sentry_release.model.commits import Commit
from sentry_release.model.issue_references import find_referenced_issues

_MAX_AUTHOR_NAME = 128  # characters
_MAX_AUTHOR_EMAIL = 75
_MAX_PATH = 510
_MAX_MESSAGE = 16_000
_MAX_FILES = 3_000  # of one commit; GitHub gives no more either
_HALVES = re.compile(r"[\ud800-\udfff]")  # JSON can name them, UTF-8 cannot


def truncate_to_sentry_limits(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Cut what is too long; an address or a path that would be another one when cut is left out."""
    return tuple(_truncate_commit(commit) for commit in commits)


def _truncate_commit(commit: Commit) -> Commit:
    email = commit.author_email
    return replace(
        commit,
        message=_remove_unstorable(commit.message)[:_MAX_MESSAGE],
        author_name=(_remove_unstorable(commit.author_name)[:_MAX_AUTHOR_NAME] or None)
        if commit.author_name
        else None,
        author_email=(_remove_unstorable(email) or None)
        if email and len(email) <= _MAX_AUTHOR_EMAIL
        else None,
        files=tuple(file for file in commit.files if _is_storable_path(file.path))[:_MAX_FILES],
    )


def _is_storable_path(path: str) -> bool:
    # What is blank counts as absent.
    return bool(path.strip()) and len(path) <= _MAX_PATH and path == _remove_unstorable(path)


def _remove_unstorable(text: str) -> str:
    """Without what PostgreSQL does not store: null characters, and halves of a character."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", ""))


_MAX_AUTHORS = 30
_MAX_ISSUES = 50
_UNKNOWN_AUTHOR = "somebody"


def count_commits_by_author(commits: Iterable[Commit]) -> tuple[tuple[str, int], ...]:
    """The authors and how many commits each has, who has most first; after 30 come the others."""
    counts = Counter(_get_author_name(one) for one in commits)
    first, rest = counts.most_common()[:_MAX_AUTHORS], counts.most_common()[_MAX_AUTHORS:]
    others = ((f"{len(rest)} others", sum(count for _, count in rest)),) if rest else ()
    return (*first, *others)


def find_resolved_issues(commits: Iterable[Commit]) -> tuple[str, ...]:
    """The issues that the messages name for Sentry to resolve, each once, at most 50."""
    found = dict.fromkeys(issue for one in commits for issue in find_referenced_issues(one.message))
    return tuple(found)[:_MAX_ISSUES]


def _get_author_name(commit: Commit) -> str:
    names = (commit.author_name or "", commit.author_email or "", _UNKNOWN_AUTHOR)
    name = next(name for name in names if name.strip())
    return name.encode(errors="replace").decode()  # JSON can name half a character
