"""The possible values of a conditional Dart expression in a release build."""

import re
from collections.abc import Iterator

from sentry_release.dart.brackets import Span
from sentry_release.dart.conditions import holds_in_release
from sentry_release.dart.expressions import trim_span
from sentry_release.dart.source import DartSource

# The operators of `a ? b : c`: a question mark that is not `?.`, `?[` or `??`, and a colon.
_MARK = re.compile(r"(?P<choice>(?<!\?)\?(?![?.\[]))|(?P<otherwise>:)|[(\[{]")
_SWITCH = re.compile(r"switch\s*\(")
_ARM = re.compile(r"(?P<arrow>=>)|(?P<ends>,)|[(\[{]")
_BODY = re.compile(r"\s*\{")
_MAX_DEPTH = 10  # choices within each other
_MAX_LENGTH = 4000  # characters of an expression


def find_possible_values(dart: DartSource, span: Span, *, depth: int = 0) -> tuple[Span, ...]:
    """
    Return the branches of `a ? b : c` or `switch (a) { … }`, else the expression itself.

    Branches that no release build reaches are omitted.
    Source: https://dart.dev/language/branches#switch-expressions
    """
    is_readable = depth < _MAX_DEPTH and span.end - span.start <= _MAX_LENGTH
    branches = _split_switch(dart, span) or _split_conditional(dart, span) if is_readable else ()
    if not branches:
        return (span,)
    return tuple(
        one for branch in branches for one in find_possible_values(dart, branch, depth=depth + 1)
    )


def _split_conditional(dart: DartSource, span: Span) -> tuple[Span, ...]:
    deploys = list(_find_outside_brackets(dart, _MARK, span.start, span.end))
    if not deploys or not deploys[0]["choice"]:
        return ()
    open_ = 0
    for mark in deploys:
        open_ += 1 if mark["choice"] else -1
        if open_ == 0:
            holds = holds_in_release(dart.code[span.start : deploys[0].start()])
            then = trim_span(dart, deploys[0].end(), mark.start())
            otherwise = trim_span(dart, mark.end(), span.end)
            return {True: (then,), False: (otherwise,), None: (then, otherwise)}[holds]
    return ()


def _split_switch(dart: DartSource, span: Span) -> tuple[Span, ...]:
    found = _SWITCH.match(dart.code, span.start, span.end)
    closing = dart.brackets.find_closing(found.end() - 1) if found else None
    body = _BODY.match(dart.code, closing + 1, span.end) if closing is not None else None
    end = dart.brackets.find_closing(body.end() - 1) if body else None
    if body is None or end is None or end != span.end - 1:
        return ()
    return tuple(_list_arms(dart, body.end(), end))


def _list_arms(dart: DartSource, start: int, end: int) -> Iterator[Span]:
    value: int | None = None
    for mark in _find_outside_brackets(dart, _ARM, start, end):
        if mark["arrow"] and value is None:
            value = mark.end()
        elif mark["ends"] and value is not None:
            yield trim_span(dart, value, mark.start())
            value = None
    if value is not None:
        yield trim_span(dart, value, end)


def _find_outside_brackets(
    dart: DartSource, pattern: re.Pattern[str], start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield the matches outside brackets; the pattern must match the opening brackets too."""
    at = start
    while mark := pattern.search(dart.code, at, end):
        closing = dart.brackets.find_closing(mark.start()) if mark[0] in "([{" else None
        at = mark.end() if closing is None else closing + 1
        if mark.lastgroup:
            yield mark
