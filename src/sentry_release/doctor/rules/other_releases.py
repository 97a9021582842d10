"""FD17, FD18, FD21, FD28: sessions or events that get another release than the build's."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.calls import find_calls
from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import find_assignments, get_code
from sentry_release.dart.sentry_options import find_callbacks, mentions_sentry
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.dependencies import describe_version, is_older
from sentry_release.doctor.analysis.release_source import is_named_by_sdk
from sentry_release.doctor.analysis.web import find_line
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.platform import Platform
from sentry_release.release.sdk_default import build_sdk_default

_DEFINE_FILE = (
    'flutter build windows --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"'
)
DESKTOP = Rule(
    id="FD17",
    name="desktop-without-release",
    severity=Severity.WARNING,
    title="On Windows and Linux this SDK version starts without a release.",
    reason="sentry_flutter before 9.0.0 starts its native SDK before the default release is "
    "known, so sessions and native crashes have no release.",
    link="https://github.com/getsentry/sentry-dart/issues/776",
    fix="Update sentry_flutter to 9 or later, or set the release with a define.",
    before="flutter build windows  # with sentry_flutter 8",
    snippet=_DEFINE_FILE,
)
MOBILE = Rule(
    id="FD18",
    name="mobile-without-dist",
    severity=Severity.WARNING,
    title="The native SDK of this version starts without the release and dist from Dart.",
    reason="In sentry_flutter before 9.0.0 the native SDK names the release of native crashes and "
    "sessions itself, so one version of the app appears as two releases or has no dist.",
    link="https://github.com/getsentry/sentry-dart/issues/776",
    fix="Update sentry_flutter to 9 or later, or set the release with a define.",
    before="flutter build appbundle  # with sentry_flutter 8",
    snippet=_DEFINE_FILE.replace("windows", "appbundle"),
)
PLATFORMS_DIFFER = Rule(
    id="FD28",
    name="platforms-name-different-releases",
    severity=Severity.INFO,
    title="By default the platforms of the app report different releases.",
    reason="Each of these releases has its own commits, health data and deploys, so no view shows "
    "the version as a whole.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Pass the release name that this action computes to every build.",
    before="flutter build web\nflutter build apk",
    snippet=_DEFINE_FILE.replace("windows", "web"),
)
_LATE_BEFORE = "9.0.0-alpha.2"
_DESKTOP = frozenset({Platform.WINDOWS, Platform.LINUX})
_MOBILE = frozenset({Platform.ANDROID, Platform.IOS})
EVENT_RELEASE_OVERRIDE = Rule(
    id="FD21",
    name="rewritten-event",
    severity=Severity.WARNING,
    title="An event gets another release after the SDK has started.",
    reason="Sessions keep the release that the SDK was started with. Errors then count towards "
    "one release and sessions towards another, so neither crash-free rate is correct.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/filtering/",
    fix="Do not change release and dist here; set them once, by the define or in the options.",
    before="options.beforeSend = (event, hint) => event..release = 'shop@1.4.0';",
    snippet="options.beforeSend = (event, hint) => event;",
)
_TYPED = re.compile(r"\bSentryEvent\??\s+(?P<name>[A-Za-z_$][\w$]*)")
_FOREIGN = re.compile(
    r"(?<![\w$.])(?!SentryEvent\b)[A-Z][\w.]*+(?:<[^;(){}]{0,80}>)?\??\s++event\b(?!\s*\()"
)
_MADE = re.compile(r"\bSentryEvent\s*\(")
_KEPT = re.compile(r"[A-Za-z_$][\w$]*[?!]?\.(?:release|dist)")
_COPY = re.compile(r"\.\s*copyWith\s*\(")
_RECEIVER = re.compile(r"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+(?:[?!]\s*+)?\Z")
_MAX_DISTANCE = 200  # characters before the dot
_MAX_FINDINGS = 100  # places per file


def check_desktop(app: App) -> Iterator[Finding]:
    """Yield an SDK before 9 in an app for Windows or Linux that has no explicit release."""
    if (
        _DESKTOP & app.platforms
        and is_older(app.sdk, "9.0.0")
        and _is_release_unnamed(app, _DESKTOP)
    ):
        yield _build_dependency_finding(DESKTOP, app)


def check_mobile(app: App) -> Iterator[Finding]:
    """Yield an SDK before 9 in an app for Android or iOS that has no explicit release."""
    old = is_older(app.sdk, _LATE_BEFORE)
    if _MOBILE & app.platforms and old and _is_release_unnamed(app, _MOBILE):
        yield _build_dependency_finding(MOBILE, app)


def check_platforms_differ(app: App) -> Iterator[Finding]:
    """Yield the default names of the platforms, if those that are known differ."""
    if not _is_release_unnamed(app, frozenset(Platform)):
        return
    releases = {
        platform: found
        for platform, identity in app.identities.items()
        if isinstance(found := build_sdk_default(identity).release, str)
    }
    if len(set(releases.values())) > 1:
        names = ", ".join(f"{platform.value} {name!r}" for platform, name in releases.items())
        line = find_line(app.pubspec_text, r"^name\s*:") or 1
        yield PLATFORMS_DIFFER.build_finding(
            app.folder / "pubspec.yaml", line, f"The SDK's default releases are {names}."
        )


def _is_release_unnamed(app: App, platforms: frozenset[Platform]) -> bool:
    """Return whether a build for these platforms leaves the name to the SDK."""
    if app.sdk is None or not is_named_by_sdk(app, platforms):
        return False
    return not names_release_in_code(app)


def _build_dependency_finding(rule: Rule, app: App) -> Finding:
    line = find_line(app.pubspec_text, r"^\s+sentry_flutter\s*:") or 1
    message = describe_version("sentry_flutter", app.sdk)
    return rule.build_finding(app.folder / "pubspec.yaml", line, message)


def check_event_release(app: App) -> Iterator[Finding]:
    """Yield each place that gives a Sentry event another release or dist."""
    for file in app.dart:
        if mentions_sentry(file.dart):
            changed = {(*place, "is changed") for place in _find_overrides(file.dart)}
            created = {
                (*place, "is set when it is created") for place in _find_created_events(file.dart)
            }
            for start, name, how in sorted(changed | created):
                if find_reachability(file.dart, start) is not Reachability.NEVER:
                    line = file.dart.get_line(start)
                    yield EVENT_RELEASE_OVERRIDE.build_finding(
                        file.path, line, f"The {name} of an event {how}."
                    )


def _find_created_events(dart: DartSource) -> Iterator[tuple[int, str]]:
    """Yield events created with their own release or dist, not one copied from an event."""
    for call in islice(find_calls(dart, _MADE), _MAX_FINDINGS):
        for name in ("release", "dist"):
            value = call.named.get(name)
            if (
                value
                and not _KEPT.fullmatch(get_code(dart, value))
                and get_code(dart, value) != "null"
            ):
                yield call.start, name


def _find_overrides(dart: DartSource) -> Iterator[tuple[int, str]]:
    events: frozenset[str] | None = None
    for setting in islice(find_assignments(dart, "release|dist"), _MAX_FINDINGS):
        events = _find_event_names(dart) if events is None else events
        if setting.receiver in events:
            yield setting.start, setting.name
    for call in islice(find_calls(dart, _COPY), _MAX_FINDINGS):
        events = _find_event_names(dart) if events is None else events
        before = _RECEIVER.search(dart.code, max(0, call.start - _MAX_DISTANCE), call.start)
        if before is None or before["name"] not in events:
            continue
        for name in ("release", "dist"):
            value = call.named.get(name)
            if value and get_code(dart, value) != f"{before['name']}.{name}":
                yield call.start, name


def _find_event_names(dart: DartSource) -> frozenset[str]:
    """Return the variables that hold events: by type, as parameter of `beforeSend`, or `event`."""
    typed = {found["name"] for found in _TYPED.finditer(dart.code)}
    called = {one.first for one in find_callbacks(dart, "beforeSend") if one.first}
    usual = set() if _FOREIGN.search(dart.code) else {"event"}
    return frozenset(typed | called | usual)


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (DESKTOP, check_desktop),
    (MOBILE, check_mobile),
    (PLATFORMS_DIFFER, check_platforms_differ),
    (EVENT_RELEASE_OVERRIDE, check_event_release),
)
