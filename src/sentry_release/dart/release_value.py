"""Find reads of dart-defines, and classify the value that is assigned to `options.release`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sentry_release.dart.conditions import find_possible_values
from sentry_release.dart.expressions import (
    Call,
    find_calls,
    find_expression,
    get_code,
    get_identifier,
    get_literal_text,
    resolve_constant,
    strip_const,
)
from sentry_release.dart.source import DartSource, Span
from sentry_release.model.release import RELEASE_DEFINE

_NAME = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*")
_INTERPOLATED = re.compile(r"\$\{?\s*([A-Za-z_]\w*)")
_OF_THE_APP = re.compile(r"(?i:\bpackage_?info)|\.\s*(?:version|buildNumber|packageName|appName)\b")
_AS_THE_SDK = re.compile(
    r"\$\{(\w+)\.packageName\}@\$\{\1\.version\}\+\$\{\1\.buildNumber\}"
    r"|\$packageName@\$version\+\$buildNumber"
)
_CONSTANT = re.compile(r"(?:[a-z_]\w*\.)?(?:[A-Z]\w*\.[\w$]+|k[A-Z]\w*|[A-Z][A-Z0-9_]+)")
_READ = re.compile(r"(?:String|bool|int)\s*\.\s*(?:fromEnvironment|hasEnvironment)\s*\(")
_VALUE = re.compile(r"String\s*\.\s*fromEnvironment\b")


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


class ValueSource(Enum):
    """The source of the release, as far as this file shows."""

    LITERAL = "written as it is"
    NOTHING = "nothing, so that the SDK's default counts"
    DEFINE = "a define, with something to fall back to"
    UNGUARDED_DEFINE = "a define, and empty where a build does not pass it"
    COMPUTED = "put together at run time"
    SDK_DEFAULT = "put together at run time, as the SDK would"
    ELSEWHERE = "a constant of another file"
    UNKNOWN = "something that only runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionValue:
    """
    The classified value.

    `text` is the literal or the name of the constant; `reads_our_define` is whether it reads, or
    may read, SENTRY_RELEASE. `fallback` is the literal that a build without the define gets.
    """

    source: ValueSource
    text: str = ""
    reads_our_define: bool = False
    fallback: str | None = None


def classify_value(dart: DartSource, span: Span) -> OptionValue:
    """
    Return the class of an expression; one constant of the same file is resolved.

    If it chooses among several literals, the first one counts.

    Args:
        dart: The file.
        span: The expression after the `=`.
    """
    span = strip_const(dart, span)
    value = strip_const(dart, resolve_constant(dart, span))
    chosen = [strip_const(dart, one) for one in find_possible_values(dart, value)]
    texts = [text for one in chosen if (text := get_literal_text(dart, one)) is not None]
    if len(texts) == len(chosen):
        return OptionValue(source=ValueSource.LITERAL, text=texts[0])
    value = chosen[0] if len(chosen) == 1 else value
    reads = _list_define_reads(dart, value)
    if reads:
        return _classify_define(dart, span, value, reads)
    if get_code(dart, value) == "null":
        return OptionValue(source=ValueSource.NOTHING)
    return _classify_computed(dart, value)


def find_define_reads(dart: DartSource, span: Span) -> tuple[DartDefineRead, ...]:
    """Return the defines that the code reads, directly or through constants of its file."""
    return _list_define_reads(dart, span)


def _classify_define(
    dart: DartSource, span: Span, value: Span, reads: tuple[DartDefineRead, ...]
) -> OptionValue:
    own = any(read.key in {None, RELEASE_DEFINE} for read in reads)
    first = reads[0]
    alone = (first.call.start, first.call.around.end) == (value.start, value.end)
    bare = alone and first.is_empty_without and not _is_checked_elsewhere(dart, span)
    source = ValueSource.UNGUARDED_DEFINE if bare else ValueSource.DEFINE
    fallback = _find_fallback(dart, value, reads)
    return OptionValue(source=source, text=first.key or "", reads_our_define=own, fallback=fallback)


def _find_fallback(dart: DartSource, value: Span, reads: tuple[DartDefineRead, ...]) -> str | None:
    """Return the literal among the branches, or the default value of the define."""
    defaults = [
        read.call.named["defaultValue"] for read in reads if "defaultValue" in read.call.named
    ]
    texts = (
        get_literal_text(dart, strip_const(dart, one))
        for one in (*find_possible_values(dart, value), *defaults)
    )
    return next((text for text in texts if text), None)


def _is_checked_elsewhere(dart: DartSource, span: Span) -> bool:
    """Return whether the file checks the constant's text, for example before an early return."""
    name = get_identifier(dart, span)
    if name is None:
        return False
    return name.rpartition(".")[2] in dart.inspected_names


def _classify_computed(dart: DartSource, value: Span) -> OptionValue:
    written = dart.text[value.start : value.end]
    if _AS_THE_SDK.fullmatch(written.strip("'\"")):
        return OptionValue(source=ValueSource.SDK_DEFAULT)
    name = get_identifier(dart, value)
    if name and _CONSTANT.fullmatch(name):
        return OptionValue(source=ValueSource.ELSEWHERE, text=name)
    if _OF_THE_APP.search(get_code(dart, value)) or _has_interpolation(dart, value):
        return OptionValue(source=ValueSource.COMPUTED)
    return OptionValue(source=ValueSource.UNKNOWN)


def _has_interpolation(dart: DartSource, value: Span) -> bool:
    literal = dart.find_literal(value.start)
    return literal is not None and literal.value is None


def _list_define_reads(dart: DartSource, value: Span) -> tuple[DartDefineRead, ...]:
    """Return the defines that the value reads, directly or through constants of this file."""
    reads = tuple(find_dart_define_reads(dart, value))
    for name in dict.fromkeys(_list_names(dart, value)):
        start = dart.initializers.get(name)
        if start is not None and not value.start <= start < value.end:
            reads += tuple(find_dart_define_reads(dart, find_expression(dart, start)))
    return reads


def _list_names(dart: DartSource, value: Span) -> Iterator[str]:
    for found in _NAME.finditer(get_code(dart, value)):
        yield found[0]
    for found in _INTERPOLATED.finditer(dart.text, value.start, value.end):
        yield found[1]
