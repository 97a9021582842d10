"""Read pubspec.lock, and the patterns of pub workspaces and melos."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_document import parse_pub_yaml

NAME = "pubspec.lock"
MAX_BYTES = 4 * 1024 * 1024


def find_locked_version(text: str, package: str) -> str | None:
    """
    Return the locked version of a package; None if there is none or the file cannot be read.

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
"""Folders whose pubspecs are copies or belong to dependencies."""

_ANY_DEPTH = "**"
_MAX_LENGTH = 500  # characters


def matches_pattern(path: PurePosixPath, patterns: Iterable[str]) -> bool:
    """
    Return whether one of the patterns matches; `*` matches within a folder, `**` across folders.

    >>> matches_pattern(PurePosixPath("apps/shop"), ["./apps/*/"])
    True
    >>> matches_pattern(PurePosixPath("apps/shop/example"), ["apps/*", "packages/**"])
    False
    """
    return any(
        _matches_path(path, PurePosixPath(pattern[:_MAX_LENGTH]).parts) for pattern in patterns
    )


def _matches_path(path: PurePosixPath, pattern: tuple[str, ...]) -> bool:
    """Match part by part, with the set of all positions in the pattern that are possible."""
    places = _skip_wildcards({0}, pattern)
    for part in path.parts:
        stayed = {at for at in places if pattern[at : at + 1] == (_ANY_DEPTH,)}
        gone = {at + 1 for at in places if at < len(pattern) and fnmatchcase(part, pattern[at])}
        places = _skip_wildcards(stayed | gone, pattern)
    return len(pattern) in places


def _skip_wildcards(places: set[int], pattern: tuple[str, ...]) -> set[int]:
    """Return the positions and those after a `**`, which may match nothing."""
    found = set(places)
    for at, part in enumerate(pattern):
        if at in found and part == _ANY_DEPTH:
            found.add(at + 1)
    return found


def list_ignored_by_melos(text: str, name: str) -> tuple[str, ...] | None:
    """
    Return the `ignore` patterns of melos; None if the file does not configure melos.

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
