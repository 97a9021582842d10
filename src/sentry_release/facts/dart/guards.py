"""A place in Dart code -> under which conditions it is reached, in a build for users."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.conditions import true_in_release
from sentry_release.facts.dart.source import Dart

_IF = re.compile(r"\s*if\s*\(")
_ELSE = re.compile(r"\s*else\b")
_WORD = re.compile(r"(?P<word>[A-Za-z_]\w*)\s*\Z")
_ELSE_BEFORE = re.compile(r"\belse\s*\Z")
_CHOICE = re.compile(r"\s\?\s|\b(?:switch|catch)\s*\(")
_LABEL = re.compile(r"\s*(?:case\b|default\s*:|on\s+[A-Za-z_])")
_NEAR = 80  # characters, for the word before a bracket
_PATIENCE = 20_000  # characters of one statement
_LONGEST_CHAIN = 50  # of else if


class When(Enum):
    """Whether a build for users gets to a place, as far as it can be told."""

    ALWAYS = "always"
    IN_RELEASE = "in release builds alone"
    SOMETIMES = "sometimes"
    NEVER = "in no release build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition around a place, and whether it stands in its `else`; no span: a choice of many."""

    condition: Span | None
    negated: bool = False
    in_release: bool | None = None


def when(dart: Dart, offset: int) -> When:
    """
    Say whether a build for users reaches a place, by the conditions around it in this file.

    Who calls the function it stands in, and whether something returns before, is not looked at.
    """
    return weighed(guards(dart, offset))


def weighed(conditions: Iterable[Guard]) -> When:
    """What these conditions come to, when all of them have to hold."""
    said = {guard.in_release for guard in conditions}
    if False in said:
        return When.NEVER
    if None in said:
        return When.SOMETIMES
    return When.IN_RELEASE if said else When.ALWAYS


def guards(dart: Dart, offset: int) -> Iterator[Guard]:
    """The conditions around a place, the nearest first; those of `else` are negated."""
    inner = offset
    for pair in dart.brackets.around(offset):
        bracket = dart.code[pair.start]
        if bracket == "{" and dart.code[pair.start - 1 : pair.start] != "$":
            yield from _of_statement(dart, pair.start + 1, inner)
        elif bracket == "(" and _word_before(dart, pair.start) == "assert":
            yield Guard(condition=None, in_release=False)
        inner = pair.start


def _of_statement(dart: Dart, lowest: int, at: int) -> Iterator[Guard]:
    """What stands before it in its own statement, as `else if (condition)`."""
    start = _statement_start(dart, lowest, at)
    otherwise = _ELSE.match(dart.code, start, at)
    if otherwise:
        yield from _of_else(dart, start)
        start = otherwise.end()
    while condition := _IF.match(dart.code, start, at):
        closing = dart.brackets.closing(condition.end() - 1)
        if closing is None or closing >= at:
            return
        yield _guard(dart, Span(start=condition.end(), end=closing))
        start = closing + 1
    if _CHOICE.search(dart.code, start, at) or _LABEL.match(dart.code, start, at):
        yield Guard(condition=None)


def _of_else(dart: Dart, at: int) -> Iterator[Guard]:
    """The conditions of the `if`, and of those it is the `else` of, that came to nothing."""
    for _ in range(_LONGEST_CHAIN):
        condition = _condition_before(dart, at)
        if condition is None:
            yield Guard(condition=None)
            return
        yield _guard(dart, condition, negated=True)
        word = dart.code.rfind("if", 0, condition.start)
        found = _ELSE_BEFORE.search(dart.code, max(0, word - _NEAR), word)
        if found is None:
            return
        at = found.start()


def _condition_before(dart: Dart, at: int) -> Span | None:
    """The condition of the `if` whose branch ends before an `else`."""
    end = _before_blanks(dart, at)
    if dart.code[end - 1 : end] == "}":
        opening = dart.brackets.opening(end - 1)
        return None if opening is None else _condition_of_block(dart, opening)
    start = _statement_start(dart, 0, end - 1)
    condition = _IF.match(dart.code, start)
    closing = dart.brackets.closing(condition.end() - 1) if condition else None
    return Span(start=condition.end(), end=closing) if condition and closing else None


def _condition_of_block(dart: Dart, opening: int) -> Span | None:
    end = _before_blanks(dart, opening)
    parenthesis = dart.brackets.opening(end - 1)
    if parenthesis is None or _word_before(dart, parenthesis) != "if":
        return None
    return Span(start=parenthesis + 1, end=end - 1)


def _statement_start(dart: Dart, lowest: int, at: int) -> int:
    """Behind the semicolon or brace that ends what stands before it."""
    lowest = max(lowest, at - _PATIENCE)
    while at > lowest:
        character = dart.code[at - 1]
        if character in ")]}":
            opening = dart.brackets.opening(at - 1)
            in_text = opening is not None and dart.code[opening - 1 : opening] == "$"
            if opening is None or (character == "}" and not in_text):
                return at
            at = opening
        elif character in ";{":
            return at
        else:
            at -= 1
    return at


def _before_blanks(dart: Dart, at: int) -> int:
    lowest = max(0, at - _PATIENCE)
    return lowest + len(dart.code[lowest:at].rstrip())


def _word_before(dart: Dart, at: int) -> str | None:
    found = _WORD.search(dart.code, max(0, at - _NEAR), at)
    return found["word"] if found else None


def _guard(dart: Dart, condition: Span, *, negated: bool = False) -> Guard:
    holds = true_in_release(dart.code[condition.start : condition.end])
    if negated and holds is not None:
        holds = not holds
    return Guard(condition=condition, negated=negated, in_release=holds)
