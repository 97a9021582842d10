"""FD07, FD08, FD09: options without which the SDK sends no sessions, or none that tell of crashes."""

from collections.abc import Iterator

from sentry_release.doctor.analysis.declarations import Declarations
from sentry_release.facts.dart.assignments import Assignment
from sentry_release.facts.dart.expressions import code_of, name_in
from sentry_release.facts.dart.guards import When, when
from sentry_release.facts.dart.options import settings
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.dart.switches import Switch, switch
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.words.finding import Finding, Rule, Severity

_OPTIONS = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/options/"
SESSIONS = Rule(
    id="FD07",
    name="sessions-off",
    severity=Severity.ERROR,
    title="Sessions are switched off.",
    why="Without sessions a release has no crash-free rate and no adoption.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    mend="Delete the line: they are on by default.",
    snippet="options.enableAutoSessionTracking = true;",
)
CRASHES = Rule(
    id="FD08",
    name="crash-handling-off",
    severity=Severity.WARNING,
    title="Native crash handling is switched off.",
    why="No native crash then ends a session, so that the crash-free rate looks better than it "
    "is; on Windows and Linux there are no sessions at all.",
    link=_OPTIONS,
    mend="Delete the line: it is on by default.",
    snippet="options.enableNativeCrashHandling = true;",
)
NATIVE = Rule(
    id="FD09",
    name="native-sdk-not-started",
    severity=Severity.WARNING,
    title="The native SDK is not started from Dart.",
    why="Release, dist and sessions are then what the host app gives to the native SDK, and the "
    "define does not reach them.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/native-init/",
    mend="Delete the line, unless a host app starts Sentry itself and names the same release.",
    snippet="options.autoInitializeNativeSdk = true;",
)
_SHOWN = 60


def sessions(subject: Subject) -> Iterator[Finding]:
    """Where sessions are switched off, or may be."""
    yield from _switched(subject, SESSIONS, "enableAutoSessionTracking")


def crashes(subject: Subject) -> Iterator[Finding]:
    """Where native crash handling is switched off, or may be."""
    yield from _switched(subject, CRASHES, "enableNativeCrashHandling")


def native(subject: Subject) -> Iterator[Finding]:
    """Where the native SDK is left to a host app; for a module of one that is as it must be."""
    severity = Severity.INFO if subject.pubspec.is_module else None
    yield from _switched(subject, NATIVE, "autoInitializeNativeSdk", severity)


def _switched(
    subject: Subject, rule: Rule, option: str, severity: Severity | None = None
) -> Iterator[Finding]:
    declarations = Declarations(subject.dart)
    for file in subject.dart:
        for setting in settings(file.dart, option):
            found = switch(file.dart, setting)
            if found is Switch.OPEN:
                found = _by_constants(declarations, file.dart, setting)
            if found is Switch.ON:
                continue
            line = file.dart.line_of(setting.start)
            value = " ".join(code_of(file.dart, setting.value).split())[:_SHOWN]
            if found is Switch.OFF:
                what = f"`{option}` is {value} in builds for users."
                yield rule.at(file.path, line, what, severity=severity)
            else:
                what = f"`{option}` is {value}, which depends on how the app runs."
                yield rule.at(file.path, line, what, severity=Severity.INFO)


def _by_constants(declarations: Declarations, dart: Dart, setting: Assignment) -> Switch:
    """How the option stands by constants and fields of other files, if all of them say the same."""
    name = name_in(dart, setting.value)
    known = set(declarations.find_literals(name.rpartition(".")[2])) if name else set()
    if known == {"true"}:
        return Switch.ON
    if known == {"false"} and when(dart, setting.start) is not When.SOMETIMES:
        return Switch.OFF
    return Switch.OPEN


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (SESSIONS, sessions),
    (CRASHES, crashes),
    (NATIVE, native),
)
