"""Find calls in Dart code, `Duration(…)` with its value, and reads of dart-defines."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sentry_release.dart.expressions import (
    get_code,
    get_literal_text,
    resolve_constant,
    strip_const,
    trim_span,
)
from sentry_release.dart.source import DartSource, Span

_SEPARATOR = re.compile(r"[,(\[{]")
_NAMED = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*:\s*")
_READ = re.compile(r"(?:String|bool|int)\s*\.\s*(?:fromEnvironment|hasEnvironment)\s*\(")
_VALUE = re.compile(r"String\s*\.\s*fromEnvironment\b")


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
            at = closing + 1
    yield _trim_argument(dart, begun, last)


def _trim_argument(dart: DartSource, start: int, end: int) -> Span:
    """Return the span without surrounding whitespace; parentheses stay: they may be parameters."""
    code = dart.code[start:end]
    blanks = len(code) - len(code.lstrip())
    return Span(start=start + blanks, end=max(start + blanks, start + len(code.rstrip())))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DartDefineRead:
    """
    One `String.fromEnvironment(…)` or similar call.

    `key` is None if it is not a literal. `is_value` is whether the result is the text of the
    define; `is_empty_without` whether it is empty in a build without the define.
    """

    call: Call
    key: str | None
    is_value: bool
    is_empty_without: bool


def find_dart_define_reads(
    dart: DartSource, within: Span | None = None
) -> Iterator[DartDefineRead]:
    """Yield the reads of dart-defines, in the whole file or in one expression."""
    for call in find_calls(dart, _READ, within):
        default = call.named.get("defaultValue")
        is_value = bool(_VALUE.match(dart.code, call.start))
        yield DartDefineRead(
            call=call,
            key=get_literal_text(dart, call.positional[0]) if call.positional else None,
            is_value=is_value,
            is_empty_without=is_value
            and (default is None or get_literal_text(dart, default) == ""),
        )
