"""Expand references to Xcode build settings, layer by layer."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*+)((?:\s*+\[[^]=]++=[^]]*+\])*+)\s*+")
_CONDITION = re.compile(r"\[([^][=]++)=([^][]*+)\]")
_REFERENCE = re.compile(r"\$(?:\(([^$(){}]*+)\)|\{([^$(){}]*+)\})")
_MAX_LENGTH = 10_000  # characters
_MAX_DEPTH = 40  # settings that refer to settings
_MAX_LOOKUPS = 1_000  # references looked up for one text


class UnresolvedError(ValueError):
    """A text that cannot be expanded; the message completes a sentence about its subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsLayer:
    """
    The settings of one layer.

    `absent` is a missing file of the layer: it may set anything except `settled`, which is set
    after it, and the predefined settings of the last layer.
    """

    values: Mapping[str, str]
    absent: str | None = None
    settled: frozenset[str] = frozenset()


def parse_conditional_key(key: str, situation: Mapping[str, str]) -> str | None:
    """
    Return the name that a key such as `NAME[sdk=iphoneos*]` sets; None if its conditions fail.

    Source: https://github.com/swiftlang/swift-build, Sources/SWBMacro/MacroCondition.swift
    """
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    conditions = _CONDITION.findall(match[2])
    holds = all(fnmatchcase(situation.get(message, ""), like[:100]) for message, like in conditions)
    return match[1] if holds else None


def expand_variables(text: str, levels: tuple[SettingsLayer, ...]) -> str:
    """
    Return the text with references expanded as Xcode does: $(X), ${X}, $(X:lower).

    Args:
        text: A value of a setting or an Info.plist.
        levels: The layers in which settings are looked up, in this order.

    Raises:
        UnresolvedError: A reference cannot be resolved.

    Source: https://developer.apple.com/documentation/xcode/build-settings-reference ·
        https://github.com/swiftlang/swift-build, Sources/SWBMacro/MacroEvaluationProgram.swift
    """
    return _Expansion(levels=levels).expand_text(text, ())


@dataclass(slots=True, kw_only=True)
class _Expansion:
    levels: tuple[SettingsLayer, ...]
    looked_up: int = field(default=0)

    def expand_text(self, text: str, within: tuple[tuple[str, int], ...]) -> str:
        """Return the expanded text; `within` are the settings, with layers, being expanded."""
        while match := _REFERENCE.search(text):
            self.looked_up += 1
            if self.looked_up > _MAX_LOOKUPS or len(within) > _MAX_DEPTH or len(text) > _MAX_LENGTH:
                raise UnresolvedError("refers to more settings than can be followed")
            value = self.expand_reference(match[1] or match[2] or "", within)
            text = text[: match.start()] + value + text[match.end() :]
        if "$" in text:
            raise UnresolvedError(f"has a $ that is not a reference: {text[:80]!r}")
        return text

    def expand_reference(self, inner: str, within: tuple[tuple[str, int], ...]) -> str:
        name, *changes = inner.split(":")
        value = self.expand_setting(name, within)
        for change in changes:
            value = _apply_modifier(value, change, inner)
        if value is None:
            raise UnresolvedError(f"refers to $({name[:80]}), which nothing here sets")
        return value

    def expand_setting(self, name: str, within: tuple[tuple[str, int], ...]) -> str | None:
        """Expand a setting; a reference to itself or to `inherited` uses the next layer."""
        below = -1
        inherits = bool(within) and name in {"inherited", within[-1][0]}
        if inherits:
            name, below = within[-1]
        elif name in {each for each, _ in within}:
            raise UnresolvedError(f"refers to $({name[:80]}), which refers to itself")
        for number, level in islice(enumerate(self.levels), below + 1, None):
            if level.absent and name not in level.settled | self.levels[-1].values.keys():
                raise UnresolvedError(f"depends on {level.absent}, which does not exist")
            if name in level.values:
                return self.expand_text(level.values[name], (*within, (name, number)))
        return "" if inherits else None


def _apply_modifier(value: str | None, change: str, inner: str) -> str | None:
    if change.startswith("default="):
        return value or change.removeprefix("default=")
    if change not in _CHANGES:
        raise UnresolvedError(
            f"refers to $({inner[:80]}), whose `:{change[:40]}` is not known here"
        )
    return value if value is None else _CHANGES[change](value)


def _to_identifier(text: str, *, gap: str) -> str:
    """Replace everything except letters, and digits after the first character, with `gap`."""
    messages = re.sub(rf"[^A-Za-z0-9{gap}]", gap, unicodedata.normalize("NFD", text))
    return re.sub(r"\A[0-9]", gap, messages)


_CHANGES: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "identifier": lambda text: _to_identifier(text, gap="_"),
    "c99extidentifier": lambda text: _to_identifier(text, gap="_"),
    "rfc1034identifier": lambda text: _to_identifier(text, gap="-"),
}
