"""A Dart expression -> the duration that it is."""

import re
from collections.abc import Iterable

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import find_calls
from sentry_release.facts.dart.expressions import get_code, resolve_constant, strip_const
from sentry_release.facts.dart.source import DartSource

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


def get_duration_seconds(dart: DartSource, span: Span) -> float | None:
    """How long it is, in seconds; None where that takes more than reading numbers."""
    span = strip_const(dart, resolve_constant(dart, span))
    if _ZERO.fullmatch(get_code(dart, span)):
        return 0.0
    call = next(iter(find_calls(dart, _DURATION, span)), None)
    if call is None or (call.start, call.around.end) != (span.start, span.end):
        return None
    return _sum_parts(dart, call.named.items())


def get_whole_number(dart: DartSource, span: Span) -> int | None:
    """A number, or a product of numbers such as `30 * 60`; None for all else."""
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
