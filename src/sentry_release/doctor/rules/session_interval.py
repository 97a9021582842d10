"""FD19, FD20: the time in the background after which a new session starts."""

from collections.abc import Iterator

from sentry_release.dart.assignments import Assignment
from sentry_release.dart.calls import get_duration_seconds, get_whole_number
from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.sentry_options import find_option_assignments
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.dependencies import is_lower_version
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

REMOVED_OPTION = Rule(
    id="FD19",
    name="removed-option",
    severity=Severity.ERROR,
    title="An option is set that sentry_flutter 7 removed.",
    reason="The app does not compile, or will not compile with the SDK version that it requires.",
    link="https://github.com/getsentry/sentry-dart/blob/main/CHANGELOG.md",
    fix="Set autoSessionTrackingInterval to a Duration.",
    snippet="options.autoSessionTrackingInterval = const Duration(seconds: 30);",
)
EXTREME_INTERVAL = Rule(
    id="FD20",
    name="session-interval",
    severity=Severity.WARNING,
    title="The session interval is zero or longer than 30 minutes.",
    reason="The SDK rejects zero. A very long interval merges many visits into one session, so "
    "adoption and crash-free sessions are not comparable with other apps.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Delete the line: the default is 30 seconds.",
    snippet="options.autoSessionTrackingInterval = const Duration(seconds: 30);",
)
_OLD_NAME = "autoSessionTrackingIntervalMillis"
_NEW_NAME = "autoSessionTrackingInterval"
_BEFORE_REMOVAL = "6.999.0"
_MAX_S = 30 * 60.0  # seconds


def check_removed_option(app: App) -> Iterator[Finding]:
    """Yield each use of the old option with an SDK that certainly lacks it."""
    if _lacks_old_option(app):
        for file in app.dart:
            for setting in find_option_assignments(file.dart, _OLD_NAME):
                line = file.dart.get_line(setting.start)
                message = f"`{_OLD_NAME}` is set, which sentry_flutter 7 removed."
                yield REMOVED_OPTION.build_finding(file.path, line, message)


def check_interval(app: App) -> Iterator[Finding]:
    """Yield each numeric interval that is out of bounds."""
    names = _NEW_NAME if _lacks_old_option(app) else f"{_NEW_NAME}|{_OLD_NAME}"
    for file in app.dart:
        for setting in find_option_assignments(file.dart, names):
            seconds = _get_seconds(file.dart, setting)
            if seconds is None or find_reachability(file.dart, setting.start) is Reachability.NEVER:
                continue
            line = file.dart.get_line(setting.start)
            if seconds <= 0:
                yield EXTREME_INTERVAL.build_finding(
                    file.path, line, "The session interval is zero or negative."
                )
            elif seconds > _MAX_S:
                message = f"The session interval is {seconds / 60:.0f} minutes."
                yield EXTREME_INTERVAL.build_finding(file.path, line, message)


def _lacks_old_option(app: App) -> bool:
    """Return whether even the lowest possible version lacks the option."""
    version = app.sdk.version if app.sdk else None
    return version is not None and is_lower_version(_BEFORE_REMOVAL, version)


def _get_seconds(dart: DartSource, setting: Assignment) -> float | None:
    if setting.name == _NEW_NAME:
        return get_duration_seconds(dart, setting.value)
    milliseconds = get_whole_number(dart, setting.value)
    return None if milliseconds is None else milliseconds / 1000


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (REMOVED_OPTION, check_removed_option),
    (EXTREME_INTERVAL, check_interval),
)
