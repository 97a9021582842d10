"""FD19, FD20: how long an app may be in the background before a new session begins."""

from collections.abc import Iterator

from sentry_release.facts.dart.assignments import Assignment
from sentry_release.facts.dart.durations import seconds_of, whole_number
from sentry_release.facts.dart.guards import When, when
from sentry_release.facts.dart.options import settings
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.facts.doctor.versions import precedes
from sentry_release.words.finding import Finding, Rule, Severity

REMOVED = Rule(
    id="FD19",
    name="removed-option",
    severity=Severity.ERROR,
    title="An option is set that sentry_flutter 7 took away.",
    why="The app does not compile, or no longer against the version that it asks for.",
    link="https://github.com/getsentry/sentry-dart/blob/main/CHANGELOG.md",
    mend="Give a Duration to autoSessionTrackingInterval.",
    snippet="options.autoSessionTrackingInterval = const Duration(seconds: 30);",
)
INTERVAL = Rule(
    id="FD20",
    name="session-interval",
    severity=Severity.WARNING,
    title="The session interval is zero, or longer than half an hour.",
    why="Zero is refused by the SDK; with a very long one many visits are one session, so that "
    "adoption and crash-free sessions count something else than those of other apps.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    mend="Delete the line: thirty seconds is the default.",
    snippet="options.autoSessionTrackingInterval = const Duration(seconds: 30);",
)
_OLD_NAME = "autoSessionTrackingIntervalMillis"
_NEW_NAME = "autoSessionTrackingInterval"
_BEFORE_REMOVAL = "6.999.0"
_LONGEST = 30 * 60.0  # seconds


def removed(subject: Subject) -> Iterator[Finding]:
    """Uses of the old option against an SDK that is known to be without it."""
    if _is_without_the_old(subject):
        for file in subject.dart:
            for setting in settings(file.dart, _OLD_NAME):
                line = file.dart.line_of(setting.start)
                yield REMOVED.at(file.path, line, f"`{_OLD_NAME}` is set.")


def interval(subject: Subject) -> Iterator[Finding]:
    """Intervals that are written as numbers, and out of bounds."""
    names = _NEW_NAME if _is_without_the_old(subject) else f"{_NEW_NAME}|{_OLD_NAME}"
    for file in subject.dart:
        for setting in settings(file.dart, names):
            seconds = _seconds(file.dart, setting)
            if seconds is None or when(file.dart, setting.start) is When.NEVER:
                continue
            line = file.dart.line_of(setting.start)
            if seconds <= 0:
                yield INTERVAL.at(file.path, line, "The interval is not longer than zero.")
            elif seconds > _LONGEST:
                what = f"The interval is {seconds / 60:.0f} minutes."
                yield INTERVAL.at(file.path, line, what)


def _is_without_the_old(subject: Subject) -> bool:
    """Whether even the lowest version that may be there is without it."""
    version = subject.sdk.version if subject.sdk else None
    return version is not None and precedes(_BEFORE_REMOVAL, version)


def _seconds(dart: Dart, setting: Assignment) -> float | None:
    if setting.name == _NEW_NAME:
        return seconds_of(dart, setting.value)
    milliseconds = whole_number(dart, setting.value)
    return None if milliseconds is None else milliseconds / 1000


CHECKS: tuple[tuple[Rule, Check], ...] = ((REMOVED, removed), (INTERVAL, interval))
