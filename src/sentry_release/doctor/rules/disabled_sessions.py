"""FD07, FD08, FD09: options without which the SDK sends no sessions, or none that tell of crashes."""

from collections.abc import Iterator

from sentry_release.dart.assignments import Assignment
from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import get_code, get_identifier
from sentry_release.dart.sentry_options import (
    OptionState,
    find_option_assignments,
    find_option_state,
)
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.declarations import Declarations
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

_OPTIONS = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/options/"
SESSIONS_DISABLED = Rule(
    id="FD07",
    name="sessions-off",
    severity=Severity.ERROR,
    title="Sessions are switched off.",
    reason="Without sessions a release has no crash-free rate and no adoption.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Delete the line: they are on by default.",
    snippet="options.enableAutoSessionTracking = true;",
)
CRASH_HANDLING_DISABLED = Rule(
    id="FD08",
    name="crash-handling-off",
    severity=Severity.WARNING,
    title="Native crash handling is switched off.",
    reason="No native crash then ends a session, so that the crash-free rate looks better than it "
    "is; on Windows and Linux there are no sessions at all.",
    link=_OPTIONS,
    fix="Delete the line: it is on by default.",
    snippet="options.enableNativeCrashHandling = true;",
)
NATIVE_SDK_DISABLED = Rule(
    id="FD09",
    name="native-sdk-not-started",
    severity=Severity.WARNING,
    title="The native SDK is not started from Dart.",
    reason="Release, dist and sessions are then what the host app gives to the native SDK, and the "
    "define does not reach them.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/native-init/",
    fix="Delete the line, unless a host app starts Sentry itself and names the same release.",
    snippet="options.autoInitializeNativeSdk = true;",
)
_MAX_SHOWN = 60


def check_sessions(app: App) -> Iterator[Finding]:
    """Where sessions are switched off, or may be."""
    yield from _find_disabled_option(app, SESSIONS_DISABLED, "enableAutoSessionTracking")


def check_crash_handling(app: App) -> Iterator[Finding]:
    """Where native crash handling is switched off, or may be."""
    yield from _find_disabled_option(app, CRASH_HANDLING_DISABLED, "enableNativeCrashHandling")


def check_native_sdk(app: App) -> Iterator[Finding]:
    """Where the native SDK is left to a host app; for a module of one that is as it must be."""
    severity = Severity.INFO if app.pubspec.is_module else None
    yield from _find_disabled_option(app, NATIVE_SDK_DISABLED, "autoInitializeNativeSdk", severity)


def _find_disabled_option(
    app: App, rule: Rule, option: str, severity: Severity | None = None
) -> Iterator[Finding]:
    declarations = Declarations(app.dart)
    for file in app.dart:
        for setting in find_option_assignments(file.dart, option):
            found = find_option_state(file.dart, setting)
            if found is OptionState.UNKNOWN:
                found = _by_constants(declarations, file.dart, setting)
            if found is OptionState.ON:
                continue
            line = file.dart.get_line(setting.start)
            value = " ".join(get_code(file.dart, setting.value).split())[:_MAX_SHOWN]
            if found is OptionState.OFF:
                message = f"`{option}` is {value} in builds for users."
                yield rule.build_finding(file.path, line, message, severity=severity)
            else:
                message = f"`{option}` is {value}, which depends on how the app runs."
                yield rule.build_finding(file.path, line, message, severity=Severity.INFO)


def _by_constants(declarations: Declarations, dart: DartSource, setting: Assignment) -> OptionState:
    """How the option stands by constants and fields of other files, if all of them say the same."""
    name = get_identifier(dart, setting.value)
    known = set(declarations.find_literals(name.rpartition(".")[2])) if name else set()
    if known == {"true"}:
        return OptionState.ON
    if known == {"false"} and find_reachability(dart, setting.start) is not Reachability.SOMETIMES:
        return OptionState.OFF
    return OptionState.UNKNOWN


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (SESSIONS_DISABLED, check_sessions),
    (CRASH_HANDLING_DISABLED, check_crash_handling),
    (NATIVE_SDK_DISABLED, check_native_sdk),
)
