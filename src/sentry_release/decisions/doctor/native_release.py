"""FD17, FD18, FD28: what the SDK alone would name the release on the platforms."""

from collections.abc import Iterator

from sentry_release.decisions.sdk_default import sdk_default
from sentry_release.facts.doctor.code_releases import names_release_in_code
from sentry_release.facts.doctor.lines import line_of
from sentry_release.facts.doctor.naming import is_named_by_sdk
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.facts.doctor.versions import describe_version, is_older
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.words.finding import Finding, Rule, Severity

_DEFINE_FILE = (
    'flutter build windows --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"'
)
DESKTOP = Rule(
    id="FD17",
    name="desktop-without-release",
    severity=Severity.WARNING,
    title="On Windows and Linux this SDK starts without a release.",
    why="sentry_flutter before 9.0.0 starts its native part before it has worked out the default "
    "release, so that sessions and native crashes come without one.",
    link="https://github.com/getsentry/sentry-dart/issues/776",
    mend="Update sentry_flutter to 9 or later, or name the release with a define.",
    snippet=_DEFINE_FILE,
)
MOBILE = Rule(
    id="FD18",
    name="mobile-without-dist",
    severity=Severity.WARNING,
    title="The native part of this SDK starts without the release and dist of Dart.",
    why="sentry_flutter before 9.0.0 names native crashes and sessions by itself, so that one "
    "version of the app is two releases or has no dist.",
    link="https://github.com/getsentry/sentry-dart/issues/776",
    mend="Update sentry_flutter to 9 or later, or name the release with a define.",
    snippet=_DEFINE_FILE.replace("windows", "appbundle"),
)
DIFFER = Rule(
    id="FD28",
    name="platforms-name-different-releases",
    severity=Severity.INFO,
    title="Left alone, the platforms of the app report different releases.",
    why="Each has commits, health and deploys of its own, and nobody sees the version as a whole.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    mend="Give every build the one name that this action computes.",
    snippet=_DEFINE_FILE.replace("windows", "web"),
)
_LATE_BEFORE = "9.0.0-alpha.2"
_DESKTOP = frozenset({Platform.WINDOWS, Platform.LINUX})
_MOBILE = frozenset({Platform.ANDROID, Platform.IOS})


def desktop(subject: Subject) -> Iterator[Finding]:
    """An SDK of before 9 in an app for Windows or Linux that nobody names a release for."""
    if (
        _DESKTOP & subject.platforms
        and is_older(subject.sdk, "9.0.0")
        and _nobody_names(subject, _DESKTOP)
    ):
        yield _at_dependency(DESKTOP, subject)


def mobile(subject: Subject) -> Iterator[Finding]:
    """The same for Android and iOS."""
    old = is_older(subject.sdk, _LATE_BEFORE)
    if _MOBILE & subject.platforms and old and _nobody_names(subject, _MOBILE):
        yield _at_dependency(MOBILE, subject)


def differ(subject: Subject) -> Iterator[Finding]:
    """Default names of the platforms that are known and not all the same."""
    if not _nobody_names(subject, frozenset(Platform)):
        return
    said = {
        platform: found
        for platform, identity in subject.identities.items()
        if isinstance(found := sdk_default(identity).release, str)
    }
    if len(set(said.values())) > 1:
        names = ", ".join(f"{platform.value} {name!r}" for platform, name in said.items())
        line = line_of(subject.pubspec_text, r"^name\s*:") or 1
        yield DIFFER.at(subject.folder / "pubspec.yaml", line, f"They would report {names}.")


def _nobody_names(subject: Subject, platforms: frozenset[Platform]) -> bool:
    """Whether some build for these platforms leaves the name to the SDK."""
    if subject.sdk is None or not is_named_by_sdk(subject, platforms):
        return False
    return not names_release_in_code(subject)


def _at_dependency(rule: Rule, subject: Subject) -> Finding:
    line = line_of(subject.pubspec_text, r"^\s+sentry_flutter\s*:") or 1
    what = describe_version("sentry_flutter", subject.sdk)
    return rule.at(subject.folder / "pubspec.yaml", line, what)


CHECKS: tuple[tuple[Rule, Check], ...] = ((DESKTOP, desktop), (MOBILE, mobile), (DIFFER, differ))
