"""FD25, FD26, FD27: a platform whose version does not follow pubspec.yaml."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.web import find_line
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.flutter.app_version import AppVersion, VersionFlags
from sentry_release.flutter.identity import Unknown
from sentry_release.flutter.platforms import Platform, read_identity
from sentry_release.model.finding import Finding, Rule, Severity

APPLE = Rule(
    id="FD25",
    name="apple-version-frozen",
    severity=Severity.WARNING,
    title="The version of the iOS or macOS app does not come from Flutter.",
    reason="Every build reports the version that stands there, so that without a named release all "
    "versions of the app share one, and its health is theirs together.",
    link="https://docs.flutter.dev/deployment/ios#update-the-apps-build-and-version-numbers",
    fix="Take both halves of the version from Flutter.",
    snippet="<key>CFBundleShortVersionString</key>\n<string>$(FLUTTER_BUILD_NAME)</string>\n"
    "<key>CFBundleVersion</key>\n<string>$(FLUTTER_BUILD_NUMBER)</string>",
)
WINDOWS = Rule(
    id="FD26",
    name="windows-version-frozen",
    severity=Severity.WARNING,
    title="The version of the Windows app does not come from Flutter.",
    reason="Runner.rc of before Flutter 3.3 leaves ProductVersion at 1.0.0, so that without a named "
    "release every version of the app is one release.",
    link="https://docs.flutter.dev/release/breaking-changes/windows-version-information",
    fix="Take ProductVersion from FLUTTER_VERSION, as the template of today does.",
    snippet="#if defined(FLUTTER_VERSION)\n#define VERSION_AS_STRING FLUTTER_VERSION\n#else\n"
    '#define VERSION_AS_STRING "1.0.0"\n#endif',
)
ANDROID = Rule(
    id="FD27",
    name="android-version-frozen",
    severity=Severity.WARNING,
    title="The version of the Android app does not come from Flutter.",
    reason="Every build reports the version that stands there, so that without a named release all "
    "versions of the app share one, and its health is theirs together.",
    link="https://docs.flutter.dev/deployment/android#update-the-apps-version-number",
    fix="Take both halves of the version from Flutter.",
    snippet="versionCode = flutter.versionCode\nversionName = flutter.versionName",
)

_SCRIPTS = frozenset({".bash", ".bat", ".cmd", ".ps1", ".sh", ".zsh"})

# Of a version that no project has: what a platform reports of it shows whether it follows.
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
    """One half of a version: how the platform calls it, and where it may stand."""

    key: str
    reported: str
    locations: Sequence[tuple[str, str]]


def check_apple(app: App) -> Iterator[Finding]:
    """Where Info.plist, or the project it refers to, holds a version of its own."""
    for platform in (Platform.IOS, Platform.MACOS):
        for half in _find_frozen_parts(app, platform, _describe_apple_locations(platform)):
            yield _build_finding(APPLE, app, half)


def check_windows(app: App) -> Iterator[Finding]:
    """Where Runner.rc holds a version of its own."""
    places = {
        "name": (
            "ProductVersion",
            [("windows/runner/Runner.rc", r'VALUE\s+"ProductVersion"')],
        )
    }
    for half in _find_frozen_parts(app, Platform.WINDOWS, places):
        yield _build_finding(WINDOWS, app, half)


def check_android(app: App) -> Iterator[Finding]:
    """Where build.gradle holds a version of its own."""
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
    """The halves that stay as they are although the pubspec's version is another one."""
    if platform not in app.platforms:
        return
    probe = AppVersion(pubspec_name=_NAME, pubspec_number=_NUMBER, flags=VersionFlags())
    output = read_identity(platform, app.read_bytes, app.pubspec, probe, flavor=None)
    reported = {"name": (output.version, _NAME), "number": (output.build, _NUMBER)}
    for half, (key, where) in places.items():
        value, expected = reported[half]
        if isinstance(value, Unknown) or value is None or expected in value:
            continue
        if _is_version_written(app, key, is_current=value in _own_version(app, half)):
            continue
        yield _FrozenPart(key=key, reported=value, locations=where)


def _own_version(app: App, half: str) -> set[str | None]:
    """The half of the version that pubspec.yaml holds."""
    pubspec = app.pubspec
    return {pubspec.build_name if half == "name" else pubspec.build_number} - {None}


def _is_version_written(app: App, key: str, *, is_current: bool) -> bool:
    """
    Whether some command writes this half of the version before the build.

    Runner.rc is written by replacing the version before. A script that no job and no other
    script runs is started by hand: if the file holds another version, it has not been.
    """
    return any(
        _WRITERS[key].search(command.text)
        for step in app.steps
        if is_current or key != "ProductVersion" or not _is_run_by_hand(step)
        for command in step.commands
    )


def _is_run_by_hand(step: BuildStep) -> bool:
    return step.job is None and not step.is_called and step.path.suffix in _SCRIPTS


def _build_finding(rule: Rule, app: App, half: _FrozenPart) -> Finding:
    message = f"{half.key} is {half.reported[:60]!r}, whatever pubspec.yaml says."
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
