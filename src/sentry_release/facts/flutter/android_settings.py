"""Gradle script and the variant of a release -> what its blocks say, the one that counts first."""

import re
from dataclasses import dataclass
from typing import Self

from sentry_release.facts.flutter.android_flavors import FLAVORS, Variant
from sentry_release.facts.flutter.android_versions import told
from sentry_release.facts.flutter.gradle import Script
from sentry_release.facts.flutter.gradle_settings import Setting, settings
from sentry_release.facts.flutter.gradle_values import FromFlutter, value
from sentry_release.facts.flutter.said import Unknown

ANDROID = ("android",)
_DEFAULT = ("android", "defaultConfig")
_BUILD_TYPES = ("android", "buildTypes")
_WORDS = (
    "applicationId", "applicationIdSuffix", "namespace",
    "versionName", "versionNameSuffix", "versionCode", "initWith",
)  # fmt: skip
_VARIABLES = {"ext", "extra"}
_APPLIED = re.compile(r"apply\s*\(?\s*from\s*[:=]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The blocks that a release is made of; `build_name` and `build_number` are Flutter's."""

    script: Script
    settings: tuple[Setting, ...]
    variant: Variant
    build_name: str | None
    build_number: str | None

    @classmethod
    def of(
        cls, script: Script, variant: Variant, *, build_name: str | None, build_number: str | None
    ) -> Self:
        """Look through a script for all that makes a release of one variant."""
        return cls(
            script=script,
            settings=settings(script, _WORDS),
            variant=variant,
            build_name=build_name,
            build_number=build_number,
        )

    def first(self, word: str, *, mend: str) -> str | Unknown | None:
        """What the flavors say, the one of the highest priority first, or else defaultConfig."""
        for block in (*self._flavors(), _DEFAULT):
            found = self.said(word, block, mend=mend)
            if found is not None:
                return found
        return None

    def suffixes(self, word: str, *, mend: str) -> tuple[str, ...] | Unknown:
        """What defaultConfig, the flavors, and the build type have to add, in that order."""
        every = []
        for block in (_DEFAULT, *self._flavors(), (*_BUILD_TYPES, "release")):
            found = self.said(word, block, mend=mend)
            if isinstance(found, Unknown):
                return found
            every += [found] if found else []
        return tuple(every)

    def said(self, word: str, block: tuple[str, ...], *, mend: str) -> str | Unknown | None:
        """What one block says; of several times, the last one counts."""
        here = [
            one
            for one in self.settings
            if one.word in {word, "initWith"} and one.path == block and not one.defines
        ]
        if not here:
            return None
        if here[-1].word == "initWith":
            return self._unknown(here[-1], "is copied from another block by `initWith`", mend)
        if here[-1].adds:
            return self._unknown(here[-1], "is added to, which only Gradle can work out", mend)
        text = value(self.script, here[-1], mend=mend)
        if not isinstance(text, FromFlutter):
            return text
        given = told(text, build_name=self.build_name, build_number=self.build_number)
        why = "is Flutter's, and Flutter is told none"
        return given if given is not None else self._unknown(here[-1], why, mend)

    def doubt(self, *words: str, mend: str) -> Unknown | None:
        """Whether something that only Gradle can judge sets one of the words as well."""
        for one in self.settings:
            if one.word in {*words, "initWith"} and self._undecided(one):
                why = "depends on the flavor, and none is asked for"
                return self._unknown(one, why, "give the input `flavor`")
            if one.word in words and self._elsewhere(one):
                why = "is also set where only Gradle knows whether that counts"
                return self._unknown(one, why, mend)
        return None

    def applied(self, *, mend: str) -> Unknown | None:
        """Whether another script of the project may set what this one does not."""
        for one in self.script.statements:
            if _APPLIED.match(one.code) and "flutter.gradle" not in one.said:
                why = "may be set by another script, which this one applies"
                return Unknown(why=why, where=self.script.where(one.offset), mend=mend)
        return None

    def _flavors(self) -> tuple[tuple[str, ...], ...]:
        return tuple((*FLAVORS, name) for name in self.variant.flavors)

    def _undecided(self, one: Setting) -> bool:
        return one.path[:2] == FLAVORS and not set(one.path[2:3]).isdisjoint(self.variant.undecided)

    def _elsewhere(self, one: Setting) -> bool:
        path = one.path
        if one.defines or not path or path[0] in _VARIABLES:
            return False
        if path in {ANDROID, _DEFAULT, (*_BUILD_TYPES, "release"), *self._flavors()}:
            return False
        named = next((name for name in path[2:3] if not name.startswith("?")), None)
        if named is not None and path[:2] == FLAVORS:
            return named in self.variant.flavors
        return path[:2] != _BUILD_TYPES or named in {None, "release"}

    def _unknown(self, one: Setting, why: str, mend: str) -> Unknown:
        return Unknown(why=why, where=self.script.where(one.offset), mend=mend)
