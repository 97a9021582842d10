"""The pairs of brackets in the code of a Dart file."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

_BRACKET = re.compile(r"[()\[\]{}]")
_OPENS = {")": "(", "]": "[", "}": "{"}
_MAX_STEPS = 4096  # pairs to visit, so that no nesting makes a file slow


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
