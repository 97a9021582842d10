"""Gradle script and a flavor -> the product flavors that the release is made of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sentry_release.facts.flutter.gradle import Script
from sentry_release.facts.flutter.gradle_blocks import segments
from sentry_release.facts.flutter.gradle_settings import Setting, settings
from sentry_release.facts.flutter.gradle_values import value
from sentry_release.facts.flutter.said import Unknown

FLAVORS = ("android", "productFlavors")
_MEND = "give the input `flavor` as Gradle names it"
_CREATES = re.compile(r'(?:create|register|maybeCreate)\s*\(\s*"_*"\s*\)$|\sby\s+creating$')
_LIST = re.compile(r"\s*(?:\[|(?:mutableListOf|listOf|arrayOf|setOf)\s*\()(.*)[\])]\s*", re.DOTALL)
_PART = re.compile(r"[^,\s][^,]*")
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
    DimensionCombinator, DimensionAware (an app of one dimension), and CommonExtensionImpl
    (flavorDimensions, which as a method forgets what was there before)
    """
    names = dict.fromkeys(_declared(script))
    if not names:
        if flavor is None:
            return Variant()
        return _unknown(script, f"is not known for {flavor!r}: this script names no such flavor")
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
    told = settings(script, {"dimension", "flavorDimension"})
    of = {one.path[-1]: _text(script, one) for one in told if one.path[:-1] == FLAVORS}
    where: dict[str, list[str]] = {dimension: [] for dimension in dimensions}
    for name in names:
        group = where.get(of.get(name, ""))
        if group is None:
            return _unknown(
                script, f"is not known, since the flavor {name!r} has no dimension here"
            )
        group.append(name)
    return tuple(tuple(group) for group in where.values())


def _dimensions(script: Script) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for one in settings(script, {"flavorDimensions", "add", "addAll"}):
        added = one.word != "flavorDimensions"
        if one.path == ("android", "flavorDimensions") if added else one.path == ("android",):
            names = [_text(script, part) for part in _parts(one)]
            found = [*found, *names] if added or one.adds else names
        elif not added and not one.defines:
            return _unknown(script, "depends on `flavorDimensions`, which only Gradle can tell")
    return tuple(dict.fromkeys(found))


def _parts(listed: Setting) -> Iterator[Setting]:
    inner = _LIST.fullmatch(listed.code)
    for part in _PART.finditer(listed.code, *(inner.span(1) if inner else (0,))):
        code, said = listed.code[slice(*part.span())], listed.said[slice(*part.span())]
        yield replace(listed, code=code, said=said)


def _text(script: Script, setting: Setting) -> str:
    """The name of a dimension; where only Gradle knows that, what stands for it."""
    text = value(script, setting, mend=_MEND)
    return text if isinstance(text, str) else f"?{setting.code.strip()}"


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
