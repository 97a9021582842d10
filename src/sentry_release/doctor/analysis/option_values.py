"""A value that an option of the SDK is set to -> what it is made of, through other files as well."""

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
    Return what an expression is made of that is no more than a name or a call; None for unknown.

    The name may be a parameter, whose callers are asked, or a getter or a function anywhere.

    Args:
        declarations: What the files of the app declare.
        file: Where the expression stands.
        span: The expression.
        depth: How many functions it has been followed through already.
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
    """What a getter or a function gives back: a define that it reads, else its one expression."""
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
