"""Details of commits: Sentry's limits, the authors and the resolved issues."""

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
_MAX_FILES = 3_000  # files of one commit, which is GitHub's limit as well
_HALVES = re.compile(r"[\ud800-\udfff]")  # JSON can name them, UTF-8 cannot


def truncate_to_sentry_limits(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Return the commits with long texts truncated; too long addresses and paths are removed."""
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
    # Blank paths count as absent.
    return bool(path.strip()) and len(path) <= _MAX_PATH and path == _remove_unstorable(path)


def _remove_unstorable(text: str) -> str:
    """Replace what PostgreSQL cannot store: null characters and lone surrogates."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", ""))


_MAX_AUTHORS = 30
_MAX_ISSUES = 50
_UNKNOWN_AUTHOR = "unknown author"


def count_commits_by_author(commits: Iterable[Commit]) -> tuple[tuple[str, int], ...]:
    """Return authors with their number of commits, the highest first; after 30, the rest as one."""
    counts = Counter(_get_author_name(one) for one in commits)
    first, rest = counts.most_common()[:_MAX_AUTHORS], counts.most_common()[_MAX_AUTHORS:]
    others = ((f"{len(rest)} others", sum(count for _, count in rest)),) if rest else ()
    return (*first, *others)


def find_resolved_issues(commits: Iterable[Commit]) -> tuple[str, ...]:
    """Return the issues that Sentry resolves by the messages, each once, at most 50."""
    found = dict.fromkeys(issue for one in commits for issue in find_referenced_issues(one.message))
    return tuple(found)[:_MAX_ISSUES]


def _get_author_name(commit: Commit) -> str:
    names = (commit.author_name or "", commit.author_email or "", _UNKNOWN_AUTHOR)
    name = next(name for name in names if name.strip())
    return name.encode(errors="replace").decode()  # JSON can contain lone surrogates
