"""Parse an .xcconfig file with its includes into a layer of build settings."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.flutter.xcode.build_settings import SettingsLayer, parse_conditional_key
from sentry_release.model.platform import ReadFile

MAX_BYTES = 512 * 1024  # of a file and all that it includes
_MAX_FILES = 100
_MAX_NAME = 255  # bytes, the limit of file systems
_MAX_VALUE = 10_000  # characters
_LINE_END = re.compile("\r\n|[\n\r\u2028\u2029]")
_INCLUDE = re.compile(r'#\s*include(\??)\s*"([^"]+)"')
_ASSIGNMENT = re.compile(
    r"([A-Za-z_]\w*+(?:\s*+\[[^]=]++=[^]]*+\])*+)\s*+=(.*)", re.ASCII | re.DOTALL
)
_BLANKS = " \t\v\f"


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


def resolve_below_root(path: PurePosixPath) -> PurePosixPath | None:
    """Return the path without `..`; None if it leaves the app's folder or cannot be a file."""
    parts: list[str] = []
    for part in path.parts:
        if part == "/" or "\0" in part or len(part.encode(errors="replace")) > _MAX_NAME:
            return None
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return PurePosixPath(*parts)


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
