"""
Commits -> the same commits within what Sentry stores.

Sentry answers 400 to a text that is too long and 500 to some that are absent, and then none
of the commits is stored; so everything is cut here.
Source: what a real server answered, held by tests/contract.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from sentry_release.words.commits import Commit

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
