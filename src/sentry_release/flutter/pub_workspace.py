"""melos and pub workspaces, pubspec.lock."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_document import parse_pub_yaml

NAME = "pubspec.lock"
MAX_BYTES = 4 * 1024 * 1024


def find_locked_version(text: str, package: str) -> str | None:
    """
    The version that the lock holds a package at; None where it holds none, or cannot be read.

    Source: dart-lang/pub, lib/src/lock_file.dart
    """
    try:
        found = parse_pub_yaml(text, NAME)
    except ProjectError:
        return None
    return found.at("packages", package, "version").text


MELOS = "melos.yaml"
NO_PACKAGES = frozenset({
    "build", "node_modules", "Pods", "ephemeral", ".dart_tool", ".fvm", ".git", ".gradle",
    ".pub-cache", ".symlinks",
})  # fmt: skip
"""Folders whose pubspecs are copies, or somebody else's."""

_ANY_DEPTH = "**"
_MAX_LENGTH = 500  # characters


def matches_pattern(path: PurePosixPath, patterns: Iterable[str]) -> bool:
    """
    Whether one of the patterns means the path; `*` stays within a folder, `**` does not.

    >>> matches_pattern(PurePosixPath("apps/shop"), ["./apps/*/"])
    True
    >>> matches_pattern(PurePosixPath("apps/shop/example"), ["apps/*", "packages/**"])
    False
    """
    return any(
        _matches_path(path, PurePosixPath(pattern[:_MAX_LENGTH]).parts) for pattern in patterns
    )


def _matches_path(path: PurePosixPath, pattern: tuple[str, ...]) -> bool:
    """Walk along the path, with every place of the pattern that it may have come to by now."""
    places = _skip_wildcards({0}, pattern)
    for part in path.parts:
        stayed = {at for at in places if pattern[at : at + 1] == (_ANY_DEPTH,)}
        gone = {at + 1 for at in places if at < len(pattern) and fnmatchcase(part, pattern[at])}
        places = _skip_wildcards(stayed | gone, pattern)
    return len(pattern) in places


def _skip_wildcards(places: set[int], pattern: tuple[str, ...]) -> set[int]:
    """The places, and those behind a `**`, which may stand for nothing."""
    found = set(places)
    for at, part in enumerate(pattern):
        if at in found and part == _ANY_DEPTH:
            found.add(at + 1)
    return found


def list_ignored_by_melos(text: str, name: str) -> tuple[str, ...] | None:
    """
    The patterns that melos ignores packages by; None where the file does not configure melos.

    Args:
        text: The whole file.
        name: `melos.yaml`, or `pubspec.yaml` with a section `melos:`, as since melos 7.

    Source: https://melos.invertase.dev/configuration/overview
    """
    try:
        found = parse_pub_yaml(text, name)
    except ProjectError:
        return None
    melos = found if name == MELOS else found.at("melos")
    return melos.at("ignore").texts if melos.is_mapping else None
