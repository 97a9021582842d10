"""DartSource, literals, constants."""

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
    Where the value of each `const` and `final` begins, be it of the file, a class or a function.

    A name that is declared twice means one thing here and another there: it is left out.
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
    """The names that are compared with something, or asked whether they are empty."""
    found = (
        _NAME_BEFORE.search(code, max(0, one.start() - _MAX_DISTANCE), one.start())
        for one in _LOOKED_AT.finditer(code)
    )
    return frozenset(name["name"] for name in found if name)


def find_declared_types(code: str) -> frozenset[str]:
    """The names of its classes, enums, mixins and extensions."""
    return frozenset(found["name"] for found in _TYPE.finditer(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A string of the source, from its first quote to its last; no value where it interpolates."""

    start: int
    end: int
    value: str | None


@dataclass(frozen=True, kw_only=True)
class DartSource:
    """
    A file: its `text`, and its `code`, as long as the text and with every line in its place.

    In the code comments are spaces, and what stands between quotes is `_`; the code inside
    `${…}` stays readable.
    """

    text: str
    code: str
    literals: tuple[Literal, ...] = ()

    def get_line(self, offset: int) -> int:
        """The line of a character, from 1."""
        return bisect_right(self._line_starts, offset)

    def find_literal(self, offset: int) -> Literal | None:
        """The literal whose first quote stands there."""
        index = bisect_left(self._literal_starts, offset)
        known = index < len(self.literals) and self.literals[index].start == offset
        return self.literals[index] if known else None

    def get_lines(self, first: int, last: int) -> tuple[list[str], list[str]]:
        """The text and the code of some lines, both ends included."""
        start = self._line_starts[max(first, 1) - 1]
        end = self._line_starts[last] - 1 if last < len(self._line_starts) else len(self.text)
        return self.text[start:end].split("\n"), self.code[start:end].split("\n")

    @cached_property
    def brackets(self) -> BracketIndex:
        """Which bracket of the code closes which."""
        return BracketIndex(self.code)

    @cached_property
    def initializers(self) -> Mapping[str, int]:
        """Where the value begins of each name that the file declares once, and never changes."""
        return find_constant_initializers(self.code)

    @cached_property
    def inspected_names(self) -> frozenset[str]:
        """The names whose text some condition of the file may look at."""
        return find_inspected_names(self.code)

    @cached_property
    def types(self) -> frozenset[str]:
        """The names of what the file declares as a class or its like."""
        return find_declared_types(self.code)

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in re.finditer("\n", self.text)))

    @cached_property
    def _literal_starts(self) -> tuple[int, ...]:
        return tuple(literal.start for literal in self.literals)
