"""Find expressions and assignments in Dart code, and evaluate literals and constants."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sentry_release.dart.source import DartSource, Span

_MARK = re.compile(r"[;,()\[\]{}]|\.\.")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*")
_CONST = re.compile(r"const\b\s*")
_BLANKS = re.compile(r"\s*")
_BEFORE = re.compile(r"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+(?:[!?]\s*+)?\Z")
_FIRST = re.compile(r"(?:(?:return|await|final|var)\s+)*(?P<name>[A-Za-z_$][\w$]*)")
_RECEIVERS = re.compile(r"(?<![\w$.?!\s])[\w$.?!\s]++\Z")
_GOES_ON = re.compile(r"\s*[?!]?\.")
_MAX_DISTANCE = 200  # characters; no name is longer
_MAX_STEPS = 20_000  # characters of one cascade


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """
    `options.release = value`, or `..release = value` of a cascade.

    `receiver` is the last name before the dot, or, of a cascade, the first name of the expression
    that it starts with; None if there is none. `start` is the offset of the dot.
    """

    receiver: str | None
    name: str
    start: int
    value: Span


def find_assignments(dart: DartSource, name: str) -> Iterator[Assignment]:
    """
    Yield the assignments to a property, without comparisons and `??=`, which keeps a set value.

    Args:
        dart: The file.
        name: The name of the property, or a pattern for several.
    """
    for found in re.finditer(rf"\.\s*(?P<name>{name})\s*=(?![=>])\s*", dart.code):
        yield Assignment(
            receiver=_find_receiver(dart, found.start()),
            name=found["name"],
            start=found.start(),
            value=find_expression(dart, found.end()),
        )


def _find_receiver(dart: DartSource, point: int) -> str | None:
    code = dart.code
    if point and code[point - 1] == ".":
        before = _find_cascade_start(dart, point - 1)
        name = _FIRST.match(code[before:point].lstrip())
        return name["name"] if name else None
    name = _BEFORE.search(code[max(0, point - _MAX_DISTANCE) : point])
    return name["name"] if name else None


def _find_cascade_start(dart: DartSource, at: int) -> int:
    """Return the start of the expression of the cascade at `at`."""
    code, lowest = dart.code, max(0, at - _MAX_STEPS)
    while at > lowest:
        character = code[at - 1]
        if character in ")]}":
            opening = dart.brackets.find_opening(at - 1)
            # A brace followed by a dot ends a function or a map, not a block.
            if opening is None or (character == "}" and not _GOES_ON.match(code, at)):
                return at
            at = opening
        elif character == "=" and _is_assignment(code, at - 1):
            receivers = _RECEIVERS.search(code[max(0, at - _MAX_DISTANCE) : at - 1])
            _, dots, target = (receivers[0] if receivers else "").partition("..")
            if not target:
                return at
            at = at - 1 - len(dots) - len(target)
        elif character in "([{;,:" or (character == ">" and code[at - 2] == "="):
            return at
        else:
            at -= 1
    return at


def _is_assignment(code: str, at: int) -> bool:
    return code[at - 1] not in "=!<>" and code[at + 1 : at + 2] != "="
