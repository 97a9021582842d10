"""FD17, FD18, FD25, FD26, FD27, FD28: platforms that report another version or release than the others."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.release_source import is_named_by_sdk
from sentry_release.doctor.analysis.web import find_line
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.flutter.app_version import AppVersion, VersionFlags
from sentry_release.flutter.platforms import read_identity
from sentry_release.flutter.pubspec import describe_version, is_older
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.platform import Platform, Unknown
from sentry_release.release.sdk_default import build_sdk_default

APPLE_FROZEN = Rule(
    id="FD25",
    name="apple-version-frozen",
    severity=Severity.WARNING,
    title="The version of the iOS or macOS app does not come from Flutter.",
    reason="Every build reports the version in that file. Without an explicit release name all "
    "versions of the app share one release and its health data.",
    link="https://docs.flutter.dev/deployment/ios#update-the-apps-build-and-version-numbers",
    fix="Take version and build number from Flutter.",
    before="<key>CFBundleShortVersionString</key>\n<string>1.0.0</string>\n"
    "<key>CFBundleVersion</key>\n<string>1</string>",
    snippet="<key>CFBundleShortVersionString</key>\n<string>$(FLUTTER_BUILD_NAME)</string>\n"
    "<key>CFBundleVersion</key>\n<string>$(FLUTTER_BUILD_NUMBER)</string>",
)
WINDOWS_FROZEN = Rule(
    id="FD26",
    name="windows-version-frozen",
    severity=Severity.WARNING,
    title="The version of the Windows app does not come from Flutter.",
    reason="Runner.rc from before Flutter 3.3 leaves ProductVersion at 1.0.0. Without an explicit "
    "release name all versions of the app share one release.",
    link="https://docs.flutter.dev/release/breaking-changes/windows-version-information",
    fix="Take ProductVersion from FLUTTER_VERSION, as Flutter's current template does.",
    before="#ifdef FLUTTER_BUILD_NAME\n#define VERSION_AS_STRING #FLUTTER_BUILD_NAME\n"
    '#else\n#define VERSION_AS_STRING "1.0.0"\n#endif',
    snippet="#if defined(FLUTTER_VERSION)\n#define VERSION_AS_STRING FLUTTER_VERSION\n#else\n"
    '#define VERSION_AS_STRING "1.0.0"\n#endif',
)
ANDROID_FROZEN = Rule(
    id="FD27",
    name="android-version-frozen",
    severity=Severity.WARNING,
    title="The version of the Android app does not come from Flutter.",
    reason="Every build reports the version in that file. Without an explicit release name all "
    "versions of the app share one release and its health data.",
    link="https://docs.flutter.dev/deployment/android#update-the-apps-version-number",
    fix="Take version and build number from Flutter.",
    before='versionCode = 1\nversionName = "1.0.0"',
    snippet="versionCode = flutter.versionCode\nversionName = flutter.versionName",
)
_SCRIPTS = frozenset({".bash", ".bat", ".cmd", ".ps1", ".sh", ".zsh"})
# A version that no project has: a platform that reports another one does not follow the pubspec.
_NAME, _NUMBER = "9731.5386.4219", "8675309"
# Source: https://docs.fastlane.tools/actions/increment_version_number/
_WRITERS = {
    "CFBundleShortVersionString": re.compile(
        r"\bincrement_version_number\b|\bagvtool[ \t]+new-marketing-version"
        r"|CFBundleShortVersionString|\bMARKETING_VERSION="
    ),
    "CFBundleVersion": re.compile(
        r"\bincrement_build_number\b|\bagvtool[ \t]+(?:new|next)-version"
        r"|CFBundleVersion|\bCURRENT_PROJECT_VERSION="
    ),
    "ProductVersion": re.compile(r"Runner\.rc\b"),
    "versionName": re.compile(r"\bversionName\b|\b\w+_version_name\b"),
    "versionCode": re.compile(r"\bversionCode\b|\b\w+_version_code\b"),
}
_DEFINE_FILE = (
    'flutter build windows --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"'
)
LATE_ON_DESKTOP = Rule(
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
LATE_ON_MOBILE = Rule(
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _FrozenPart:
    """A version or build number: the platform's key for it, its value and possible places."""

    key: str
    reported: str
    locations: Sequence[tuple[str, str]]


def check_apple(app: App) -> Iterator[Finding]:
    """Yield each fixed version in Info.plist or in the project it refers to."""
    for platform in (Platform.IOS, Platform.MACOS):
        for half in _find_frozen_parts(app, platform, _describe_apple_locations(platform)):
            yield _build_finding(APPLE_FROZEN, app, half)


def check_windows(app: App) -> Iterator[Finding]:
    """Yield the fixed version in Runner.rc."""
    places = {
        "name": (
            "ProductVersion",
            [("windows/runner/Runner.rc", r'VALUE\s+"ProductVersion"')],
        )
    }
    for half in _find_frozen_parts(app, Platform.WINDOWS, places):
        yield _build_finding(WINDOWS_FROZEN, app, half)


def check_android(app: App) -> Iterator[Finding]:
    """Yield each fixed version in build.gradle."""
    scripts = ("android/app/build.gradle", "android/app/build.gradle.kts")
    places = {
        "name": ("versionName", [(file, r"^[ \t]*versionName\b") for file in scripts]),
        "number": ("versionCode", [(file, r"^[ \t]*versionCode\b") for file in scripts]),
    }
    for half in _find_frozen_parts(app, Platform.ANDROID, places):
        yield _build_finding(ANDROID_FROZEN, app, half)


def _describe_apple_locations(platform: Platform) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    plist = f"{platform.value}/Runner/Info.plist"
    project = f"{platform.value}/Runner.xcodeproj/project.pbxproj"
    literal = r"</key>\s*<string>[^$<]*</string>"
    return {
        "name": (
            "CFBundleShortVersionString",
            [
                (plist, f"<key>CFBundleShortVersionString{literal}"),
                (project, r"^\s*MARKETING_VERSION = [^$]"),
                (plist, "<key>CFBundleShortVersionString</key>"),
            ],
        ),
        "number": (
            "CFBundleVersion",
            [
                (plist, f"<key>CFBundleVersion{literal}"),
                (project, r"^\s*CURRENT_PROJECT_VERSION = [^$]"),
                (plist, "<key>CFBundleVersion</key>"),
            ],
        ),
    }


def _find_frozen_parts(
    app: App, platform: Platform, places: dict[str, tuple[str, list[tuple[str, str]]]]
) -> Iterator[_FrozenPart]:
    """Yield the parts of the version that do not follow the pubspec's version."""
    if platform not in app.platforms:
        return
    probe = AppVersion(pubspec_name=_NAME, pubspec_number=_NUMBER, flags=VersionFlags())
    identity = read_identity(platform, app.read_bytes, app.pubspec, probe, flavor=None)
    reported = {"name": (identity.version, _NAME), "number": (identity.build, _NUMBER)}
    for half, (key, where) in places.items():
        value, expected = reported[half]
        if isinstance(value, Unknown) or value is None or expected in value:
            continue
        if _is_version_written(app, key, is_current=value == app.pubspec.build_name):
            continue
        yield _FrozenPart(key=key, reported=value, locations=where)


def _is_version_written(app: App, key: str, *, is_current: bool) -> bool:
    """
    Return whether a command writes this part of the version before the build.

    Scripts update Runner.rc by replacing the old version. A script that no job and no other
    script runs is started manually: if the file has another version, it has not run.
    """
    return any(
        _WRITERS[key].search(command.text)
        for step in app.steps
        if is_current or key != "ProductVersion" or not _is_run_manually(step)
        for command in step.commands
    )


def _is_run_manually(step: BuildStep) -> bool:
    return step.job is None and not step.is_called and step.path.suffix in _SCRIPTS


def _build_finding(rule: Rule, app: App, half: _FrozenPart) -> Finding:
    message = f"{half.key} is {half.reported[:80]!r}, independent of pubspec.yaml."
    for path, pattern in half.locations:
        line = find_line(app.read_text(path) or "", pattern)
        if line is not None:
            return rule.build_finding(app.folder / path, line, message)
    existing = (path for path, _ in half.locations if app.read_text(path) is not None)
    return rule.build_finding(app.folder / next(existing, "pubspec.yaml"), 1, message)


def check_desktop(app: App) -> Iterator[Finding]:
    """Yield an SDK before 9 in an app for Windows or Linux that has no explicit release."""
    if (
        _DESKTOP & app.platforms
        and is_older(app.sdk, "9.0.0")
        and _is_release_unnamed(app, _DESKTOP)
    ):
        yield _build_dependency_finding(LATE_ON_DESKTOP, app)


def check_mobile(app: App) -> Iterator[Finding]:
    """Yield an SDK before 9 in an app for Android or iOS that has no explicit release."""
    old = is_older(app.sdk, _LATE_BEFORE)
    if _MOBILE & app.platforms and old and _is_release_unnamed(app, _MOBILE):
        yield _build_dependency_finding(LATE_ON_MOBILE, app)


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


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (APPLE_FROZEN, check_apple),
    (WINDOWS_FROZEN, check_windows),
    (ANDROID_FROZEN, check_android),
    (LATE_ON_DESKTOP, check_desktop),
    (LATE_ON_MOBILE, check_mobile),
    (PLATFORMS_DIFFER, check_platforms_differ),
)
