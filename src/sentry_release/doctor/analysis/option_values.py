"""Resolves the value of an SDK option, across files."""

from collections.abc import Iterator

from sentry_release.dart.brackets import Span
from sentry_release.dart.expressions import get_identifier
from sentry_release.dart.release_value import (
    OptionValue,
    ValueSource,
    classify_value,
    find_define_reads,
)
from sentry_release.doctor.analysis.declarations import (
    Declarations,
    Function,
    called_name,
    enclosing_function,
    has_parameter,
)
from sentry_release.doctor.app import DartFile

_DEFINE = "SENTRY_RELEASE"
_MAX_DEPTH = 3  # functions within functions
_SURE = (
    ValueSource.COMPUTED,
    ValueSource.LITERAL,
    ValueSource.SDK_DEFAULT,
    ValueSource.UNGUARDED_DEFINE,
    ValueSource.DEFINE,
)


def resolve_release(
    declarations: Declarations, file: DartFile, span: Span, *, depth: int = 0
) -> OptionValue | None:
    """
    Return the value of an expression that is a name or a call; None if it is unknown.

    The name may be a parameter, which the callers resolve, or any getter or function.

    Args:
        declarations: What the files of the app declare.
        file: The file of the expression.
        span: The expression.
        depth: The number of functions followed so far.
    """
    if depth >= _MAX_DEPTH:
        return None
    name = get_identifier(file.dart, span)
    function = enclosing_function(file, span.start) if name else None
    if name and function and has_parameter(function, name):
        return _surest(_given(declarations, function, name, depth))
    called = called_name(file.dart, span)
    found = declarations.find_functions(called) if called else ()
    return _value_of(declarations, found[0], depth) if len(found) == 1 else None


def _given(
    declarations: Declarations, function: Function, parameter: str, depth: int
) -> Iterator[OptionValue]:
    for file, span in declarations.find_arguments(function, parameter):
        value = classify_value(file.dart, span)
        if value.source in {ValueSource.UNKNOWN, ValueSource.ELSEWHERE}:
            value = resolve_release(declarations, file, span, depth=depth + 1) or value
        yield value


def _surest(values: Iterator[OptionValue]) -> OptionValue | None:
    known = list(values)
    ranked = [one for source in _SURE for one in known if one.source is source]
    return ranked[0] if ranked else None


def _value_of(declarations: Declarations, function: Function, depth: int) -> OptionValue | None:
    """Return the value of a getter or function: a define that it reads, or its one expression."""
    dart = function.file.dart
    if reads := find_define_reads(dart, function.body):
        own = any(read.key in {None, _DEFINE} for read in reads)
        return OptionValue(source=ValueSource.DEFINE, text=reads[0].key or "", reads_our_define=own)
    if not function.is_arrow:
        return None
    value = classify_value(dart, function.body)
    if value.source in {ValueSource.UNKNOWN, ValueSource.ELSEWHERE}:
        return resolve_release(declarations, function.file, function.body, depth=depth + 1)
    return value
