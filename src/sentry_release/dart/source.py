"""DartSource: the text and the masked code of a Dart file, its brackets, literals and constants."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_BRACKET = re.compile(r"[()\[\]{}]")
_OPENS = {")": "(", "]": "[", "}": "{"}
_MAX_STEPS = 4096  # pairs to visit, so that no nesting makes a file slow
_DECLARATION = re.compile(
    r"(?:const|final)(?<![\w$.]const)(?<![\w$.]final)\s++"
    r"(?:[A-Za-z_][\w.]*+(?:<[^;=(){}]{0,80}>)?\??\s++)?(?P<name>[A-Za-z_$][\w$]*+)\s*+=(?![=>])\s*+"
)
_TYPE = re.compile(r"(?:class|enum|mixin|extension)\s++(?P<name>[A-Za-z_$][\w$]*+)")
_LOOKED_AT = re.compile(r"\.\s*(?:isEmpty|isNotEmpty|length)\b|[!=]=")
_NAME_BEFORE = re.compile(r"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+\Z")
_MAX_DISTANCE = 100  # characters before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of offsets, without its end."""

    start: int
    end: int


class BracketIndex:
    """
    Every pair of brackets of a file, found in one pass.

    An unmatched bracket belongs to no pair.
    """

    __slots__ = ("_close_of", "_closes", "_open_of", "_opens", "_within")

    def __init__(self, code: str) -> None:
        pairs = list(_match_pairs(code))
        self._closes = array("q", (close for _, close in pairs))
        self._open_of = array("q", (opens for opens, _ in pairs))
        pairs.sort()
        self._opens = array("q", (opens for opens, _ in pairs))
        self._close_of = array("q", (close for _, close in pairs))
        self._within = _compute_parents(self._close_of, self._opens)

    def find_closing(self, at: int) -> int | None:
        """Return the offset that closes the bracket at `at`; None if it is unmatched or no bracket."""
        index = bisect_left(self._opens, at)
        known = index < len(self._opens) and self._opens[index] == at
        return self._close_of[index] if known else None

    def find_opening(self, at: int) -> int | None:
        """Return the offset that opens the bracket at `at`; None if it is unmatched or no bracket."""
        index = bisect_left(self._closes, at)
        known = index < len(self._closes) and self._closes[index] == at
        return self._open_of[index] if known else None

    def list_enclosing(self, at: int) -> Iterator[Span]:
        """
        Yield the pairs that enclose an offset, the innermost first.

        Each span includes both brackets. Of a nesting thousands of levels deep, the outer pairs
        are omitted.
        """
        index = bisect_left(self._opens, at) - 1
        for _ in range(_MAX_STEPS):
            if index < 0:
                return
            if self._close_of[index] >= at:
                yield Span(start=self._opens[index], end=self._close_of[index] + 1)
            index = self._within[index]


def _match_pairs(code: str) -> Iterator[tuple[int, int]]:
    """Yield opening and closing offsets, in the order of the closing ones."""
    open_: list[tuple[str, int]] = []
    waiting = dict.fromkeys("([{", 0)
    for found in _BRACKET.finditer(code):
        bracket = found[0]
        expected = _OPENS.get(bracket)
        if expected is None:
            open_.append((bracket, found.start()))
            waiting[bracket] += 1
        elif waiting[expected]:
            yield _find_last_open(open_, waiting, expected), found.start()


def _find_last_open(open_: list[tuple[str, int]], waiting: dict[str, int], expected: str) -> int:
    """Return the last open bracket of this kind; those opened after it stay unmatched."""
    while True:
        bracket, at = open_.pop()
        waiting[bracket] -= 1
        if bracket == expected:
            return at


def _compute_parents(closes: "array[int]", opens: "array[int]") -> "array[int]":
    """Return, for each pair in the order of the openings, the enclosing pair; -1 for none."""
    parents = array("q")
    open_: list[int] = []
    for index, start in enumerate(opens):
        while open_ and closes[open_[-1]] < start:
            open_.pop()
        parents.append(open_[-1] if open_ else -1)
        open_.append(index)
    return parents


def find_constant_initializers(code: str) -> Mapping[str, int]:
    """
    Return the start of the value of each `const` and `final` of the file, by name.

    A name that is declared twice is ambiguous and omitted.
    """
    found: dict[str, int] = {}
    twice: set[str] = set()
    for declaration in _DECLARATION.finditer(code):
        name = declaration["name"]
        if name in found:
            twice.add(name)
        found[name] = declaration.end()
    return {name: start for name, start in found.items() if name not in twice}


def find_inspected_names(code: str) -> frozenset[str]:
    """Return the names that are compared or checked for being empty."""
    found = (
        search_before(_NAME_BEFORE, code, one.start(), _MAX_DISTANCE)
        for one in _LOOKED_AT.finditer(code)
    )
    return frozenset(name["name"] for name in found if name)


def search_before(
    pattern: re.Pattern[str], code: str, end: int, distance: int
) -> re.Match[str] | None:
    """Return the first match of a pattern within so many characters before a place."""
    return pattern.search(code, end - distance, end)


def find_declared_types(code: str) -> frozenset[str]:
    """Return the names of the classes, enums, mixins and extensions."""
    return frozenset(found["name"] for found in _TYPE.finditer(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A string literal, from its first to its last quote; no value if it has interpolation."""

    start: int
    end: int
    value: str | None


@dataclass(frozen=True, kw_only=True)
class DartSource:
    """
    A Dart file: its `text`, and its `code`, which has the same length and the same newlines.

    In the code, comments are spaces and the contents of strings are `_`; the code inside `${…}`
    is kept.
    """

    text: str
    code: str
    literals: tuple[Literal, ...] = ()

    def get_line(self, offset: int) -> int:
        """Return the line of an offset, counted from 1."""
        return bisect_right(self._line_starts, offset)

    def find_literal(self, offset: int) -> Literal | None:
        """Return the literal that starts at this offset."""
        index = bisect_left(self._literal_starts, offset)
        known = index < len(self.literals) and self.literals[index].start == offset
        return self.literals[index] if known else None

    def get_lines(self, first: int, last: int) -> tuple[list[str], list[str]]:
        """Return the text and the code of the lines from `first` to `last`, both included."""
        start = self._line_starts[max(first, 1) - 1]
        end = self._line_starts[last] - 1 if last < len(self._line_starts) else len(self.text)
        return self.text[start:end].split("\n"), self.code[start:end].split("\n")

    @cached_property
    def brackets(self) -> BracketIndex:
        """Return the pairs of brackets of the code."""
        return BracketIndex(self.code)

    @cached_property
    def initializers(self) -> Mapping[str, int]:
        """Return the start of the value of each constant that is declared once, by name."""
        return find_constant_initializers(self.code)

    @cached_property
    def inspected_names(self) -> frozenset[str]:
        """Return the names whose text a condition of the file may check."""
        return find_inspected_names(self.code)

    @cached_property
    def types(self) -> frozenset[str]:
        """Return the names of the declared classes, enums, mixins and extensions."""
        return find_declared_types(self.code)

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in re.finditer("\n", self.text)))

    @cached_property
    def _literal_starts(self) -> tuple[int, ...]:
        return tuple(literal.start for literal in self.literals)
