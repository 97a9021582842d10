"""Gradle script and a flavor -> the product flavors that the release is made of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sentry_release.facts.flutter.gradle import Script
from sentry_release.facts.flutter.gradle_blocks import segments
from sentry_release.facts.flutter.gradle_settings import Setting, settings
from sentry_release.facts.flutter.gradle_values import value
from sentry_release.facts.flutter.said import Unknown

FLAVORS = ("android", "productFlavors")
_MEND = "give the input `flavor` as Gradle names it"
_CREATES = re.compile(r'(?:create|register|maybeCreate)\s*\(\s*"_*"\s*\)$|\sby\s+creating$')
_LISTED = re.compile(r"(?:[\s,\[\]()]|listOf|mutableListOf|arrayOf|setOf|\"_*\")*")
_STRING = re.compile(r'"_*"')
_SHOWN = 10  # names in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The flavors of a release, the one of the highest priority first, or those it may be."""

    flavors: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


def variant(script: Script, flavor: str | None) -> Variant | Unknown:
    """
    Find the product flavors that `flutter build --flavor` makes a release of.

    With several dimensions, the flavor is one name of each, put together in camel case. Flutter
    writes the first letter of the task it has Gradle run in upper case, so that one letter may
    be of either case, and no other. Without a flavor, an app whose flavors leave no choice is
    known all the same.

    Source: flutter_tools, lib/src/android/gradle.dart (_taskFor, _taskForBuildVariant) · AGP,
    DimensionCombinator and ComponentDslInfo; DimensionAware on an app of one dimension
    """
    names = dict.fromkeys(_declared(script))
    if not names:
        if flavor is None:
            return Variant()
        return _unknown(script, f"is not known for {flavor!r}: this script has no such flavor")
    groups = _groups(script, tuple(names))
    if isinstance(groups, Unknown):
        return groups
    if flavor is not None:
        return _matched(script, groups, flavor)
    if all(len(group) == 1 for group in groups):
        return Variant(flavors=tuple(group[0] for group in groups))
    return Variant(undecided=tuple(names))


def _declared(script: Script) -> Iterator[str]:
    for statement in script.statements:
        path = statement.path
        if path[:2] != FLAVORS[: len(path[:2])]:
            continue
        if statement.opens or _CREATES.search(statement.code):
            path = (*path, *segments(statement.code, statement.said))
        if path[:2] == FLAVORS:
            yield from (name for name in path[2:3] if not name.startswith("?"))


def _groups(script: Script, names: Sequence[str]) -> tuple[tuple[str, ...], ...] | Unknown:
    """The flavors of each dimension, the dimension of the highest priority first."""
    dimensions = _dimensions(script)
    if isinstance(dimensions, Unknown):
        return dimensions
    if len(dimensions) <= 1:
        return (tuple(names),)
    where: dict[str, list[str]] = {dimension: [] for dimension in dimensions}
    told = _told(script)
    for name in names:
        dimension = value(script, told[name], mend=_MEND) if name in told else None
        if isinstance(dimension, Unknown):
            return dimension
        if not isinstance(dimension, str) or dimension not in where:
            return _unknown(script, f"is not known, since the flavor {name!r} has no dimension")
        where[dimension].append(name)
    return tuple(tuple(group) for group in where.values())


def _told(script: Script) -> Mapping[str, Setting]:
    """Where each flavor tells its dimension."""
    found = settings(script, {"dimension", "flavorDimension"})
    return {one.path[-1]: one for one in found if one.path[:-1] == FLAVORS}


def _dimensions(script: Script) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for one in settings(script, {"flavorDimensions", "add", "addAll"}):
        called = one.word != "flavorDimensions"
        if one.path[:1] != ("android",) or (called and one.path[1:] != ("flavorDimensions",)):
            continue
        if (not called and len(one.path) > 1) or not _LISTED.fullmatch(one.code):
            return _unknown(script, "depends on `flavorDimensions`, which only Gradle can tell")
        names = [one.said[start + 1 : end - 1] for start, end in _strings(one.code)]
        found = [*found, *names] if called or one.adds else names
    return tuple(dict.fromkeys(found))


def _strings(code: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _STRING.finditer(code))


def _matched(script: Script, groups: Sequence[Sequence[str]], flavor: str) -> Variant | Unknown:
    wanted = _capital(flavor)
    ways: dict[int, list[tuple[str, ...]]] = {0: [()]}  # which flavors lead up to which letter
    for group in groups:
        onward: dict[int, list[tuple[str, ...]]] = {}
        for at, before in ways.items():
            for name in group:
                if wanted.startswith(_capital(name), at):
                    reached = onward.setdefault(at + len(_capital(name)), [])
                    reached += [(*way, name) for way in before][: 2 - len(reached)]
        ways = onward
    found = ways.get(len(wanted), [])
    if len(found) == 1:
        return Variant(flavors=found[0])
    if found:
        return _unknown(script, f"is not known for {flavor!r}, which several flavors add up to")
    names = [name for group in groups for name in group]
    listed = ", ".join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")
    return _unknown(script, f"is not known for {flavor!r}: the flavors here are {listed}")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _unknown(script: Script, why: str) -> Unknown:
    return Unknown(why=why, where=script.file, mend=_MEND)
