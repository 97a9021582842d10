"""The text of a shell script -> its commands, without comments, on one line each."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from sentry_release.doctor.app import Command

_HEREDOC = re.compile(
    r"(?<!<)<<(?![<=])(?P<dash>-?)[ \t]*(?P<quote>['\"]?)(?P<end>[A-Za-z_]\w*)(?P=quote)"
)
_CONTINUED = re.compile(r"(?:(?<!\\)(?:\\\\)*\\|[ \t][`^])[ \t]*$")
_BEFORE_COMMENT = " \t;&|("
_TAIL = 80  # characters in which a line may say that it continues
_MAX_QUOTE_LINES = 40  # lines that one quoted text may span


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalLine:
    """A command with the lines that it is fed by `<<EOF`, if any."""

    text: str
    line: int
    stdin: str = ""

    @property
    def to_command(self) -> Command:
        """The command alone."""
        return Command(text=self.text, line=self.line)


def split_logical_lines(text: str, first: int = 1) -> tuple[LogicalLine, ...]:
    """
    Join what continues on the next line, and leave out comments and what a command is fed.

    A line continues after a backslash (a backtick in PowerShell, a caret in cmd), and while a
    quote is open.

    Args:
        text: The script.
        first: The line of the file that it begins at.

    Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting and 2.7.4 Here-Document
    """
    return tuple(_iterate_logical_lines(_ScriptReader(text), first))


class _ScriptReader:
    """The lines of a script, where every text stands alone on a line, and whether quotes span."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.places: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines):
            self.places.setdefault(line.strip(), []).append(at)
        self.quotes_span = True

    def read_command(self, at: int) -> tuple[str, int]:
        """The command that begins at a line, on one line, and the line after it."""
        parts: list[str] = []
        while at < len(self.lines):
            line, at = self.read_quoted(strip_comment(self.lines[at]), at + 1)
            continued = _CONTINUED.search(line[-_TAIL:])
            parts.append((line[: -len(continued[0])] if continued else line).strip())
            if not continued:
                break
        return " ".join(part for part in parts if part), at

    def read_quoted(self, line: str, at: int) -> tuple[str, int]:
        """The line with those that its quote spans; alone where that quote never ends."""
        quote = _find_open_quote(line) if self.quotes_span else None
        if quote is None:
            return line, at
        parts = [line]
        for after in range(at, min(at + _MAX_QUOTE_LINES, len(self.lines))):
            parts.append(self.lines[after].strip())
            quote = _find_open_quote(parts[-1], quote)
            if quote is None:
                return " ".join(parts), after + 1
        self.quotes_span = False  # then it is no quote of this language
        return line, at

    def read_heredoc(self, at: int, end: str) -> tuple[str, int]:
        """The lines up to one that is `end`, and the line after it; none where nothing ends it."""
        found = self.places.get(end, [])
        after = bisect_left(found, at)
        if after == len(found):
            return "", at
        return "\n".join(self.lines[at : found[after]]), found[after] + 1


def _iterate_logical_lines(script: _ScriptReader, first: int) -> Iterator[LogicalLine]:
    at = 0
    while at < len(script.lines):
        began = at
        text, at = script.read_command(at)
        fed: list[str] = []
        for mark in _HEREDOC.finditer(text):
            body, at = script.read_heredoc(at, mark["end"])
            fed.append(body)
        if text:
            yield LogicalLine(text=text, line=first + began, stdin="\n".join(fed))


def strip_comment(line: str) -> str:
    """
    A line up to its comment.

    >>> strip_comment("make web # quickly"), strip_comment("echo '#1' ${#list}")
    ('make web', "echo '#1' ${#list}")
    """
    if "#" not in line:
        return line.rstrip()
    for at, quote in _iterate_quotes(line):
        if quote is None and line[at] == "#" and (at == 0 or line[at - 1] in _BEFORE_COMMENT):
            return line[:at].rstrip()
    return line.rstrip()


def _find_open_quote(line: str, quote: str | None = None) -> str | None:
    """The quote that is open at the end of a line, at whose beginning `quote` was."""
    if "'" in line or '"' in line:
        for at, within in _iterate_quotes(line, quote):
            quote = within
            if line[at] in "'\"":
                quote = None if within else line[at]
    return quote


def _iterate_quotes(line: str, quote: str | None = None) -> Iterator[tuple[int, str | None]]:
    """Every character that is not quoted, and every quote with the one that it ends, if any."""
    at = 0
    while at < len(line):
        character = line[at]
        if character == "\\" and quote != "'":
            at += 2
            continue
        if quote is None or character == quote:
            yield at, quote
        if character == quote:
            quote = None
        elif quote is None and character in "'\"":
            quote = character
        at += 1
