"""FD01, FD02, FD03, FD21, FD36, FD37: releases and dists that the code sets, also of an event."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import (
    find_assignments,
    find_calls,
    get_code,
    get_literal_text,
    resolve_constant,
    strip_const,
)
from sentry_release.dart.release_value import ValueSource
from sentry_release.dart.sentry_options import (
    find_callbacks,
    find_option_assignments,
    mentions_sentry,
)
from sentry_release.dart.source import DartSource, search_before
from sentry_release.doctor.analysis.code_releases import ReleaseAssignment, find_release_assignments
from sentry_release.doctor.app import App, Check
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.release import RELEASE_DEFINE
from sentry_release.release.sdk_default import build_sdk_default

_RELEASES = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/"
_HINT_REMOVE = (
    "await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.release"
)
HARD_CODED_RELEASE = Rule(
    id="FD01",
    name="hard-coded-release",
    severity=Severity.ERROR,
    title="The release is hard-coded.",
    reason="Code overrides the define that a build passes, so a version for which this line was "
    "not updated counts towards the previous release.",
    link=_RELEASES,
    fix="Delete the assignment: the SDK reads the define SENTRY_RELEASE by itself.",
    before="options.release = 'shop@1.4.0+27';",
    snippet=_HINT_REMOVE,
)
DIFFERENT_RELEASE = Rule(
    id="FD02",
    name="different-release",
    severity=Severity.ERROR,
    title="The code sets a different release than the one created in Sentry.",
    reason="Sessions and errors go to the release in the code, commits and deploys to the other "
    "one: neither release is complete.",
    link=_RELEASES,
    fix="Delete the assignment: the SDK reads the define SENTRY_RELEASE by itself.",
    before="options.release = 'org.acme.shop@1.4.0+27';",
    snippet=_HINT_REMOVE,
)
COMPUTED_RELEASE = Rule(
    id="FD03",
    name="assembled-release",
    severity=Severity.WARNING,
    title="The release is assembled in the code.",
    reason="Code overrides the define, and the assembled name differs from platform to platform "
    "and rarely matches the release created in Sentry.",
    link=_RELEASES,
    fix="Delete the assignment and pass SENTRY_RELEASE to the build.",
    before="options.release = '${info.packageName}@${info.version}+${info.buildNumber}';",
    snippet=_HINT_REMOVE,
)
_VERSION = re.compile(r"(?:^|@|\bv)\d+\.\d+")
_MAX_SHOWN = 80
NO_PACKAGE = Rule(
    id="FD36",
    name="release-without-package",
    severity=Severity.WARNING,
    title="A build passes a release name without a package.",
    reason="Sentry sorts releases by version only if they are named `package@version`. Other "
    "releases are sorted by date, which also decides what counts as a regression.",
    link="https://docs.sentry.io/product/releases/naming-releases/",
    fix="Name the release `package@version+build`, as this action's define file does.",
    before="flutter build apk --dart-define=SENTRY_RELEASE=1.4.0",
    snippet="flutter build apk --dart-define=SENTRY_RELEASE=shop@1.4.0+27",
)
# Values of GitHub and other CI services that contain no `@`.
_WITHOUT_AT = re.compile(
    r"\$\{\{\s*github\.(?:sha|run_number|run_id|run_attempt)\s*\}\}"
    r"|\$\{?(?:GITHUB_(?:SHA|RUN_NUMBER|RUN_ID)|CI_COMMIT_(?:SHORT_)?SHA|CI_PIPELINE_IID"
    r"|CM_COMMIT|BUILD_NUMBER|BITRISE_BUILD_NUMBER|BITRISE_GIT_COMMIT)\}?"
)
_OPEN = re.compile(r"[$%`#]")
OTHER_DIST = Rule(
    id="FD37",
    name="dist-in-code",
    severity=Severity.WARNING,
    title="The dist in the code is not the build number.",
    reason="Code overrides the dist that the SDK takes from the app. Source maps and symbols are "
    "uploaded for the build number, so Sentry does not find them for these events.",
    link=_RELEASES,
    fix="Delete the assignment: the SDK uses the build number or the define SENTRY_DIST.",
    before="options.dist = '1';",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.dist",
)
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


def check_hard_coded(app: App) -> Iterator[Finding]:
    """Yield literals that equal the computed release, or cannot be compared with one."""
    for release in find_release_assignments(app):
        text = release.value.text
        if release.value.source is ValueSource.ELSEWHERE and not release.define_is_passed:
            message = f"The release is {text}, from a file that is not read."
            yield _build_finding(HARD_CODED_RELEASE, release, message, Severity.INFO)
        elif _is_version(release.value.fallback):
            message = (
                f"Builds without the define report {_quote_text(release.value.fallback or '')}."
            )
            yield _build_finding(HARD_CODED_RELEASE, release, message, Severity.WARNING)
        elif release.value.source is ValueSource.LITERAL and not _differs_from_release(app, text):
            message = f"The release is {_quote_text(text)}, the same for every version."
            yield _build_finding(HARD_CODED_RELEASE, release, message, _get_severity(release))


def check_different(app: App) -> Iterator[Finding]:
    """Yield literals that differ from the computed release; FD01 does not report these."""
    for release in find_release_assignments(app):
        text = release.value.text
        if release.value.source is ValueSource.LITERAL and _differs_from_release(app, text):
            computed = app.release.name if app.release else ""
            message = (
                f"The code sets {_quote_text(text)}; this action computes {_quote_text(computed)}."
            )
            yield _build_finding(DIFFERENT_RELEASE, release, message, _get_severity(release))


def check_computed(app: App) -> Iterator[Finding]:
    """Yield releases assembled from package_info_plus or by other interpolation."""
    for release in find_release_assignments(app):
        if release.value.source is ValueSource.COMPUTED:
            message = "The release is assembled here, so the define SENTRY_RELEASE has no effect."
            yield _build_finding(COMPUTED_RELEASE, release, message, _get_severity(release))
        elif release.value.source is ValueSource.SDK_DEFAULT:
            message = "This equals the SDK's default, but the define SENTRY_RELEASE has no effect."
            yield _build_finding(COMPUTED_RELEASE, release, message, Severity.INFO)


def _is_version(text: str | None) -> bool:
    """Return whether a fallback looks like a release of the app, unlike `dev` or `shop@local`."""
    return text is not None and _VERSION.search(text) is not None


def _differs_from_release(app: App, text: str) -> bool:
    """
    Return whether it is neither the computed name nor the SDK's default on any platform.

    Apple's platforms normalize a version: `1.2.3-beta.4` becomes `1.2.3.4` there.
    """
    if app.release is None:
        return False
    defaults = {build_sdk_default(identity).release for identity in app.identities.values()}
    return text not in {app.release.name, *defaults}


def _get_severity(release: ReleaseAssignment) -> Severity | None:
    """Return WARNING if only some runs reach the assignment; None keeps the rule's severity."""
    return Severity.WARNING if release.reachability is Reachability.SOMETIMES else None


def _build_finding(
    rule: Rule, release: ReleaseAssignment, message: str, severity: Severity | None = None
) -> Finding:
    return rule.build_finding(release.path, release.line, message, severity=severity)


def _quote_text(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…")


def check_release_format(app: App) -> Iterator[Finding]:
    """Yield each build whose define is certainly a release without `package@`."""
    for build in find_builds(app):
        for define in dict.fromkeys(build.defines):
            known = _WITHOUT_AT.sub("0", define.value)
            if (
                define.key == RELEASE_DEFINE
                and known
                and "@" not in known
                and not _OPEN.search(known)
            ):
                message = f"The release is `{define.value[:80]}`, without `package@`."
                yield NO_PACKAGE.build_finding(build.step.path, build.line, message)


def check_dist(app: App) -> Iterator[Finding]:
    """Yield each dist in release builds that is a literal or the version."""
    for file in app.dart:
        for setting in find_option_assignments(file.dart, "dist"):
            if find_reachability(file.dart, setting.start) is Reachability.NEVER:
                continue
            value = strip_const(file.dart, resolve_constant(file.dart, setting.value))
            text = get_literal_text(file.dart, value)
            code = "".join(get_code(file.dart, value).split())
            line = file.dart.get_line(setting.start)
            if text:
                message = f"The dist is {text[:80]!r} in every build."
                yield OTHER_DIST.build_finding(file.path, line, message)
            elif code.endswith(".version"):
                message = f"The dist is `{code[:80]}`, the version instead of the build number."
                yield OTHER_DIST.build_finding(file.path, line, message)


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
        before = search_before(_RECEIVER, dart.code, call.start, _MAX_DISTANCE)
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
    (HARD_CODED_RELEASE, check_hard_coded),
    (DIFFERENT_RELEASE, check_different),
    (COMPUTED_RELEASE, check_computed),
    (NO_PACKAGE, check_release_format),
    (OTHER_DIST, check_dist),
    (EVENT_RELEASE_OVERRIDE, check_event_release),
)
