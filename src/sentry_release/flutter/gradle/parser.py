"""Split a Gradle script, with the scripts that it applies, into statements and blocks."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.flutter.gradle.gradle_lexer import (
    GradleSyntaxError,
    decode_gradle,
    find_line,
    is_open_condition,
    join_lines,
    mask_literals,
)
from sentry_release.model.platform import ReadFile

_PART = re.compile(
    r"""
    \s*(?:
        (?:create|register|getByName|maybeCreate|named)\s*\(\s*(?P<called>"_*")\s*\)
      | (?P<quoted>"_*")
      | (?P<word>[A-Za-z_$][\w$]*)
    )\s*(?P<end>\.|$)
    """,
    re.VERBOSE,
)
_DELEGATED = re.compile(r"(?:val\s+)?(\w+)\s+by\s+(?:creating|getting|registering|existing)$")
_EXTENSION = re.compile(
    r"(?:(?:project\.)?extensions\.)?configure<[\w.]*"
    r'(?:ApplicationExtension|AppExtension|BaseAppModuleExtension)>(?:\("_+"\))?$'
)
_PLAIN = re.compile(r"[\w-]+")
_SILENT = {"project", "this", "apply", "configure"}
_MANY = {
    "all", "configureEach", "each", "eachWithIndex", "forEach", "whenObjectAdded",
    "else", "try", "finally", "do",
}  # fmt: skip
MAX_BYTES = 128 * 1024  # far more than any app's script
_MAX_DEPTH = 100
_MARK = re.compile(r"[{}()\[\];]|\n\s*")
_APPLIES = re.compile(
    r"(?:apply\s*+(?:\(\s*+)?from\s*+[:=]|from\s*+\(?)\s*+[\"']"
    r"(?P<root>\$\{?(?:rootDir|rootProject\.projectDir)\}?/)?+"
    r"(?P<path>[\w./-]{1,200}\.gradle(?:\.kts)?)[\"']\s*+\)?"
)
_ANDROID_FOLDER = "android"  # the folder of the root project, in which that of the app is `app`
_MAX_SCRIPTS = 5  # that one script applies
_MAX_APPLYING = 3  # scripts that apply scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """
    A statement, or the head of a block.

    `path` names the blocks around it, outermost first; one that Gradle runs on some condition,
    or for many things, is in it as `?` and its head. `code` is the statement with its strings
    masked, `source` the same as it is written, `offset` where it begins in the script.
    """

    path: tuple[str, ...]
    code: str
    source: str
    offset: int
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A file that is a part of a script, and the offset of its text there."""

    file: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GradleScript:
    """A parsed script, with the scripts that are read as parts of it."""

    text: str
    code: str
    file: str
    statements: tuple[Statement, ...]
    sections: tuple[Section, ...]

    def format_location(self, offset: int) -> str:
        """Return the file and the line of an offset."""
        section = max(
            (one for one in self.sections if one.start <= offset), key=lambda one: one.start
        )
        return (
            f"{section.file}, line {find_line(self.text[section.start :], offset - section.start)}"
        )


def parse_gradle(data: bytes, *, file: str) -> GradleScript:
    """
    Return the statements of a script, without evaluating it.

    Args:
        data: The file; it may have a byte order mark and CRLF line endings.
        file: The path for messages; that of a Kotlin script ends in `.kts`.

    Raises:
        GradleSyntaxError: It is too long, too deep, or its braces, strings or comments are not
            balanced.
    """
    if len(data) > MAX_BYTES:
        raise GradleSyntaxError(f"it is longer than {MAX_BYTES // 1024} KiB")
    text = decode_gradle(data)
    code = join_lines(mask_literals(text, kotlin=file.endswith(".kts")))
    return GradleScript(
        text=text,
        code=code,
        file=file,
        statements=tuple(_Parser(text, code).parse_statements()),
        sections=(Section(file=file, start=0),),
    )


@dataclass(slots=True)
class _Parser:
    """The state of parsing a script, token by token."""

    text: str
    code: str
    start: int = 0  # start of the current statement
    nesting: int = 0  # of parentheses and brackets within the current statement
    path: tuple[str, ...] = ()
    enclosing: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    condition: str = ""  # of an `if` whose branch is on the next line, without braces
    before: tuple[str, str] = ("", "")  # the previous statement, masked and as written

    def parse_statements(self) -> Iterator[Statement]:
        for mark in _MARK.finditer(self.code):
            match mark[0]:
                case "(" | "[":
                    self.nesting += 1
                case ")" | "]":
                    self.nesting -= 1
                case "{":
                    yield from self._open_block(mark.start())
                case "}":
                    yield from self._end_statement(mark.start())
                    self._close_block(mark.start())
                case _ if self.nesting <= 0:
                    yield from self._end_statement(mark.start())
        yield from self._end_statement(len(self.code))
        if self.enclosing or self.nesting:
            raise GradleSyntaxError("its braces or parentheses are not balanced", len(self.code))

    def _end_statement(self, end: int) -> Iterator[Statement]:
        statement = self._build_statement(end)
        self.start = end + 1
        if statement:
            self.before = (statement.code, statement.source)
            self.condition = statement.code if is_open_condition(statement.code) else ""
            if not self.condition:
                yield statement

    def _open_block(self, at: int) -> Iterator[Statement]:
        if self.nesting < 0 or len(self.enclosing) >= _MAX_DEPTH:
            raise GradleSyntaxError("its blocks are too deep, or not balanced", at)
        statement = self._build_statement(at, opens=True)
        # A brace on a line of its own belongs to the line before.
        inner = parse_block_path(
            *((statement.code, statement.source) if statement else self.before)
        )
        self.enclosing.append((self.path, self.nesting))
        self.path, self.nesting, self.start = (*self.path, *inner), 0, at + 1
        self.condition, self.before = "", ("", "")
        if statement:
            yield statement

    def _close_block(self, at: int) -> None:
        if not self.enclosing or self.nesting:
            raise GradleSyntaxError("its braces or parentheses are not balanced", at)
        self.path, self.nesting = self.enclosing.pop()
        self.start, self.before = at + 1, ("", "")

    def _build_statement(self, end: int, *, opens: bool = False) -> Statement | None:
        whole = self.code[self.start : end]
        code = whole.strip()
        if not code:
            return None
        begin = self.start + len(whole) - len(whole.lstrip())
        path = (*self.path, f"?{self.condition}") if self.condition else self.path
        source = self.text[begin : begin + len(code)]
        return Statement(path=path, code=code, source=source, offset=begin, opens=opens)


def include_applied_scripts(
    script: GradleScript, read: ReadFile, *, depth: int = 0
) -> GradleScript:
    """
    Return the script with the statements of the scripts that it applies by a literal path.

    Such a script configures the same `android` block; flutter_flavorizr keeps all flavors in one.
    What is applied before the `android` block is put before the script, everything else behind.

    Args:
        script: The build script of the app.
        read: Reads files below the app's folder.
        depth: The number of scripts that led to this one.

    Raises:
        GradleSyntaxError: An applied script cannot be parsed or does not exist, or there are too
            many.

    Source: Gradle user manual, Script plugins · https://pub.dev/packages/flutter_flavorizr
    """
    android = next(
        (one.offset for one in script.statements if one.path[:1] == (_ANDROID_FOLDER,)), 0
    )
    applied = [
        (one, path) for one in script.statements if (path := get_applied_path(one)) is not None
    ]
    if len(applied) > _MAX_SCRIPTS or (applied and depth == _MAX_APPLYING):
        raise GradleSyntaxError("it applies too many scripts")
    joined = script
    for statement, path in applied:
        data = read(path)
        if data is None:
            raise GradleSyntaxError(f"it applies {path.name}, which does not exist")
        part = parse_gradle(data, file=str(path))
        part = include_applied_scripts(part, read, depth=depth + 1)
        joined = _join(part, joined) if statement.offset < android else _join(joined, part)
    return replace(joined, file=script.file)


def get_applied_path(statement: Statement) -> PurePosixPath | None:
    """
    Return the path of the script that a statement applies; None if it is not a literal.

    Gradle resolves it from the folder of the app's project, whichever script applies it.
    """
    found = _APPLIES.fullmatch(statement.source) if not statement.path else None
    if found is None:
        return None
    folder = _ANDROID_FOLDER if found["root"] else f"{_ANDROID_FOLDER}/app"
    path = posixpath.normpath(f"{folder}/{found['path']}")
    return None if path.startswith("..") else PurePosixPath(path)


def _join(first: GradleScript, second: GradleScript) -> GradleScript:
    start = len(first.text) + 1
    return GradleScript(
        text=f"{first.text}\n{second.text}",
        code=f"{first.code}\n{second.code}",
        file=first.file,
        statements=(
            *first.statements,
            *(replace(one, offset=one.offset + start) for one in second.statements),
        ),
        sections=(
            *first.sections,
            *(replace(one, start=one.start + start) for one in second.sections),
        ),
    )


def parse_block_path(code: str, source: str) -> tuple[str, ...]:
    """
    Return what a block configures: `("buildTypes", "release")` for `buildTypes.getByName("release")`.

    A head without a definite name, such as `if (ci)` or `all`, becomes `?` and the head, because
    no name contains `?`.

    Args:
        code: The head with its strings masked.
        source: The head as it is written.
    """
    if delegated := _DELEGATED.match(code):
        return (delegated[1],)
    if _EXTENSION.match(code):
        return ("android",)
    names: list[str] = []
    at = 0
    while part := _PART.match(code, at):
        name = _parse_name(part, source)
        if name is None or name in _MANY:
            break
        names += [name] if part["called"] or name not in _SILENT else []
        if not part["end"]:
            return tuple(names)
        at = part.end()
    return (f"?{code}",)


def _parse_name(part: re.Match[str], source: str) -> str | None:
    if part["word"]:
        return part["word"]
    start, end = part.span("called" if part["called"] else "quoted")
    inner = source[start + 1 : end - 1]
    return inner if _PLAIN.fullmatch(inner) else None
