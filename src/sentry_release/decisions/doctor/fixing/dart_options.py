"""The mends of FD04, FD07, FD08, FD19 and FD20: options that are set to what does harm."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sentry_release.decisions.doctor.fixing.case import Case, Fix
from sentry_release.facts.dart.assignments import Assignment
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import calls
from sentry_release.facts.dart.defines import define_reads
from sentry_release.facts.dart.durations import seconds_of, whole_number
from sentry_release.facts.dart.expressions import code_of, without_const
from sentry_release.facts.dart.options import settings
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.dart.switches import Switch, switch
from sentry_release.facts.doctor.code_releases import code_releases
from sentry_release.words.edit import Edit

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DURATION = re.compile(r"Duration\s*\(")
_ZERO = re.compile(r"Duration\s*\.\s*zero")
_INTERVAL = "autoSessionTrackingInterval"
_OLD_INTERVAL = "autoSessionTrackingIntervalMillis"
_DEFAULT_S = 30
_LONGEST_MS = 30 * 60 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """An assignment on the line of a finding."""

    dart: Dart
    setting: Assignment

    @property
    def value(self) -> Span:
        return self.setting.value

    @property
    def code(self) -> str:
        return code_of(self.dart, self.value)


def guarded(case: Case) -> tuple[Edit, ...] | None:
    """
    Ask first whether the build passes the define, and else give null.

    Nothing is deleted: the assignment may be all that an arrow function holds, and a constant that
    nobody reads any more would be a warning of its own.
    Source: https://api.dart.dev/dart-core/bool/bool.hasEnvironment.html
    """
    found = list(_places(case, "release"))
    keys = {
        one.value.text
        for one in code_releases(case.subject)
        if (one.path, one.line) == (case.finding.path, case.finding.line)
    }
    if len(found) != 1 or len(keys) != 1 or not _KEY.fullmatch(key := keys.pop()):
        return None
    place = found[0]
    const = "const " if _is_read_without_const(place) else ""
    return (
        case.edit(
            place.value.start, place.value.start, f"const bool.hasEnvironment('{key}') ? {const}"
        ),
        case.edit(place.value.end, place.value.end, " : null"),
    )


def _is_read_without_const(place: _Place) -> bool:
    """Whether a define is read there and then; behind `const`, the span begins with that word."""
    return any(read.call.start == place.value.start for read in define_reads(place.dart))


def switched_on(option: str) -> Fix:
    """
    The mend of an option that is `false` as it is written: it becomes `true`.

    Under a condition somebody has thought of it, and there it stays.
    """

    def mended(case: Case) -> tuple[Edit, ...] | None:
        places = list(_places(case, option))
        if not places or not all(map(_is_plainly_off, places)):
            return None
        return tuple(case.edit(one.value.start, one.value.end, "true") for one in places)

    return mended


def _is_plainly_off(place: _Place) -> bool:
    return place.code == "false" and switch(place.dart, place.setting) is Switch.OFF


def renamed(case: Case) -> tuple[Edit, ...] | None:
    """
    The milliseconds of the option that is gone, as the Duration of the one that is there.

    Source: https://github.com/getsentry/sentry-dart/blob/main/CHANGELOG.md, 7.0.0
    """
    edits: list[Edit] = []
    for one in _places(case, _OLD_INTERVAL):
        number = whole_number(one.dart, one.value)
        if number is None or not 0 < number <= _LONGEST_MS or "const" in one.code:
            return None
        name = one.dart.code.index(_OLD_INTERVAL, one.setting.start)
        const = "const " if one.code[0].isdigit() else ""
        edits += (
            case.edit(name, name + len(_OLD_INTERVAL), _INTERVAL),
            case.edit(one.value.start, one.value.start, f"{const}Duration(milliseconds: "),
            case.edit(one.value.end, one.value.end, ")"),
        )
    return tuple(edits) or None


def with_default(case: Case) -> tuple[Edit, ...] | None:
    """
    The SDK's default in place of an interval of zero, which the SDK refuses.

    A long interval is a choice of somebody's, and stays.
    """
    return _over_zero(case, _INTERVAL, _is_zero, f"const Duration(seconds: {_DEFAULT_S})") or (
        _over_zero(case, _OLD_INTERVAL, _is_number_zero, str(_DEFAULT_S * 1000))
    )


def _over_zero(
    case: Case, name: str, is_zero: Callable[[_Place], bool], text: str
) -> tuple[Edit, ...] | None:
    places = list(_places(case, name))
    if not places or not all(map(is_zero, places)):
        return None
    return tuple(case.edit(one.value.start, one.value.end, text) for one in places)


def _is_zero(place: _Place) -> bool:
    """Whether the duration is written there, and not longer than nothing."""
    span = without_const(place.dart, place.value)
    written = _ZERO.fullmatch(code_of(place.dart, span)) or any(
        call.start == span.start for call in calls(place.dart, _DURATION, span)
    )
    seconds = seconds_of(place.dart, place.value)
    return bool(written) and seconds is not None and seconds <= 0


def _is_number_zero(place: _Place) -> bool:
    return re.fullmatch(r"0+", place.code) is not None


def _places(case: Case, option: str) -> Iterator[_Place]:
    for file in case.dart_files():
        for setting in settings(file.dart, option):
            if file.dart.line_of(setting.start) == case.finding.line:
                yield _Place(dart=file.dart, setting=setting)
