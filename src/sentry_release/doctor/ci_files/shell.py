"""Splits shell scripts into commands, one line each, and fills in the values of variables."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from sentry_release.doctor.app import Command
from sentry_release.doctor.ci_files.build_commands import VARIABLE

_HEREDOC = re.compile(
    r"(?<!<)<<(?![<=])(?P<dash>-?)[ \t]*(?P<quote>['\"]?)(?P<end>[A-Za-z_]\w*)(?P=quote)"
)
_CONTINUED = re.compile(r"(?:(?<!\\)(?:\\\\)*\\|[ \t][`^])[ \t]*$")
_BEFORE_COMMENT = " \t;&|("
_TAIL = 80  # last characters of a line with a continuation mark
_MAX_QUOTE_LINES = 40  # lines of one quoted text
Values = Mapping[str, tuple[str, ...]]
"""The possible values of each variable, including `matrix.x`, `inputs.x` and `env.x`."""
_SHELL = re.compile(
    r"(?:^|[;&|]\s*|\b(?:export|local|readonly|set|then|else|do|declare|typeset)\s+(?:-\w+\s+)*)"
    r"\$?(?:env:)?(?P<name>[A-Za-z_]\w*)(?P<sign>\+?=|\s+=\s*(?=[\"']))"
    r"(?P<value>\"[^\"]*\"|'[^']*'|\([^()]*\)|[^\s;&|()\"'`]*)(?=[\s;&|)]|$)"
)
_MAKE = re.compile(
    r"(?<!\w)(?:export\s++)?(?P<name>[A-Za-z_]\w*+)\s*+(?P<sign>[:?+!]{0,3}=)\s*+(?P<value>.*)"
)
_LOOP = re.compile(r"\bfor\s+(?P<name>[A-Za-z_]\w*)\s+in\s+(?P<words>[^;]{1,1000})")
_IS_MAKE = re.compile(r"(?:GNUm|M|m)akefile|.*\.mk|\.?[jJ]ustfile")
_REFERENCE = re.compile(VARIABLE)
_INSIDE = re.compile(
    r"(?:\$\{\{\s*|[$#]?[({%]?\$?(?:env:)?)(?P<name>[A-Za-z_][\w.-]*)(?:\[[@*]\])?(?::?-(?P<default>[^}]*))?"
)
_AS_TARGET = re.compile(
    r"(?:\bbuild|\bshorebird[ \t]+(?:release|patch))(?:[ \t]+-\S+){0,20}[ \t]+[\"']?\Z"
)
_AS_PROGRAM = re.compile(r"[ \t]*(?:-\S+[ \t]+){0,20}(?:build|run|pub)\b")
_NEAR = 200  # characters before a variable
_MOST_VALUES = 20  # values per variable
_MOST_LINES = 30  # commands that one command expands to
_MAX_DEPTH = 3  # nesting of variables
_MAX_LENGTH = 10_000  # characters of an expanded command


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


def find_values(file_name: str, commands: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """
    Return the texts that the commands of one script assign to each variable.

    `+=` appends. Output of programs (`$(…)`) is unknown and left out.

    Args:
        file_name: The script's name: in a Makefile a value extends to the end of the line.
        commands: Its command lines in order.
    """
    pattern = _MAKE if _IS_MAKE.fullmatch(file_name) else _SHELL
    found: dict[str, dict[str, None]] = {}
    for text in commands:
        for one in _find_assignments(pattern, text):
            value = one["value"].strip()
            value = value[1:-1] if value[:1] in {'"', "'", "("} else value
            before = list(found.get(one["name"], ()))
            if "+" in one["sign"] and before and sum(map(len, before)) > _MAX_LENGTH:
                continue
            if "+" in one["sign"] and before:
                found[one["name"]] = dict.fromkeys(f"{old} {value}" for old in before)
            elif len(before) < _MOST_VALUES:
                found.setdefault(one["name"], {})[value] = None
        for loop in _LOOP.finditer(text) if "for " in text else ():
            words = loop["words"].split()[:_MOST_VALUES]
            found.setdefault(loop["name"], {}).update(dict.fromkeys(words))
    return {name: tuple(values) for name, values in found.items()}


def _find_assignments(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    if "=" not in text:
        return
    if pattern is _MAKE:
        if whole := pattern.fullmatch(text):
            yield whole
        return
    yield from pattern.finditer(text)


def expand_arguments(text: str, values: Values) -> tuple[str, ...]:
    """
    Return the command once for each combination of the values that decide what it does.

    Expanded are targets, programs, and variables that hold options or whole commands; the value of
    an option stays as written.
    """
    texts = [text]
    for _ in range(_MAX_DEPTH):
        texts = [one for before in texts for one in _fill_in(before, values)][:_MOST_LINES]
    return tuple(dict.fromkeys(texts))


def _fill_in(text: str, values: Values) -> Iterator[str]:
    """Return the command with each combination of values; references in values stay."""
    found = [
        (one, known)
        for one in _REFERENCE.finditer(text)
        if (known := _filter_known(one, text, values))
    ]
    if len(text) > _MAX_LENGTH:
        yield text
        return
    places = [one for one, _ in found[:_MOST_VALUES]]
    for combination in islice(product(*(known for _, known in found[:_MOST_VALUES])), _MOST_LINES):
        yield _fill(text, places, combination)


def resolve_path(text: str, values: Values) -> tuple[str, ...]:
    """Return the paths that a text with variables may be; the text itself where none is known."""
    texts = [text]
    for _ in range(_MAX_DEPTH):
        texts = [path for one in texts for path in _with_first_value(one, values)][:_MOST_LINES]
    return tuple(dict.fromkeys(texts))


def _with_first_value(text: str, values: Values) -> list[str]:
    for found in _REFERENCE.finditer(text):
        known = _list_values(found[0], values)
        if known:
            return [text[: found.start()] + value + text[found.end() :] for value in known]
    return [text]


def _list_values(reference: str, values: Values) -> tuple[str, ...]:
    found = _INSIDE.match(reference)
    if found is None:
        return ()
    name = found["name"]
    known = values.get(name) or values.get(name.removeprefix("env."), ())
    if not known and found["default"]:
        known = (found["default"],)
    return tuple(one for one in known if one and reference not in one)


def _filter_known(found: re.Match[str], text: str, values: Values) -> tuple[str, ...]:
    """Return the values to substitute; none if the reference is only the value of an option."""
    known = _list_values(found[0], values)
    if not known:
        return ()
    before = text[max(0, found.start() - _NEAR) : found.start()]
    decides = (
        not before.strip(" \t\"'@")
        or _AS_TARGET.search(before)
        or _AS_PROGRAM.match(text, found.end())
        or (before[-1:] in " \t\"'" and any(one.startswith("-") for one in known))
    )
    return known if decides else ()


def _fill(text: str, places: Sequence[re.Match[str]], values: Iterable[str]) -> str:
    parts, at = [], 0
    for place, value in zip(places, values, strict=True):
        parts += [text[at : place.start()], value]
        at = place.end()
    return "".join([*parts, text[at:]])
