"""Find the product flavors of a Gradle script that make up a release variant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sentry_release.flutter.gradle.parser import GradleScript, parse_block_path
from sentry_release.flutter.gradle.settings import Setting, find_settings
from sentry_release.flutter.gradle.values import evaluate_setting
from sentry_release.flutter.identity import Unknown

FLAVORS = ("android", "productFlavors")
_HINT = "give the input `flavor` as Gradle names it"
_CREATES = re.compile(r'(?:create|register|maybeCreate)\s*\(\s*"_*"\s*\)$|\sby\s+creating$')
_LIST = re.compile(r"\s*(?:\[|(?:mutableListOf|listOf|arrayOf|setOf)\s*\()(.*)[\])]\s*", re.DOTALL)
_PART = re.compile(r"[^,\s][^,]*")
_MAX_SHOWN = 10  # names in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The flavors of a release, highest priority first, or the flavors that are possible."""

    flavors: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


def find_release_variant(script: GradleScript, flavor: str | None) -> Variant | Unknown:
    """
    Return the product flavors that `flutter build --flavor` builds a release of.

    With several dimensions, the flavor is one name of each, joined in camel case. Flutter
    capitalizes the first letter for the name of the Gradle task, so only that letter may have
    either case. Without a flavor, the variant is known if there is only one.

    Source: flutter_tools, lib/src/android/gradle.dart (_taskFor, _taskForBuildVariant) · AGP,
    DimensionCombinator, DimensionAware (an app of one dimension), and CommonExtensionImpl
    (flavorDimensions, which as a method forgets what was there before)
    """
    names = dict.fromkeys(_list_declared_flavors(script))
    if not names:
        if flavor is None:
            return Variant()
        return _build_unknown(
            script, f"is not known for {flavor!r}: this script names no such flavor"
        )
    groups = _group_by_dimension(script, tuple(names))
    if isinstance(groups, Unknown):
        return groups
    if flavor is not None:
        return _match_variant(script, groups, flavor)
    if all(len(group) == 1 for group in groups):
        return Variant(flavors=tuple(group[0] for group in groups))
    return Variant(ambiguous=tuple(names))


def _list_declared_flavors(script: GradleScript) -> Iterator[str]:
    for statement in script.statements:
        path = statement.path
        if path[:2] != FLAVORS[: len(path[:2])]:
            continue
        if statement.opens or _CREATES.search(statement.code):
            path = (*path, *parse_block_path(statement.code, statement.source))
        if path[:2] == FLAVORS:
            yield from (name for name in path[2:3] if not name.startswith("?"))


def _group_by_dimension(
    script: GradleScript, names: Sequence[str]
) -> tuple[tuple[str, ...], ...] | Unknown:
    """Return the flavors of each dimension, the dimension with the highest priority first."""
    dimensions = _read_dimensions(script)
    if isinstance(dimensions, Unknown):
        return dimensions
    if len(dimensions) <= 1:
        return (tuple(names),)
    outputs = find_settings(script, {"dimension", "flavorDimension"})
    of = {
        one.path[-1]: _get_dimension_name(script, one)
        for one in outputs
        if one.path[:-1] == FLAVORS
    }
    where: dict[str, list[str]] = {dimension: [] for dimension in dimensions}
    for name in names:
        group = where.get(of.get(name, ""))
        if group is None:
            return _build_unknown(
                script, f"is unknown, because the flavor {name!r} has no dimension here"
            )
        group.append(name)
    return tuple(tuple(group) for group in where.values())


def _read_dimensions(script: GradleScript) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for one in find_settings(script, {"flavorDimensions", "add", "addAll"}):
        added = one.word != "flavorDimensions"
        if one.path == ("android", "flavorDimensions") if added else one.path == ("android",):
            names = [_get_dimension_name(script, part) for part in _split_list(one)]
            found = [*found, *names] if added or one.adds else names
        elif not added and not one.defines:
            return _build_unknown(
                script, "depends on `flavorDimensions`, which only Gradle can evaluate"
            )
    return tuple(dict.fromkeys(found))


def _split_list(listed: Setting) -> Iterator[Setting]:
    inner = _LIST.fullmatch(listed.code)
    for part in _PART.finditer(listed.code, *(inner.span(1) if inner else (0,))):
        code, output = listed.code[slice(*part.span())], listed.source[slice(*part.span())]
        yield replace(listed, code=code, source=output)


def _get_dimension_name(script: GradleScript, setting: Setting) -> str:
    """Return the name of a dimension, or its source if only Gradle can evaluate it."""
    text = evaluate_setting(script, setting, hint=_HINT)
    return text if isinstance(text, str) else f"?{setting.code.strip()}"


def _match_variant(
    script: GradleScript, groups: Sequence[Sequence[str]], flavor: str
) -> Variant | Unknown:
    expected = _capitalize(flavor)
    ways: dict[int, list[tuple[str, ...]]] = {0: [()]}  # which flavors lead up to which letter
    for group in groups:
        onward: dict[int, list[tuple[str, ...]]] = {}
        for at, before in ways.items():
            for name in group:
                if expected.startswith(_capitalize(name), at):
                    reached = onward.setdefault(at + len(_capitalize(name)), [])
                    reached += [(*way, name) for way in before][: 2 - len(reached)]
        ways = onward
    found = ways.get(len(expected), [])
    if len(found) == 1:
        return Variant(flavors=found[0])
    if found:
        return _build_unknown(
            script, f"is not known for {flavor!r}, which several flavors add up to"
        )
    names = [name for group in groups for name in group]
    listed = ", ".join(names[:_MAX_SHOWN]) + ("…" if len(names) > _MAX_SHOWN else "")
    return _build_unknown(script, f"is not known for {flavor!r}: the flavors here are {listed}")


def _capitalize(name: str) -> str:
    return name[:1].upper() + name[1:]


def _build_unknown(script: GradleScript, reason: str) -> Unknown:
    return Unknown(reason=reason, location=script.file, hint=_HINT)
