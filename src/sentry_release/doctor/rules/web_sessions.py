"""FD11, FD12, FD16, FD33: a web app whose SDK or observer cannot start sessions."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sentry_release.dart.expressions import find_expression
from sentry_release.dart.sentry_options import find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.web import (
    SESSIONS_SINCE,
    WebSupport,
    find_line,
    find_web_support,
    has_web_sessions,
    is_excluded_from_web,
)
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.flutter.pubspec import describe_version, is_lower_version, is_older
from sentry_release.model.finding import Finding, Rule, Severity

if TYPE_CHECKING:
    from sentry_release.doctor.analysis.web import ContentSecurityPolicy

MISSING_OBSERVER = Rule(
    id="FD11",
    name="web-without-observer",
    severity=Severity.ERROR,
    title="The app is built for the web without a SentryNavigatorObserver.",
    reason="In a browser a session starts when this observer sees a navigation; without it the "
    "release has no sessions and no crash-free rate.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/integrations/routing-instrumentation/",
    fix="Add the observer to the app or to its router.",
    before="MaterialApp(\n  home: const Home(),\n)",
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
    before="dependencies:\n  sentry_flutter: ^8.14.0",
    snippet="dependencies:\n  sentry_flutter: ^9.0.0",
)
_ANY_OBSERVER = re.compile(
    r"\bSentryNavigatorObserver\s*(?:\(|\.\s*new\b)|\bextends\s+SentryNavigatorObserver\b"
)
_STARTS = re.compile(r"\bmain\s*\(")
_BY_PACKAGE = re.compile(r"^  (?:sentry_\w*rout\w*|\w*rout\w*_sentry)\s*:", re.MULTILINE)
EARLY_OBSERVER = Rule(
    id="FD16",
    name="observer-before-init",
    severity=Severity.WARNING,
    title="The observer is created before the SDK starts.",
    reason="When it is created, the observer looks up the SDK component that starts sessions. "
    "Before SentryFlutter.init there is none, so no session ever starts in browsers.",
    link="https://github.com/getsentry/sentry-dart/pull/2794",
    fix="Use the variable only after SentryFlutter.init, for example in its `appRunner`.",
    before="final router = GoRouter(observers: [SentryNavigatorObserver()]);\n\n"
    "Future<void> main() async {\n  runApp(App(router: router));\n"
    "  await SentryFlutter.init((options) => options.dsn = dsn);\n}",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n"
    "  appRunner: () => runApp(App(router: router)),\n);",
)
_NEW_OBSERVER = re.compile(r"\bSentryNavigatorObserver\s*\(")
# Top-level variables start at column 0, as `dart format` writes them.
_VARIABLE = re.compile(
    r"^(?:[ \t]+static[ \t]+)?(?:late[ \t]+)?(?:final|var|[A-Z])[^=;(){}\n]*?"
    r"\b(?P<name>[A-Za-z_$][\w$]*)\s*=(?![=>])\s*",
    re.MULTILINE,
)
_MAX_FINDINGS = 100  # per file
_MAIN = re.compile(r"^[^\n=;{}]*\bmain\s*\(", re.MULTILINE)
BLOCKED_BY_CSP = Rule(
    id="FD33",
    name="policy-blocks-sdk",
    severity=Severity.WARNING,
    title="The page's Content Security Policy blocks Sentry's script.",
    reason="On the web the SDK loads a script from browser.sentry-cdn.com. If the script is "
    "blocked, the SDK sends neither sessions nor errors and reports no failure.",
    link="https://docs.sentry.io/platforms/javascript/install/loader/#content-security-policy",
    fix="Allow the host in `script-src`.",
    before="script-src 'self';",
    snippet="script-src 'self' https://browser.sentry-cdn.com;",
)
_PAGE = "web/index.html"
_HEADER = "content-security-policy"
_HOST = "browser.sentry-cdn.com"
# With 'strict-dynamic' a trusted script may load others, and browsers ignore hosts.
_ALLOW = {"*", "https:", "'strict-dynamic'", _HOST, "*.sentry-cdn.com"}


def check_observer(app: App) -> Iterator[Finding]:
    """Yield the entry point, if neither the app nor a local package creates an observer."""
    if not has_web_sessions(app) or _BY_PACKAGE.search(app.pubspec_text):
        return
    if any(_ANY_OBSERVER.search(file.dart.code) for file in app.dart):
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


def check_observer_created_early(app: App) -> Iterator[Finding]:
    """
    Yield each variable with an observer that `main` uses before it starts the SDK.

    The variable alone is no problem: Dart initializes it on first use.
    Source: https://dart.dev/language/variables#default-value
    """
    if not has_web_sessions(app):
        return
    touched = frozenset(name for file in app.dart for name in _find_early_names(file))
    severity = None if find_web_support(app) is WebSupport.BUILT else Severity.INFO
    for file in app.dart:
        for name, offset in _find_observers(file.dart):
            if name in touched:
                message = f"`main` uses `{name}` before SentryFlutter.init."
                yield EARLY_OBSERVER.build_finding(
                    file.path, file.dart.get_line(offset), message, severity=severity
                )


def _find_observers(dart: DartSource) -> Iterator[tuple[str, int]]:
    """Return variables whose initializer creates an observer; functions create it later."""
    for found in _VARIABLE.finditer(dart.code):
        value = find_expression(dart, found.end())
        created = _NEW_OBSERVER.search(dart.code, value.start, value.end)
        if created and not re.search(
            r"=>|\)\s*(?:async\s*)?\{", dart.code[value.start : created.start()]
        ):
            yield found["name"], created.start()


def _find_early_names(file: DartFile) -> frozenset[str]:
    """Return every name in `main` before the SDK starts."""
    dart = file.dart
    starts = tuple(find_sentry_inits(dart))
    for main in islice(_MAIN.finditer(dart.code), _MAX_FINDINGS):
        for init in starts:
            if _is_in_body(dart, main.end() - 1, init.call.start):
                return frozenset(
                    re.findall(r"[A-Za-z_$][\w$]*", dart.code[main.end() : init.call.start])
                )
    return frozenset()


def _is_in_body(dart: DartSource, parenthesis: int, offset: int) -> bool:
    closing = dart.brackets.find_closing(parenthesis)
    if closing is None:
        return False
    opening = dart.code.find("{", closing)
    end = dart.brackets.find_closing(opening)
    return end is not None and opening < offset < end


def check_csp(app: App) -> Iterator[Finding]:
    """Yield each policy in web/index.html that does not allow the script's host."""
    if not has_web_sessions(app):
        return
    page = app.read_text(_PAGE) or ""
    if _HEADER not in page.lower():
        return
    from sentry_release.doctor.analysis.web import parse_csp

    severity = None if find_web_support(app) is WebSupport.BUILT else Severity.INFO
    for policy in parse_csp(page):
        if not _allows_script_host(policy):
            message = f"The Content Security Policy does not allow scripts from {_HOST}."
            yield BLOCKED_BY_CSP.build_finding(
                app.folder / _PAGE, policy.line, message, severity=severity
            )


def _allows_script_host(policy: "ContentSecurityPolicy") -> bool:
    sources = policy.get_sources("script-src-elem", "script-src", "default-src")
    if sources is None:
        return True
    hosts = {one.removeprefix("https://").partition("/")[0] for one in sources}
    return bool(_ALLOW & (sources | hosts))


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (MISSING_OBSERVER, check_observer),
    (SDK_TOO_OLD, check_sdk_version),
    (EARLY_OBSERVER, check_observer_created_early),
    (BLOCKED_BY_CSP, check_csp),
)
