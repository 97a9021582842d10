"""Find reads of dart-defines in Dart code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import Call, find_calls
from sentry_release.dart.expressions import get_literal_text
from sentry_release.dart.source import DartSource

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
