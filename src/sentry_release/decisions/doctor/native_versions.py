"""FD25, FD26, FD27: a platform whose version does not follow pubspec.yaml."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.facts.doctor.lines import line_of
from sentry_release.facts.doctor.subject import Check, Step, Subject
from sentry_release.facts.flutter.platforms import Platform, identity_of
from sentry_release.facts.flutter.said import Unknown
from sentry_release.facts.flutter.version import Flags, Version
from sentry_release.words.finding import Finding, Rule, Severity

APPLE = Rule(
    id="FD25",
    name="apple-version-frozen",
    severity=Severity.WARNING,
    title="The version of the iOS or macOS app does not come from Flutter.",
    why="Every build reports the version that stands there, so that without a named release all "
    "versions of the app share one, and its health is theirs together.",
    link="https://docs.flutter.dev/deployment/ios#update-the-apps-build-and-version-numbers",
    mend="Take both halves of the version from Flutter.",
    snippet="<key>CFBundleShortVersionString</key>\n<string>$(FLUTTER_BUILD_NAME)</string>\n"
    "<key>CFBundleVersion</key>\n<string>$(FLUTTER_BUILD_NUMBER)</string>",
)
WINDOWS = Rule(
    id="FD26",
    name="windows-version-frozen",
    severity=Severity.WARNING,
    title="The version of the Windows app does not come from Flutter.",
    why="Runner.rc of before Flutter 3.3 leaves ProductVersion at 1.0.0, so that without a named "
    "release every version of the app is one release.",
    link="https://docs.flutter.dev/release/breaking-changes/windows-version-information",
    mend="Take ProductVersion from FLUTTER_VERSION, as the template of today does.",
    snippet="#if defined(FLUTTER_VERSION)\n#define VERSION_AS_STRING FLUTTER_VERSION\n#else\n"
    '#define VERSION_AS_STRING "1.0.0"\n#endif',
)
ANDROID = Rule(
    id="FD27",
    name="android-version-frozen",
    severity=Severity.WARNING,
    title="The version of the Android app does not come from Flutter.",
    why="Every build reports the version that stands there, so that without a named release all "
    "versions of the app share one, and its health is theirs together.",
    link="https://docs.flutter.dev/deployment/android#update-the-apps-version-number",
    mend="Take both halves of the version from Flutter.",
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
class _Half:
    """One half of a version: how the platform calls it, and where it may stand."""

    key: str
    reported: str
    places: Sequence[tuple[str, str]]


def apple(subject: Subject) -> Iterator[Finding]:
    """Where Info.plist, or the project it refers to, holds a version of its own."""
    for platform in (Platform.IOS, Platform.MACOS):
        for half in _frozen(subject, platform, _apple_places(platform)):
            yield _found(APPLE, subject, half)


def windows(subject: Subject) -> Iterator[Finding]:
    """Where Runner.rc holds a version of its own."""
    places = {
        "name": (
            "ProductVersion",
            [("windows/runner/Runner.rc", r'VALUE\s+"ProductVersion"')],
        )
    }
    for half in _frozen(subject, Platform.WINDOWS, places):
        yield _found(WINDOWS, subject, half)


def android(subject: Subject) -> Iterator[Finding]:
    """Where build.gradle holds a version of its own."""
    scripts = ("android/app/build.gradle", "android/app/build.gradle.kts")
    places = {
        "name": ("versionName", [(file, r"^[ \t]*versionName\b") for file in scripts]),
        "number": ("versionCode", [(file, r"^[ \t]*versionCode\b") for file in scripts]),
    }
    for half in _frozen(subject, Platform.ANDROID, places):
        yield _found(ANDROID, subject, half)


def _apple_places(platform: Platform) -> dict[str, tuple[str, list[tuple[str, str]]]]:
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


def _frozen(
    subject: Subject, platform: Platform, places: dict[str, tuple[str, list[tuple[str, str]]]]
) -> Iterator[_Half]:
    """The halves that stay as they are although the pubspec's version is another one."""
    if platform not in subject.platforms:
        return
    probe = Version(pubspec_name=_NAME, pubspec_number=_NUMBER, flags=Flags())
    said = identity_of(platform, subject.content, subject.pubspec, probe, flavor=None)
    reported = {"name": (said.version, _NAME), "number": (said.build, _NUMBER)}
    for half, (key, where) in places.items():
        value, expected = reported[half]
        if isinstance(value, Unknown) or value is None or expected in value:
            continue
        if _is_written(subject, key, is_current=value in _own_version(subject, half)):
            continue
        yield _Half(key=key, reported=value, places=where)


def _own_version(subject: Subject, half: str) -> set[str | None]:
    """The half of the version that pubspec.yaml holds."""
    pubspec = subject.pubspec
    return {pubspec.build_name if half == "name" else pubspec.build_number} - {None}


def _is_written(subject: Subject, key: str, *, is_current: bool) -> bool:
    """
    Whether some command writes this half of the version before the build.

    Runner.rc is written by replacing the version before. A script that no job and no other
    script runs is started by hand: if the file holds another version, it has not been.
    """
    return any(
        _WRITERS[key].search(command.text)
        for step in subject.steps
        if is_current or key != "ProductVersion" or not _is_run_by_hand(step)
        for command in step.commands
    )


def _is_run_by_hand(step: Step) -> bool:
    return step.job is None and not step.is_called and step.path.suffix in _SCRIPTS


def _found(rule: Rule, subject: Subject, half: _Half) -> Finding:
    what = f"{half.key} is {half.reported[:60]!r}, whatever pubspec.yaml says."
    for path, pattern in half.places:
        line = line_of(subject.read(path) or "", pattern)
        if line is not None:
            return rule.at(subject.folder / path, line, what)
    file = next((path for path, _ in half.places if subject.read(path) is not None), None)
    return rule.at(subject.folder / PurePosixPath(file or "pubspec.yaml"), 1, what)


CHECKS: tuple[tuple[Rule, Check], ...] = ((APPLE, apple), (WINDOWS, windows), (ANDROID, android))
