"""A Dart file with its code and its literals told apart, every character in its place."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


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

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        ends = [at + 1 for at, character in enumerate(self.text) if character == "\n"]
        return (0, *ends)
