"""DartSource: the text and the masked code of a Dart file, with its literals and constants."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sentry_release.dart.brackets import BracketIndex

_DECLARATION = re.compile(
    r"(?:const|final)(?<![\w$.]const)(?<![\w$.]final)\s++"
    r"(?:[A-Za-z_][\w.]*+(?:<[^;=(){}]{0,80}>)?\??\s++)?(?P<name>[A-Za-z_$][\w$]*+)\s*+=(?![=>])\s*+"
)
_TYPE = re.compile(r"(?:class|enum|mixin|extension)\s++(?P<name>[A-Za-z_$][\w$]*+)")
_LOOKED_AT = re.compile(r"\.\s*(?:isEmpty|isNotEmpty|length)\b|[!=]=")
_NAME_BEFORE = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*\Z")
_MAX_DISTANCE = 100  # characters before it


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
        _NAME_BEFORE.search(code, max(0, one.start() - _MAX_DISTANCE), one.start())
        for one in _LOOKED_AT.finditer(code)
    )
    return frozenset(name["name"] for name in found if name)


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
