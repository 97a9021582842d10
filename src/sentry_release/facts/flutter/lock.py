"""pubspec.lock text -> which version of a package pub resolved."""

from sentry_release.facts.yaml_tree import tree
from sentry_release.words.errors import ProjectError

NAME = "pubspec.lock"
MAX_BYTES = 4 * 1024 * 1024


def resolved(text: str, package: str) -> str | None:
    """
    The version that the lock holds a package at; None where it holds none, or cannot be read.

    Source: dart-lang/pub, lib/src/lock_file.dart
    """
    try:
        found = tree(text, NAME)
    except ProjectError:
        return None
    for key in ("packages", package, "version"):
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if isinstance(found, str) else None
