"""A Dart file with its code and its literals told apart, every character in its place."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sentry_release.facts.dart.brackets import Brackets
from sentry_release.facts.dart.constants import initialisers, looked_at, types


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A string of the source, from its first quote to its last; no value where it interpolates."""

    start: int
    end: int
    value: str | None


@dataclass(frozen=True, kw_only=True)
class Dart:
    """
    A file: its `text`, and its `code`, as long as the text and with every line in its place.

    In the code comments are spaces, and what stands between quotes is `_`; the code inside
    `${…}` stays readable.
    """

    text: str
    code: str
    literals: tuple[Literal, ...] = ()

    def line_of(self, offset: int) -> int:
        """The line of a character, from 1."""
        return bisect_right(self._starts, offset)

    def literal_at(self, offset: int) -> Literal | None:
        """The literal whose first quote stands there."""
        index = bisect_left(self._quotes, offset)
        known = index < len(self.literals) and self.literals[index].start == offset
        return self.literals[index] if known else None

    def lines(self, first: int, last: int) -> tuple[list[str], list[str]]:
        """The text and the code of some lines, both ends included."""
        start = self._starts[max(first, 1) - 1]
        end = self._starts[last] - 1 if last < len(self._starts) else len(self.text)
        return self.text[start:end].split("\n"), self.code[start:end].split("\n")

    @cached_property
    def brackets(self) -> Brackets:
        """Which bracket of the code closes which."""
        return Brackets(self.code)

    @cached_property
    def initialisers(self) -> Mapping[str, int]:
        """Where the value begins of each name that the file declares once, and never changes."""
        return initialisers(self.code)

    @cached_property
    def looked_at(self) -> frozenset[str]:
        """The names whose text some condition of the file may look at."""
        return looked_at(self.code)

    @cached_property
    def types(self) -> frozenset[str]:
        """The names of what the file declares as a class or its like."""
        return types(self.code)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in re.finditer("\n", self.text)))

    @cached_property
    def _quotes(self) -> tuple[int, ...]:
        return tuple(literal.start for literal in self.literals)
