"""Splits shell scripts into commands, one line each and without comments."""

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
_TAIL = 80  # last characters of a line with a continuation mark
_MAX_QUOTE_LINES = 40  # lines of one quoted text


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalLine:
    """A command with the lines of its here-document, if any."""

    text: str
    line: int
    stdin: str = ""

    @property
    def to_command(self) -> Command:
        """Return the command without its here-document."""
        return Command(text=self.text, line=self.line)


def split_logical_lines(text: str, first: int = 1) -> tuple[LogicalLine, ...]:
    """
    Join continuation lines, and drop comments and here-documents.

    A line continues after a backslash (a backtick in PowerShell, a caret in cmd), and while a
    quote is open.

    Args:
        text: The script.
        first: The line of the file that the script starts at.

    Source: POSIX.1-2024, Shell Command Language, 2.2 Quoting and 2.7.4 Here-Document
    """
    return tuple(_iterate_logical_lines(_ScriptReader(text), first))


class _ScriptReader:
    """Reads the lines of a script; quoted texts may span lines."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.places: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines):
            self.places.setdefault(line.strip(), []).append(at)
        self.quotes_span = True

    def read_command(self, at: int) -> tuple[str, int]:
        """Return the command that starts at a line, joined, and the next line's index."""
        parts: list[str] = []
        while at < len(self.lines):
            line, at = self.read_quoted(strip_comment(self.lines[at]), at + 1)
            continued = _CONTINUED.search(line[-_TAIL:])
            parts.append((line[: -len(continued[0])] if continued else line).strip())
            if not continued:
                break
        return " ".join(part for part in parts if part), at

    def read_quoted(self, line: str, at: int) -> tuple[str, int]:
        """Return the line joined with those that its quote spans; unchanged if the quote is open."""
        quote = _find_open_quote(line) if self.quotes_span else None
        if quote is None:
            return line, at
        parts = [line]
        for after in range(at, min(at + _MAX_QUOTE_LINES, len(self.lines))):
            parts.append(self.lines[after].strip())
            quote = _find_open_quote(parts[-1], quote)
            if quote is None:
                return " ".join(parts), after + 1
        self.quotes_span = False  # then it is not a quote in this language
        return line, at

    def read_heredoc(self, at: int, end: str) -> tuple[str, int]:
        """Return the lines up to `end`, and the next line's index; no lines if `end` is missing."""
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
        for heredoc in _HEREDOC.finditer(text):
            body, at = script.read_heredoc(at, heredoc["end"])
            fed.append(body)
        if text:
            yield LogicalLine(text=text, line=first + began, stdin="\n".join(fed))


def strip_comment(line: str) -> str:
    """
    Return a line without its comment.

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
    """Return the quote that is open at the end of a line, if `quote` is open at its start."""
    if "'" in line or '"' in line:
        for at, within in _iterate_quotes(line, quote):
            quote = within
            if line[at] in "'\"":
                quote = None if within else line[at]
    return quote


def _iterate_quotes(line: str, quote: str | None = None) -> Iterator[tuple[int, str | None]]:
    """Yield unquoted characters, and each quote with the opening one that it closes, if any."""
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
