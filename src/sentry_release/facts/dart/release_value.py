"""What is assigned to `options.release` -> where that release comes from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.defines import DefineRead, define_reads
from sentry_release.facts.dart.expressions import (
    code_of,
    expression,
    name_in,
    plain,
    resolved,
    without_const,
)
from sentry_release.facts.dart.outcomes import outcomes
from sentry_release.facts.dart.source import Dart

_DEFINE = "SENTRY_RELEASE"
_NAME = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*")
_INTERPOLATED = re.compile(r"\$\{?\s*([A-Za-z_]\w*)")
_OF_THE_APP = re.compile(r"(?i:\bpackage_?info)|\.\s*(?:version|buildNumber|packageName|appName)\b")
_AS_THE_SDK = re.compile(
    r"\$\{(\w+)\.packageName\}@\$\{\1\.version\}\+\$\{\1\.buildNumber\}"
    r"|\$packageName@\$version\+\$buildNumber"
)
_CONSTANT = re.compile(r"(?:[a-z_]\w*\.)?(?:[A-Z]\w*\.[\w$]+|k[A-Z]\w*|[A-Z][A-Z0-9_]+)")


class Source(Enum):
    """Where the release comes from, as far as this file tells."""

    LITERAL = "written as it is"
    NOTHING = "nothing, so that the SDK's default counts"
    DEFINE = "a define, with something to fall back to"
    BARE_DEFINE = "a define, and empty where a build does not pass it"
    ASSEMBLED = "put together at run time"
    AS_THE_SDK = "put together at run time, as the SDK would"
    ELSEWHERE = "a constant of another file"
    UNKNOWN = "something that only runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseValue:
    """
    What a release is made of.

    `text` is the literal, or the name of the constant; `reads_ours` is whether SENTRY_RELEASE
    is among the defines that it reads, or may be. `fallback` is the text that a build without
    the define gets instead, where one is written.
    """

    source: Source
    text: str = ""
    reads_ours: bool = False
    fallback: str | None = None


def release_value(dart: Dart, span: Span) -> ReleaseValue:
    """
    Tell what an expression gives; a constant of the same file is followed once.

    Of several literals among which it chooses, the first is told.

    Args:
        dart: The file.
        span: The expression, as it stands behind the `=`.
    """
    span = without_const(dart, span)
    value = without_const(dart, resolved(dart, span))
    chosen = [without_const(dart, one) for one in outcomes(dart, value)]
    texts = [text for one in chosen if (text := plain(dart, one)) is not None]
    if len(texts) == len(chosen):
        return ReleaseValue(source=Source.LITERAL, text=texts[0])
    value = chosen[0] if len(chosen) == 1 else value
    reads = _reads(dart, value)
    if reads:
        return _of_define(dart, span, value, reads)
    if code_of(dart, value) == "null":
        return ReleaseValue(source=Source.NOTHING)
    return _of_run_time(dart, value)


def find_define_reads(dart: Dart, span: Span) -> tuple[DefineRead, ...]:
    """Return the defines that code reads, itself or by constants of its file that it names."""
    return _reads(dart, span)


def _of_define(dart: Dart, span: Span, value: Span, reads: tuple[DefineRead, ...]) -> ReleaseValue:
    ours = any(read.key in {None, _DEFINE} for read in reads)
    first = reads[0]
    alone = (first.call.start, first.call.around.end) == (value.start, value.end)
    bare = alone and first.is_empty_without and not _is_asked_elsewhere(dart, span)
    source = Source.BARE_DEFINE if bare else Source.DEFINE
    fallback = _fallback(dart, value, reads)
    return ReleaseValue(source=source, text=first.key or "", reads_ours=ours, fallback=fallback)


def _fallback(dart: Dart, value: Span, reads: tuple[DefineRead, ...]) -> str | None:
    """The literal among the branches, or the default value of the define."""
    given = [read.call.named["defaultValue"] for read in reads if "defaultValue" in read.call.named]
    texts = (plain(dart, without_const(dart, one)) for one in (*outcomes(dart, value), *given))
    return next((text for text in texts if text), None)


def _is_asked_elsewhere(dart: Dart, span: Span) -> bool:
    """Whether the file looks at the constant's text somewhere, as before an early return."""
    name = name_in(dart, span)
    if name is None:
        return False
    return name.rpartition(".")[2] in dart.looked_at


def _of_run_time(dart: Dart, value: Span) -> ReleaseValue:
    written = dart.text[value.start : value.end]
    if _AS_THE_SDK.fullmatch(written.strip("'\"")):
        return ReleaseValue(source=Source.AS_THE_SDK)
    name = name_in(dart, value)
    if name and _CONSTANT.fullmatch(name):
        return ReleaseValue(source=Source.ELSEWHERE, text=name)
    if _OF_THE_APP.search(code_of(dart, value)) or _interpolates(dart, value):
        return ReleaseValue(source=Source.ASSEMBLED)
    return ReleaseValue(source=Source.UNKNOWN)


def _interpolates(dart: Dart, value: Span) -> bool:
    literal = dart.literal_at(value.start)
    return literal is not None and literal.value is None


def _reads(dart: Dart, value: Span) -> tuple[DefineRead, ...]:
    """The defines that it reads, itself or by constants of this file that it names."""
    reads = tuple(define_reads(dart, value))
    for name in dict.fromkeys(_names(dart, value)):
        start = dart.initialisers.get(name)
        if start is not None and not value.start <= start < value.end:
            reads += tuple(define_reads(dart, expression(dart, start)))
    return reads


def _names(dart: Dart, value: Span) -> Iterator[str]:
    for found in _NAME.finditer(code_of(dart, value)):
        yield found[0]
    for found in _INTERPOLATED.finditer(dart.text, value.start, value.end):
        yield found[1]
