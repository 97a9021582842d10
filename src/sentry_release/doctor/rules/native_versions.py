"""FD25, FD26, FD27: a platform whose version does not follow pubspec.yaml."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.web import find_line
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.flutter.app_version import AppVersion, VersionFlags
from sentry_release.flutter.platforms import read_identity
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.platform import Platform, Unknown

APPLE = Rule(
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
WINDOWS = Rule(
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
ANDROID = Rule(
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
            yield _build_finding(APPLE, app, half)


def check_windows(app: App) -> Iterator[Finding]:
    """Yield the fixed version in Runner.rc."""
    places = {
        "name": (
            "ProductVersion",
            [("windows/runner/Runner.rc", r'VALUE\s+"ProductVersion"')],
        )
    }
    for half in _find_frozen_parts(app, Platform.WINDOWS, places):
        yield _build_finding(WINDOWS, app, half)


def check_android(app: App) -> Iterator[Finding]:
    """Yield each fixed version in build.gradle."""
    scripts = ("android/app/build.gradle", "android/app/build.gradle.kts")
    places = {
        "name": ("versionName", [(file, r"^[ \t]*versionName\b") for file in scripts]),
        "number": ("versionCode", [(file, r"^[ \t]*versionCode\b") for file in scripts]),
    }
    for half in _find_frozen_parts(app, Platform.ANDROID, places):
        yield _build_finding(ANDROID, app, half)


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
        if _is_version_written(app, key, is_current=value in _get_pubspec_version(app, half)):
            continue
        yield _FrozenPart(key=key, reported=value, locations=where)


def _get_pubspec_version(app: App, half: str) -> set[str | None]:
    """Return this part of the version in pubspec.yaml."""
    pubspec = app.pubspec
    return {pubspec.build_name if half == "name" else pubspec.build_number} - {None}


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
    message = f"{half.key} is {half.reported[:60]!r}, independent of pubspec.yaml."
    for path, pattern in half.locations:
        line = find_line(app.read_text(path) or "", pattern)
        if line is not None:
            return rule.build_finding(app.folder / path, line, message)
    file = next((path for path, _ in half.locations if app.read_text(path) is not None), None)
    return rule.build_finding(app.folder / PurePosixPath(file or "pubspec.yaml"), 1, message)


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (APPLE, check_apple),
    (WINDOWS, check_windows),
    (ANDROID, check_android),
)
