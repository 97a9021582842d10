"""Xcode build settings: .xcconfig files with their includes, and the expansion of references."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import PurePosixPath

from sentry_release.model.platform import ReadFile, resolve_below_root

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*+)((?:\s*+\[[^]=]++=[^]]*+\])*+)\s*+")
_CONDITION = re.compile(r"\[([^][=]++)=([^][]*+)\]")
_REFERENCE = re.compile(r"\$(?:\(([^$(){}]*+)\)|\{([^$(){}]*+)\})")
_MAX_LENGTH = 10_000  # characters
_MAX_DEPTH = 40  # settings that refer to settings
_MAX_LOOKUPS = 1_000  # references looked up for one text
MAX_BYTES = 512 * 1024  # of a file and all that it includes
_MAX_FILES = 100
_MAX_VALUE = 10_000  # characters
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
_INCLUDE = re.compile(r'#\s*include(\??)\s*"([^"]+)"')
_ASSIGNMENT = re.compile(
    r"([A-Za-z_]\w*+(?:\s*+\[[^]=]++=[^]]*+\])*+)\s*+=(.*)", re.ASCII | re.DOTALL
)
_BLANKS = " \t\v\f"


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


@dataclass(frozen=True, slots=True)
class Include:
    """A line that includes another file."""

    file: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A line that sets a value; the key includes conditions, as in `NAME[sdk=iphoneos*]`."""

    key: str
    value: str


class _TooMuchError(ValueError):
    """The includes exceed the limit."""


def decode_xcconfig(raw: bytes) -> str:
    """Decode a file in UTF-8, or in UTF-16 with a byte order mark."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    return raw.decode("utf-8-sig", errors="replace")


def parse_xcconfig(text: str) -> Iterator[Include | Assignment]:
    """
    Yield the includes and assignments of an .xcconfig file, in their order.

    Source: https://github.com/swiftlang/swift-build, Sources/SWBMacro/MacroConfigFileParser.swift
    """
    lines = iter(_LINE_END.split(text))
    for line in lines:
        if include := _INCLUDE.match(line.strip(_BLANKS)):
            yield Include(include[2], bool(include[1]))
        elif assignment := _ASSIGNMENT.match(_strip_comment(line)):
            value = _read_continuation(assignment[2], lines)
            yield Assignment(assignment[1], " ".join(part for part in value if part))


def load_xcconfig(
    read: ReadFile, path: PurePosixPath, *, root: PurePosixPath, situation: Mapping[str, str]
) -> SettingsLayer:
    """
    Read an .xcconfig file and what it includes.

    Args:
        read: Reads files.
        path: The file, below the app's folder.
        root: The folder of the Xcode project, where includes are looked up that are not beside
            the including file.
        situation: The values that conditions of settings are matched against, such as `sdk`.

    Returns:
        The layer. A missing file that Xcode requires is its `absent`, unless CocoaPods generates
        it: such a file sets nothing that identifies the app.
    """
    values: dict[str, str] = {}
    settled: set[str] = set()
    absent: str | None = None
    try:
        for line in _IncludeChain(read, root).read_lines((path,), optional=False):
            if isinstance(line, Include):
                absent, settled = line.file, set()
            elif name := parse_conditional_key(line.key, situation):
                values[name] = _merge_value(values.get(name), name, line.value)
                settled.add(name)
    except _TooMuchError:
        return SettingsLayer(values={}, absent=f"more than {path} can include")
    return SettingsLayer(values=values, absent=absent, settled=frozenset(settled))


class _IncludeChain:
    """The lines of a file, with includes replaced by the lines of the included files."""

    def __init__(self, read: ReadFile, root: PurePosixPath) -> None:
        self._read, self._root = read, root
        self._files, self._bytes = 0, 0

    def read_lines(
        self, opened: tuple[PurePosixPath, ...], *, optional: bool
    ) -> Iterator[Include | Assignment]:
        """Yield the lines of the file opened last; an Include is a missing file."""
        *includers, file = opened
        path, raw = self._find_file(file, includers)
        if raw is None and not optional and "Pods" not in file.parts:
            yield Include(str(file), optional)
        if raw is None or path in includers:
            return
        for line in parse_xcconfig(decode_xcconfig(raw)):
            if isinstance(line, Assignment):
                yield line
            else:
                beneath = (*includers, path, PurePosixPath(line.file))
                yield from self.read_lines(beneath, optional=line.optional)

    def _find_file(
        self, file: PurePosixPath, includers: list[PurePosixPath]
    ) -> tuple[PurePosixPath, bytes | None]:
        folders = (includers[-1].parent, self._root) if includers else (PurePosixPath(),)
        for folder in folders:
            path = resolve_below_root(folder / file)
            if path is not None and (raw := self._read(path)) is not None:
                self._count_size(len(raw))
                return path, raw
        return file, None

    def _count_size(self, size: int) -> None:
        self._files += 1
        self._bytes += size
        if self._files > _MAX_FILES or self._bytes > MAX_BYTES:
            raise _TooMuchError


def _strip_comment(line: str) -> str:
    """Return the line without its comment."""
    return line.partition("//")[0].strip(_BLANKS)


def _read_continuation(value: str, lines: Iterator[str]) -> Iterator[str]:
    """Yield the parts of a value, which continues on the next line after a backslash."""
    while True:
        part = value.strip(_BLANKS).removesuffix(";").rstrip(_BLANKS)
        yield part.removesuffix("\\").rstrip(_BLANKS)
        if not part.endswith("\\"):
            return
        value = _strip_comment(next(lines, ""))


def _merge_value(earlier: str | None, name: str, value: str) -> str:
    """Return the value, in which a reference to the setting itself is its earlier value."""
    if earlier is None or "$" not in value:
        return value
    if value.count("$") * len(earlier) > _MAX_VALUE:
        return "$"  # cannot be resolved
    for reference in ("inherited", name):
        value = value.replace(f"$({reference})", earlier).replace(f"${{{reference}}}", earlier)
    return value
