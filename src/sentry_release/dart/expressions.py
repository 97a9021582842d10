"""Find expressions in Dart code, and evaluate literals and constants."""

import re

from sentry_release.dart.brackets import Span
from sentry_release.dart.source import DartSource

_MARK = re.compile(r"[;,()\[\]{}]|\.\.")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*")
_CONST = re.compile(r"const\b\s*")
_BLANKS = re.compile(r"\s*")


def find_expression(dart: DartSource, start: int) -> Span:
    """Return the expression at `start`, up to a comma, a cascade, a bracket or a semicolon."""
    at = start
    while mark := _MARK.search(dart.code, at):
        closing = dart.brackets.find_closing(mark.start()) if mark[0] in "([{" else None
        if closing is None:
            return trim_span(dart, start, mark.start())
        at = closing + 1
    return trim_span(dart, start, len(dart.code))


def trim_span(dart: DartSource, start: int, end: int) -> Span:
    """Return the span without surrounding whitespace, comments and parentheses."""
    while True:
        while end > start and (dart.code[end - 1].isspace() or dart.code[end - 1] == "?"):
            end -= 1
        start = min(_skip_blanks(dart, start), end)
        if dart.code[start : start + 1] != "(" or dart.brackets.find_closing(start) != end - 1:
            return Span(start=start, end=end)
        start, end = start + 1, end - 1


def get_code(dart: DartSource, span: Span) -> str:
    """Return the code of the span, with comments and the contents of strings masked."""
    return dart.code[span.start : span.end]


def get_literal_text(dart: DartSource, span: Span) -> str | None:
    """Return the value if the expression is only literals without interpolation."""
    values, at = [], span.start
    while at < span.end:
        literal = dart.find_literal(at)
        if literal is None or literal.value is None:
            return None
        values.append(literal.value)
        at = _skip_blanks(dart, literal.end)
    return "".join(values) if values else None


def get_identifier(dart: DartSource, span: Span) -> str | None:
    """Return the name if the expression is one, such as `release` or `Env.release`."""
    text = get_code(dart, span)
    return re.sub(r"\s+", "", text) if _NAME.fullmatch(text) else None


def resolve_constant(dart: DartSource, span: Span) -> Span:
    """
    Return the expression, or the value of the constant of this file that it names.

    `Env.release` is resolved if `Env` is a class of this file.
    """
    name = get_identifier(dart, span)
    if name is None:
        return span
    owner, _, last = name.rpartition(".")
    if owner and owner not in dart.types:
        return span
    start = dart.initializers.get(last)
    return span if start is None else find_expression(dart, start)


def strip_const(dart: DartSource, span: Span) -> Span:
    """Return the expression without a leading `const`."""
    const = _CONST.match(dart.code, span.start, span.end)
    return trim_span(dart, const.end(), span.end) if const else span


def _skip_blanks(dart: DartSource, at: int) -> int:
    blanks = _BLANKS.match(dart.code, at)
    return blanks.end() if blanks else at
