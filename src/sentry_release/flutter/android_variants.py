"""Find the flavors of a release variant in a Gradle script, and the settings that apply to it."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from sentry_release.flutter.app_version import compute_version_code
from sentry_release.flutter.gradle.parser import GradleScript, get_applied_path, parse_block_path
from sentry_release.flutter.gradle.settings import (
    FromFlutter,
    Setting,
    evaluate_setting,
    find_settings,
)
from sentry_release.model.platform import Unknown

FLAVORS = ("android", "productFlavors")
_HINT = "give the input `flavor` as Gradle names it"
_CREATES = re.compile(r'(?:create|register|maybeCreate)\s*\(\s*"_*"\s*\)$|\sby\s+creating$')
_LIST = re.compile(r"\s*(?:\[|(?:mutableListOf|listOf|arrayOf|setOf)\s*\()(.*)[\])]\s*", re.DOTALL)
_PART = re.compile(r"[^,\s][^,]*")
_MAX_SHOWN = 10  # names in a message
ANDROID = ("android",)
_DEFAULT = ("android", "defaultConfig")
_BUILD_TYPES = ("android", "buildTypes")
_SETTINGS = (
    "applicationId", "applicationIdSuffix", "namespace",
    "versionName", "versionNameSuffix", "versionCode", "initWith",
)  # fmt: skip
_VARIABLES = {"ext", "extra"}
# An override with the value that defaultConfig has anyway.
_DEFAULT_AGAIN = re.compile(r"(?:android\.)?defaultConfig\.(?P<word>version(?:Code|Name))")
_APPLIED = re.compile(r"apply\s*+(?:\(\s*+)?from\s*+[:=]|from\s*+\(")


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
    settings = find_settings(script, {"dimension", "flavorDimension"})
    of = {
        one.path[-1]: _get_dimension_name(script, one)
        for one in settings
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
        code, source = listed.code[slice(*part.span())], listed.source[slice(*part.span())]
        yield replace(listed, code=code, source=source)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AndroidRelease:
    """The blocks that apply to a release; `build_name` and `build_number` are Flutter's."""

    script: GradleScript
    settings: tuple[Setting, ...]
    variant: Variant
    build_name: str | None
    build_number: str | None

    @classmethod
    def from_script(
        cls,
        script: GradleScript,
        variant: Variant,
        *,
        build_name: str | None,
        build_number: str | None,
    ) -> Self:
        """Collect the settings of a script that apply to one release variant."""
        return cls(
            script=script,
            settings=find_settings(script, _SETTINGS),
            variant=variant,
            build_name=build_name,
            build_number=build_number,
        )

    def find_first(self, word: str, *, hint: str) -> str | Unknown | None:
        """Return the value of the flavor with the highest priority, else that of defaultConfig."""
        for block in (*self._list_flavor_blocks(), _DEFAULT):
            found = self.find_written_value(word, block, hint=hint)
            if found is not None:
                return found
        return None

    def find_suffixes(self, word: str, *, hint: str) -> tuple[str, ...] | Unknown:
        """Return the suffixes of defaultConfig, the flavors and the build type, in that order."""
        every = []
        for block in (_DEFAULT, *self._list_flavor_blocks(), (*_BUILD_TYPES, "release")):
            found = self.find_written_value(word, block, hint=hint)
            if isinstance(found, Unknown):
                return found
            every += [found] if found else []
        return tuple(every)

    def find_written_value(
        self, word: str, block: tuple[str, ...], *, hint: str
    ) -> str | Unknown | None:
        """Return the value that one block sets; the last assignment wins."""
        here = [
            one
            for one in self.settings
            if one.word in {word, "initWith"} and one.path == block and not one.defines
        ]
        if not here:
            return None
        if here[-1].word == "initWith":
            return self._build_unknown(here[-1], "is copied from another block by `initWith`", hint)
        if here[-1].adds:
            return self._build_unknown(
                here[-1], "is appended to, which only Gradle can evaluate", hint
            )
        text = evaluate_setting(self.script, here[-1], hint=hint)
        if not isinstance(text, FromFlutter):
            return text
        code = compute_version_code(
            text, build_name=self.build_name, build_number=self.build_number
        )
        reason = "comes from Flutter, but neither the pubspec nor a flag sets it"
        return code if code is not None else self._build_unknown(here[-1], reason, hint)

    def find_uncertainty(self, *words: str, hint: str) -> Unknown | None:
        """Return Unknown if code that only Gradle can evaluate sets one of the words as well."""
        in_flavors = frozenset(one.word for one in self.settings if one.path[:2] == FLAVORS)
        for one in self.settings:
            if one.word in {*words, "initWith"} and self._is_ambiguous(one):
                reason = "depends on the flavor, but no flavor is set"
                return self._build_unknown(one, reason, "give the input `flavor`")
            if one.word in words and self._is_set_elsewhere(one, in_flavors):
                reason = "is also set by code that only Gradle can evaluate"
                return self._build_unknown(one, reason, hint)
        return None

    def find_applied_scripts(self, *, hint: str) -> Unknown | None:
        """Return Unknown if another script of the project may set what this one does not."""
        for one in self.script.statements:
            is_read = get_applied_path(one) is not None
            if _APPLIED.match(one.code) and not is_read and "flutter.gradle" not in one.source:
                reason = "may be set by another script that this one applies"
                return Unknown(
                    reason=reason, location=self.script.format_location(one.offset), hint=hint
                )
        return None

    def _list_flavor_blocks(self) -> tuple[tuple[str, ...], ...]:
        return tuple((*FLAVORS, name) for name in self.variant.flavors)

    def _is_ambiguous(self, one: Setting) -> bool:
        return one.path[:2] == FLAVORS and not set(one.path[2:3]).isdisjoint(self.variant.ambiguous)

    def _is_set_elsewhere(self, one: Setting, in_flavors: Collection[str]) -> bool:
        path = one.path
        if one.defines or not path or path[0] in _VARIABLES:
            return False
        if one.word not in in_flavors and _repeats_default(one):
            return False
        if path in {ANDROID, _DEFAULT, (*_BUILD_TYPES, "release"), *self._list_flavor_blocks()}:
            return False
        named = next((name for name in path[2:3] if not name.startswith("?")), None)
        if named is not None and path[:2] == FLAVORS:
            return named in self.variant.flavors
        return path[:2] != _BUILD_TYPES or named in {None, "release"}

    def _build_unknown(self, one: Setting, reason: str, hint: str) -> Unknown:
        return Unknown(reason=reason, location=self.script.format_location(one.offset), hint=hint)


def _repeats_default(one: Setting) -> bool:
    """Return whether an override reads the value of defaultConfig."""
    found = _DEFAULT_AGAIN.fullmatch(one.code.strip())
    return found is not None and found["word"] == one.word
