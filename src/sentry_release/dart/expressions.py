"""Find expressions, calls and assignments in Dart code, and evaluate literals and constants."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sentry_release.dart.source import DartSource, Span, search_before

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
_SEPARATOR = re.compile(r"[,(\[{]")
_NAMED = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*:\s*")
_DURATION = re.compile(r"Duration\s*\(")
_ZERO = re.compile(r"Duration\s*\.\s*zero")
_PRODUCT = re.compile(r"-?\d{1,15}(?:\s*\*\s*\d{1,15}){0,5}")
_SECONDS = {
    "days": 86_400.0,
    "hours": 3600.0,
    "minutes": 60.0,
    "seconds": 1.0,
    "milliseconds": 1e-3,
    "microseconds": 1e-6,
}


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
        before = _find_cascade_start(dart, point)
        name = _FIRST.match(code[before:point].lstrip())
        return name["name"] if name else None
    name = search_before(_BEFORE, code, point, _MAX_DISTANCE)
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
            receivers = search_before(_RECEIVERS, code, at - 1, _MAX_DISTANCE)
            if receivers is None or ".." not in receivers[0]:
                return at
            at = receivers.start()
        elif character in "([{;,:" or (character == ">" and code[at - 2] == "="):
            return at
        else:
            at -= 1
    return at


def _is_assignment(code: str, at: int) -> bool:
    return code[at - 1] not in "=!<>" and code[at + 1 : at + 2] != "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    A call in the source.

    Attributes:
        start: The offset of its name.
        around: The span of its parentheses, both included.
        positional: The spans of the positional arguments, in order.
        named: The spans of the values of named arguments.
    """

    start: int
    around: Span
    positional: tuple[Span, ...] = ()
    named: Mapping[str, Span] = field(default_factory=dict)


def find_calls(
    dart: DartSource, pattern: re.Pattern[str], within: Span | None = None
) -> Iterator[Call]:
    """
    Yield the calls that match a pattern.

    Args:
        dart: The file.
        pattern: A pattern that matches up to and including the opening parenthesis.
        within: The span to search; None for the whole file.
    """
    where = within or Span(start=0, end=len(dart.code))
    for found in pattern.finditer(dart.code, where.start, where.end):
        closing = dart.brackets.find_closing(found.end() - 1)
        if closing is not None:
            around = Span(start=found.end() - 1, end=closing + 1)
            yield _build_call(dart, found.start(), around)


def _build_call(dart: DartSource, start: int, around: Span) -> Call:
    positional, named = [], {}
    for argument in _split_arguments(dart, around):
        name = _NAMED.match(dart.code, argument.start, argument.end)
        if name:
            named[name["name"]] = trim_span(dart, name.end(), argument.end)
        elif argument.start < argument.end:
            positional.append(argument)
    return Call(start=start, around=around, positional=tuple(positional), named=named)


def _split_arguments(dart: DartSource, around: Span) -> Iterator[Span]:
    last, begun = around.end - 1, around.start + 1
    at = begun
    while mark := _SEPARATOR.search(dart.code, at, last):
        at = mark.end()
        if mark[0] == ",":
            yield _trim_argument(dart, begun, mark.start())
            begun = at
        elif (closing := dart.brackets.find_closing(mark.start())) is not None:
            at = closing
    yield _trim_argument(dart, begun, last)


def _trim_argument(dart: DartSource, start: int, end: int) -> Span:
    """Return the span without surrounding whitespace; parentheses stay: they may be parameters."""
    code = dart.code[start:end]
    blanks = len(code) - len(code.lstrip())
    return Span(start=start + blanks, end=max(start + blanks, start + len(code.rstrip())))


def is_duration_literal(dart: DartSource, span: Span) -> bool:
    """Return whether the code is `Duration.zero` or a call of the constructor of Duration."""
    return bool(_ZERO.fullmatch(get_code(dart, span))) or any(
        call.start == span.start for call in find_calls(dart, _DURATION, span)
    )


def get_duration_seconds(dart: DartSource, span: Span) -> float | None:
    """Return the duration in seconds; None if its arguments are not whole numbers."""
    span = strip_const(dart, resolve_constant(dart, span))
    if _ZERO.fullmatch(get_code(dart, span)):
        return 0.0
    call = next(iter(find_calls(dart, _DURATION, span)), None)
    if call is None or (call.start, call.around.end) != (span.start, span.end):
        return None
    return _sum_parts(dart, call.named.items())


def get_whole_number(dart: DartSource, span: Span) -> int | None:
    """Return a number, or a product of numbers such as `30 * 60`; None for anything else."""
    code = get_code(dart, strip_const(dart, resolve_constant(dart, span)))
    if not _PRODUCT.fullmatch(code):
        return None
    product = 1
    for factor in code.split("*"):
        product *= int(factor)
    return product


def _sum_parts(dart: DartSource, named: Iterable[tuple[str, Span]]) -> float | None:
    total = 0.0
    for unit, span in named:
        number = get_whole_number(dart, span)
        if number is None or unit not in _SECONDS:
            return None
        total += number * _SECONDS[unit]
    return total
