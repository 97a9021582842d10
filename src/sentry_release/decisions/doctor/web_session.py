"""FD11, FD12: an app for the web whose SDK never starts a session."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sentry_release.facts.doctor.lines import line_of
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.facts.doctor.versions import describe_version, is_older, precedes
from sentry_release.facts.doctor.web import (
    SESSIONS_SINCE,
    Web,
    has_web_sessions,
    is_kept_out,
    web_of,
)
from sentry_release.words.finding import Finding, Rule, Severity

OBSERVER = Rule(
    id="FD11",
    name="web-without-observer",
    severity=Severity.ERROR,
    title="The app goes to the web without a SentryNavigatorObserver.",
    why="In a browser a session starts with a navigation that this observer sees; without it the "
    "release has no sessions and no crash-free rate.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/integrations/routing-instrumentation/",
    mend="Give the observer to the app, or to its router.",
    snippet="MaterialApp(\n  navigatorObservers: [SentryNavigatorObserver()],\n)",
)
OLD = Rule(
    id="FD12",
    name="web-sdk-too-old",
    severity=Severity.ERROR,
    title="The app goes to the web with an SDK that knows no sessions there.",
    why="sentry_flutter sends sessions from browsers since 9.0.0; before, the release has none.",
    link="https://github.com/getsentry/sentry-dart/pull/2794",
    mend="Update sentry_flutter to 9 or later.",
    snippet="dependencies:\n  sentry_flutter: ^9.0.0",
)
_OBSERVER = re.compile(
    r"\bSentryNavigatorObserver\s*(?:\(|\.\s*new\b)|\bextends\s+SentryNavigatorObserver\b"
)
_STARTS = re.compile(r"\bmain\s*\(")
_BY_PACKAGE = re.compile(r"^  (?:sentry_\w*rout\w*|\w*rout\w*_sentry)\s*:", re.MULTILINE)


def observer(subject: Subject) -> Iterator[Finding]:
    """Where the app begins, when nothing in it or in its local packages makes an observer."""
    if not has_web_sessions(subject) or _BY_PACKAGE.search(subject.pubspec_text):
        return
    if any(_OBSERVER.search(file.dart.code) for file in subject.dart):
        return
    web = web_of(subject)
    severity = None if web is Web.BUILT else Severity.INFO
    what = f"No SentryNavigatorObserver is made anywhere, and of the web {web.value}."
    path = min(subject.entry_points, default=subject.folder / "pubspec.yaml")
    line = _main(subject, path)
    yield OBSERVER.at(path, line, what, severity=severity)


def old(subject: Subject) -> Iterator[Finding]:
    """The dependency, when it is too old; without a lock it is only said that it may be."""
    sdk = subject.sdk
    if sdk is None or web_of(subject) is not Web.BUILT or is_kept_out(subject):
        return
    is_known = is_older(sdk, SESSIONS_SINCE)
    if is_known or precedes(sdk.version, SESSIONS_SINCE):
        line = line_of(subject.pubspec_text, r"^\s+sentry_flutter\s*:") or 1
        severity = None if is_known else Severity.INFO
        what = describe_version("sentry_flutter", sdk)
        yield OLD.at(subject.folder / "pubspec.yaml", line, what, severity=severity)


def _main(subject: Subject, path: PurePosixPath) -> int:
    """The line of its `main`; a file that does not speak of Sentry is not among those of `dart`."""
    for file in subject.dart:
        if file.path == path and (found := _STARTS.search(file.dart.code)):
            return file.dart.line_of(found.start())
    text = subject.read(str(path.relative_to(subject.folder)))
    return line_of(text or "", rf"^[^/\n]*{_STARTS.pattern}") or 1


CHECKS: tuple[tuple[Rule, Check], ...] = ((OBSERVER, observer), (OLD, old))
