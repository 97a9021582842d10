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

_AUTHOR_NAME = 128  # characters
_AUTHOR_EMAIL = 75
_PATH = 510
_MESSAGE = 16_000
_FILES = 3_000  # of one commit; GitHub gives no more either
_HALVES = re.compile(r"[\ud800-\udfff]")  # JSON can name them, UTF-8 cannot


def fitted(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Cut what is too long; an address or a path that would be another one when cut is left out."""
    return tuple(_fitted(commit) for commit in commits)


def _fitted(commit: Commit) -> Commit:
    email = commit.author_email
    return replace(
        commit,
        message=_plain(commit.message)[:_MESSAGE],
        author_name=(_plain(commit.author_name)[:_AUTHOR_NAME] or None)
        if commit.author_name
        else None,
        author_email=(_plain(email) or None) if email and len(email) <= _AUTHOR_EMAIL else None,
        files=tuple(file for file in commit.files if _is_storable(file.path))[:_FILES],
    )


def _is_storable(path: str) -> bool:
    # What is blank counts as absent.
    return bool(path.strip()) and len(path) <= _PATH and path == _plain(path)


def _plain(text: str) -> str:
    """Without what PostgreSQL does not store: null characters, and halves of a character."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", ""))
