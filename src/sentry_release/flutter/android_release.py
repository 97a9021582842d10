"""Look up settings in the blocks of a Gradle script that apply to a release variant."""

import re
from dataclasses import dataclass
from typing import Self

from sentry_release.flutter.android_variants import FLAVORS, Variant
from sentry_release.flutter.app_version import compute_version_code
from sentry_release.flutter.gradle.parser import GradleScript
from sentry_release.flutter.gradle.settings import Setting, find_settings
from sentry_release.flutter.gradle.values import FromFlutter, evaluate_setting
from sentry_release.flutter.identity import Unknown

ANDROID = ("android",)
_DEFAULT = ("android", "defaultConfig")
_BUILD_TYPES = ("android", "buildTypes")
_SETTINGS = (
    "applicationId", "applicationIdSuffix", "namespace",
    "versionName", "versionNameSuffix", "versionCode", "initWith",
)  # fmt: skip
_VARIABLES = {"ext", "extra"}
_APPLIED = re.compile(r"apply\s*\(?\s*from\s*[:=]")


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
        values = compute_version_code(
            text, build_name=self.build_name, build_number=self.build_number
        )
        reason = "comes from Flutter, but neither the pubspec nor a flag sets it"
        return values if values is not None else self._build_unknown(here[-1], reason, hint)

    def find_uncertainty(self, *words: str, hint: str) -> Unknown | None:
        """Return Unknown if code that only Gradle can evaluate sets one of the words as well."""
        for one in self.settings:
            if one.word in {*words, "initWith"} and self._is_ambiguous(one):
                reason = "depends on the flavor, but no flavor is set"
                return self._build_unknown(one, reason, "give the input `flavor`")
            if one.word in words and self._is_set_elsewhere(one):
                reason = "is also set by code that only Gradle can evaluate"
                return self._build_unknown(one, reason, hint)
        return None

    def find_applied_scripts(self, *, hint: str) -> Unknown | None:
        """Return Unknown if another script of the project may set what this one does not."""
        for one in self.script.statements:
            if _APPLIED.match(one.code) and "flutter.gradle" not in one.source:
                reason = "may be set by another script that this one applies"
                return Unknown(
                    reason=reason, location=self.script.format_location(one.offset), hint=hint
                )
        return None

    def _list_flavor_blocks(self) -> tuple[tuple[str, ...], ...]:
        return tuple((*FLAVORS, name) for name in self.variant.flavors)

    def _is_ambiguous(self, one: Setting) -> bool:
        return one.path[:2] == FLAVORS and not set(one.path[2:3]).isdisjoint(self.variant.ambiguous)

    def _is_set_elsewhere(self, one: Setting) -> bool:
        path = one.path
        if one.defines or not path or path[0] in _VARIABLES:
            return False
        if path in {ANDROID, _DEFAULT, (*_BUILD_TYPES, "release"), *self._list_flavor_blocks()}:
            return False
        named = next((name for name in path[2:3] if not name.startswith("?")), None)
        if named is not None and path[:2] == FLAVORS:
            return named in self.variant.flavors
        return path[:2] != _BUILD_TYPES or named in {None, "release"}

    def _build_unknown(self, one: Setting, reason: str, hint: str) -> Unknown:
        return Unknown(reason=reason, location=self.script.format_location(one.offset), hint=hint)
