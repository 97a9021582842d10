"""FD11, FD12: a web app whose SDK never starts a session."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.dependencies import describe_version, is_lower_version, is_older
from sentry_release.doctor.analysis.web import (
    SESSIONS_SINCE,
    WebSupport,
    find_line,
    find_web_support,
    has_web_sessions,
    is_excluded_from_web,
)
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

MISSING_OBSERVER = Rule(
    id="FD11",
    name="web-without-observer",
    severity=Severity.ERROR,
    title="The app is built for the web without a SentryNavigatorObserver.",
    reason="In a browser a session starts when this observer sees a navigation; without it the "
    "release has no sessions and no crash-free rate.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/integrations/routing-instrumentation/",
    fix="Add the observer to the app or to its router.",
    snippet="MaterialApp(\n  navigatorObservers: [SentryNavigatorObserver()],\n)",
)
SDK_TOO_OLD = Rule(
    id="FD12",
    name="web-sdk-too-old",
    severity=Severity.ERROR,
    title="The app is built for the web with an SDK that does not support sessions there.",
    reason="sentry_flutter sends sessions from browsers since 9.0.0; with older versions the "
    "release has none.",
    link="https://github.com/getsentry/sentry-dart/pull/2794",
    fix="Update sentry_flutter to 9 or later.",
    snippet="dependencies:\n  sentry_flutter: ^9.0.0",
)
_OBSERVER = re.compile(
    r"\bSentryNavigatorObserver\s*(?:\(|\.\s*new\b)|\bextends\s+SentryNavigatorObserver\b"
)
_STARTS = re.compile(r"\bmain\s*\(")
_BY_PACKAGE = re.compile(r"^  (?:sentry_\w*rout\w*|\w*rout\w*_sentry)\s*:", re.MULTILINE)


def check_observer(app: App) -> Iterator[Finding]:
    """Yield the entry point, if neither the app nor a local package creates an observer."""
    if not has_web_sessions(app) or _BY_PACKAGE.search(app.pubspec_text):
        return
    if any(_OBSERVER.search(file.dart.code) for file in app.dart):
        return
    web = find_web_support(app)
    severity = None if web is WebSupport.BUILT else Severity.INFO
    message = f"{web.value}, but creates no SentryNavigatorObserver."
    path = min(app.entry_points, default=app.folder / "pubspec.yaml")
    line = _find_main_line(app, path)
    yield MISSING_OBSERVER.build_finding(path, line, message, severity=severity)


def check_sdk_version(app: App) -> Iterator[Finding]:
    """Yield the dependency if it is too old, or as INFO if it may be."""
    sdk = app.sdk
    if sdk is None or find_web_support(app) is not WebSupport.BUILT or is_excluded_from_web(app):
        return
    is_known = is_older(sdk, SESSIONS_SINCE)
    if is_known or is_lower_version(sdk.version, SESSIONS_SINCE):
        line = find_line(app.pubspec_text, r"^\s+sentry_flutter\s*:") or 1
        severity = None if is_known else Severity.INFO
        message = describe_version("sentry_flutter", sdk)
        yield SDK_TOO_OLD.build_finding(
            app.folder / "pubspec.yaml", line, message, severity=severity
        )


def _find_main_line(app: App, path: PurePosixPath) -> int:
    """Return the line of `main`; files that do not mention Sentry are not in `app.dart`."""
    for file in app.dart:
        if file.path == path and (found := _STARTS.search(file.dart.code)):
            return file.dart.get_line(found.start())
    text = app.read_text(str(path.relative_to(app.folder)))
    return find_line(text or "", rf"^[^/\n]*{_STARTS.pattern}") or 1


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (MISSING_OBSERVER, check_observer),
    (SDK_TOO_OLD, check_sdk_version),
)
