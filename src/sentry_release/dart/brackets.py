"""Code of a Dart file -> which bracket closes which, and which brackets a place stands in."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

_BRACKET = re.compile(r"[()\[\]{}]")
_OPENS = {")": "(", "]": "[", "}": "{"}
_MAX_STEPS = 4096  # pairs to look at, so that no nesting makes a file slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From the first character of something to behind its last."""

    start: int
    end: int


class BracketIndex:
    """
    Every pair of brackets of a file, found in one pass.

    A bracket that nothing closes, or that closes nothing, belongs to no pair.
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
        """Where the bracket that stands at `at` is closed; None where it is not, or is none."""
        index = bisect_left(self._opens, at)
        known = index < len(self._opens) and self._opens[index] == at
        return self._close_of[index] if known else None

    def find_opening(self, at: int) -> int | None:
        """Where the bracket that is closed at `at` opens; None where it does not, or is none."""
        index = bisect_left(self._closes, at)
        known = index < len(self._closes) and self._closes[index] == at
        return self._open_of[index] if known else None

    def list_enclosing(self, at: int) -> Iterator[Span]:
        """
        The pairs that an offset stands between, the nearest first.

        Each reaches from the opening bracket to behind the closing one; of a nesting that is
        thousands deep the outer pairs are left out.
        """
        index = bisect_left(self._opens, at) - 1
        for _ in range(_MAX_STEPS):
            if index < 0:
                return
            if self._close_of[index] >= at:
                yield Span(start=self._opens[index], end=self._close_of[index] + 1)
            index = self._within[index]


def _match_pairs(code: str) -> Iterator[tuple[int, int]]:
    """Opening and closing offsets, in the order of the closings."""
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
    """The nearest bracket of this kind; those that were opened behind it stay unclosed."""
    while True:
        bracket, at = open_.pop()
        waiting[bracket] -= 1
        if bracket == expected:
            return at


def _compute_parents(closes: "array[int]", opens: "array[int]") -> "array[int]":
    """For every pair, in the order of the openings, the next one around it; -1 for none."""
    parents = array("q")
    open_: list[int] = []
    for index, start in enumerate(opens):
        while open_ and closes[open_[-1]] < start:
            open_.pop()
        parents.append(open_[-1] if open_ else -1)
        open_.append(index)
    return parents
