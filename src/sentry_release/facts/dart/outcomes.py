"""A Dart expression that chooses -> the values that a release build may get of it."""

import re
from collections.abc import Iterator

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.conditions import true_in_release
from sentry_release.facts.dart.expressions import trimmed
from sentry_release.facts.dart.source import Dart

# A question mark that is neither `?.`, `?[` nor `??`, and a colon as `a ? b : c` has them.
_MARK = re.compile(r"(?P<choice>(?<!\?)\?(?![?.\[]))|(?P<otherwise>:)|[(\[{]")
_SWITCH = re.compile(r"switch\s*\(")
_ARM = re.compile(r"(?P<arrow>=>)|(?P<ends>,)|[(\[{]")
_BODY = re.compile(r"\s*\{")
_DEEPEST = 10  # choices within each other
_LONGEST = 4000  # characters; nobody reads longer ones either


def outcomes(dart: Dart, span: Span, *, depth: int = 0) -> tuple[Span, ...]:
    """
    Of `a ? b : c` and `switch (a) { … }` the values of the branches, else the expression itself.

    A branch that no release build comes to is left out.
    Source: https://dart.dev/language/branches#switch-expressions
    """
    is_readable = depth < _DEEPEST and span.end - span.start <= _LONGEST
    branches = _of_switch(dart, span) or _of_choice(dart, span) if is_readable else ()
    if not branches:
        return (span,)
    return tuple(one for branch in branches for one in outcomes(dart, branch, depth=depth + 1))


def _of_choice(dart: Dart, span: Span) -> tuple[Span, ...]:
    marks = list(_outside_of_brackets(dart, _MARK, span.start, span.end))
    if not marks or not marks[0]["choice"]:
        return ()
    open_ = 0
    for mark in marks:
        open_ += 1 if mark["choice"] else -1
        if open_ == 0:
            holds = true_in_release(dart.code[span.start : marks[0].start()])
            then = trimmed(dart, marks[0].end(), mark.start())
            otherwise = trimmed(dart, mark.end(), span.end)
            return {True: (then,), False: (otherwise,), None: (then, otherwise)}[holds]
    return ()


def _of_switch(dart: Dart, span: Span) -> tuple[Span, ...]:
    found = _SWITCH.match(dart.code, span.start, span.end)
    closing = dart.brackets.closing(found.end() - 1) if found else None
    body = _BODY.match(dart.code, closing + 1, span.end) if closing is not None else None
    end = dart.brackets.closing(body.end() - 1) if body else None
    if body is None or end is None or end != span.end - 1:
        return ()
    return tuple(_arms(dart, body.end(), end))


def _arms(dart: Dart, start: int, end: int) -> Iterator[Span]:
    value: int | None = None
    for mark in _outside_of_brackets(dart, _ARM, start, end):
        if mark["arrow"] and value is None:
            value = mark.end()
        elif mark["ends"] and value is not None:
            yield trimmed(dart, value, mark.start())
            value = None
    if value is not None:
        yield trimmed(dart, value, end)


def _outside_of_brackets(
    dart: Dart, pattern: re.Pattern[str], start: int, end: int
) -> Iterator[re.Match[str]]:
    """What a pattern finds, without what stands in brackets; it has to find these as well."""
    at = start
    while mark := pattern.search(dart.code, at, end):
        closing = dart.brackets.closing(mark.start()) if mark[0] in "([{" else None
        at = mark.end() if closing is None else closing + 1
        if mark.lastgroup:
            yield mark
