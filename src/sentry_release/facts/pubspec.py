"""pubspec.yaml text -> Pubspec."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from sentry_release.words.errors import ProjectError

MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 100
_VERSION = re.compile(
    r"(?P<name>(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)"
    r"(\+(?P<number>[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)
_PACKAGE = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pubspec:
    """
    What a Flutter project says of itself.

    `build_name` is the version before the `+`, `build_number` what stands after it:
    the two halves that `flutter build` takes as --build-name and --build-number.
    """

    name: str
    build_name: str | None = None
    build_number: str | None = None


def parse(text: str, *, where: str = "pubspec.yaml") -> Pubspec:
    """
    Read the text of a pubspec.yaml.

    The text is read as a stream of YAML events, so that neither nesting nor aliases can
    grow into anything; values are texts, so that `version: 1.10` stays 1.10.

    Args:
        text: The whole file.
        where: The path to name in messages.

    Raises:
        ProjectError: It is no YAML mapping, or its name or version is not one pub takes.

    Source: https://dart.dev/tools/pub/pubspec · pub_semver, lib/src/patterns.dart
    """
    found = dict(_top_level(text, where))
    name, version = found.get("name"), found.get("version")
    if not name:
        raise ProjectError(
            f"{where} has no `name`.",
            why="The release is named after the package.",
            mend="Add a line such as `name: shop`.",
        )
    if not _PACKAGE.fullmatch(name):
        raise ProjectError(
            f"{where} has the name {name[:80]!r}, which is no package name.",
            why="pub takes letters, digits and underscores, not beginning with a digit.",
            mend="Write it as, for example, `name: shop_app`.",
        )
    return Pubspec(name=name) if not version else _versioned(name, version, where)


def _versioned(name: str, version: str, where: str) -> Pubspec:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ProjectError(
            f"{where} has the version {version[:80]!r}, which pub does not take.",
            why="A version is MAJOR.MINOR.PATCH, then -PRERELEASE and +BUILD if need be.",
            mend="Write it as, for example, `version: 1.4.0+27`.",
        )
    return Pubspec(name=name, build_name=match["name"], build_number=match["number"])


def _top_level(text: str, where: str) -> Iterator[tuple[str, str]]:
    """The keys of the top level whose values are texts, with those."""
    depth, key = 0, None
    seen: set[str] = set()
    for event in _events(text, where):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            key = None if depth == 1 else key
        elif isinstance(event, yaml.CollectionStartEvent):
            if depth == 1 and key is None:  # a list or a mapping for a key
                raise _no_mapping(where)
            depth += 1
            _judge_shape(event, depth, where)
        elif depth <= 1 and isinstance(event, yaml.ScalarEvent):
            if depth == 0:
                raise _no_mapping(where)
            if key is None:
                key = _unique(event.value, seen, where)
            else:
                yield key, event.value if event.value not in {"null", "~"} else ""
                key = None
        elif depth == 1 and isinstance(event, yaml.AliasEvent):
            key = None if key is not None else "*"
    if not seen:
        raise _no_mapping(where)


def _events(text: str, where: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except (yaml.YAMLError, UnicodeError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ProjectError(
            f"{where} is no valid YAML{at}: {problem}.",
            why="The name and the version of the app are read from it.",
            mend="Correct that place; `flutter pub get` names it as well.",
        ) from error


def _judge_shape(event: yaml.CollectionStartEvent, depth: int, where: str) -> None:
    if depth == 1 and not isinstance(event, yaml.MappingStartEvent):
        raise _no_mapping(where)
    if depth > _MAX_DEPTH:
        raise ProjectError(
            f"{where} is nested more than {_MAX_DEPTH} levels deep.",
            why="No pubspec is; reading on could only do harm.",
            mend="Restore the file.",
        )


def _unique(key: str, seen: set[str], where: str) -> str:
    if key in seen:
        raise ProjectError(
            f"{where} has the key {key[:80]!r} twice.",
            why="pub refuses such a file, since it cannot know which of them is meant.",
            mend="Remove one of them.",
        )
    seen.add(key)
    return key


def _no_mapping(where: str) -> ProjectError:
    return ProjectError(
        f"{where} is no mapping of keys to values.",
        why="A pubspec begins with lines such as `name: shop`.",
        mend="Restore the file, or point `working-directory` at the folder of the app.",
    )
