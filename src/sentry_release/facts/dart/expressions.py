"""A place in Dart code -> the expression that stands there, and what can be told of its value."""

import re

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.source import Dart

_MARK = re.compile(r"[;,()\[\]{}]|\.\.")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*")
_CONST = re.compile(r"const\b\s*")
_BLANKS = re.compile(r"\s*")


def expression(dart: Dart, start: int) -> Span:
    """The expression that begins here, up to a comma, a cascade, a bracket or a semicolon."""
    at = start
    while mark := _MARK.search(dart.code, at):
        closing = dart.brackets.closing(mark.start()) if mark[0] in "([{" else None
        if closing is None:
            return trimmed(dart, start, mark.start())
        at = closing + 1
    return trimmed(dart, start, len(dart.code))


def trimmed(dart: Dart, start: int, end: int) -> Span:
    """The same without blanks and comments around it, and without parentheses around all of it."""
    while True:
        while end > start and (dart.code[end - 1].isspace() or dart.code[end - 1] == "?"):
            end -= 1
        start = min(_after_blanks(dart, start), end)
        if dart.code[start : start + 1] != "(" or dart.brackets.closing(start) != end - 1:
            return Span(start=start, end=end)
        start, end = start + 1, end - 1


def code_of(dart: Dart, span: Span) -> str:
    """What stands there, without comments and without what is between quotes."""
    return dart.code[span.start : span.end]


def plain(dart: Dart, span: Span) -> str | None:
    """The text that the expression is, where it is nothing but literals without interpolation."""
    values, at = [], span.start
    while at < span.end:
        literal = dart.literal_at(at)
        if literal is None or literal.value is None:
            return None
        values.append(literal.value)
        at = _after_blanks(dart, literal.end)
    return "".join(values) if values else None


def name_in(dart: Dart, span: Span) -> str | None:
    """The name that the expression is, as `release` or `Env.release`."""
    text = code_of(dart, span)
    return re.sub(r"\s+", "", text) if _NAME.fullmatch(text) else None


def resolved(dart: Dart, span: Span) -> Span:
    """
    The expression itself, or, where it is the name of a constant of this file, that one's value.

    Of `Env.release` the second half counts where the first is the name of a class.
    """
    name = name_in(dart, span)
    if name is None:
        return span
    owner, _, last = name.rpartition(".")
    if owner and owner not in dart.types:
        return span
    start = dart.initialisers.get(last)
    return span if start is None else expression(dart, start)


def without_const(dart: Dart, span: Span) -> Span:
    """The expression behind a `const` that stands before it."""
    const = _CONST.match(dart.code, span.start, span.end)
    return trimmed(dart, const.end(), span.end) if const else span


def _after_blanks(dart: Dart, at: int) -> int:
    blanks = _BLANKS.match(dart.code, at)
    return blanks.end() if blanks else at
