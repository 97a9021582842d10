"""Finds Flutter builds in command lines, by any tool."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sentry_release.model.platform import Platform

VARIABLE = (
    r"\$\{\{[^{}]{0,300}\}\}|\$\{[^{}]{1,300}\}|\$\([A-Za-z_]\w*\)|\$(?:env:)?[A-Za-z_]\w*|\$[@*0-9]"
    r"|#\{[^{}]{1,300}\}|%[A-Za-z_]\w*%"
)
"""A reference to a variable of a shell, make, cmd or Ruby, or a GitHub expression."""
SUBSTITUTION = r"\$\((?=[^A-Za-z_]|\w+[^\w)])(?:[^()\n]|\((?:[^()\n]|\([^()\n]{0,300}\)){0,300}\)){0,300}\)|`[^`\n]{0,300}`"
"""The output of a command in a shell, with brackets nested three deep."""
_REST = rf"(?P<rest>(?:\$\{{\{{.{{0,300}}?\}}\}}|{SUBSTITUTION}|\"[^\"]*\"|'[^']*'|[^;&|\n])*)"
_BEFORE = r"(?:^|[\s;&|(\"'=@/\\])"
_FLUTTER = (
    rf"(?:flutter(?:\.bat)?|(?:{VARIABLE}))[\"']?(?:[ \t]+-\S+){{0,20}}[ \t]+build"
    r"|shorebird[ \t]+(?:release|patch)"
)
_TARGET = rf"(?:--platforms?[= ])?[\"']?(?P<target>(?:{VARIABLE})|[a-z][a-z-]*\b)[\"']?"
_BY_FLUTTER = re.compile(
    rf"{_BEFORE}(?:{_FLUTTER})[ \t]+(?:-(?!-platforms?\b)\S+[ \t]+)*{_TARGET}{_REST}"
)
# Source: https://fastforge.dev/cli/package and https://fastforge.dev/cli/release
_BY_FASTFORGE = re.compile(
    rf"{_BEFORE}(?:fastforge|flutter_distributor)(?::main)?[ \t]+(?P<task>package|release)\b{_REST}"
)
# Source: https://pub.dev/packages/peanut
_BY_PEANUT = re.compile(
    rf"(?:\brun[ \t]+|(?:^|[;&|(])[ \t]*)peanut(?:[: \t][ \t]*|(?=[;&|\n]|$)){_REST}"
)
# Source: https://pub.dev/packages/msix
_BY_MSIX = re.compile(rf"\brun[ \t]+msix(?::create|:build|:publish)?(?=[\s;&|]|$){_REST}")
_BUILDS_NOTHING = re.compile(r"--build-windows[= ][\"']?false")
# Source: https://docs.fastlane.tools/actions/gradle/ and https://docs.gradle.org/current/userguide/gradle_wrapper.html
_LANE_BY_GRADLE = re.compile(
    r"(?:^|[\s;=])(?:gradle[ \t]*\(|gradle[ \t]+(?=tasks?:))(?P<rest>[^\n]{0,300}\b(?:assemble|bundle)[^\n]{0,300})"
)
_BY_GRADLE = re.compile(
    r"(?:^|[\s;&|(/\"'])gradlew(?:\.bat)?\b(?P<arguments>[^;&|\n]{0,300}\b(?:assemble|bundle)\w{0,80}Release\b[^;&|\n]{0,300})"
)
# Source: https://docs.fastlane.tools/actions/build_app/
_LANE_BY_XCODE = re.compile(
    r"(?:^|[\s;=])(?:build_app|build_ios_app|build_mac_app|gym)(?![\w.:])(?P<rest>[^\n]*)"
)
_BY_XCODE = re.compile(r"\bxcodebuild\b(?P<arguments>[^;&|\n]{0,300}\barchive\b[^;&|\n]{0,300})")
_PLATFORM = re.compile(r"--platforms?[= ][\"']?(?P<name>[a-z]+)\b")
_NAME_IN_QUOTES = re.compile(r"^(?P<name>[\w.]+)[\"'](?=[ \t])")
_MOST_AROUND = 3  # quotes and brackets around a command
_FOR_DEVELOPERS = re.compile(r"(?i)debug|profile|androidtest")
_NOTHING_BUILT = re.compile(r"skip_build_archive:\s*true|-exportArchive\b")
_TARGETS = {
    "apk": Platform.ANDROID,
    "appbundle": Platform.ANDROID,
    "aar": Platform.ANDROID,
    "android": Platform.ANDROID,
    "ios": Platform.IOS,
    "ipa": Platform.IOS,
    "ios-framework": Platform.IOS,
    "macos": Platform.MACOS,
    "windows": Platform.WINDOWS,
    "linux": Platform.LINUX,
    "web": Platform.WEB,
}
_IS_VARIABLE = re.compile(VARIABLE)
_SUBSTITUTION = re.compile(r"\$\((?![A-Za-z_]\w*\))|`")
_ARGUMENTS = re.compile(
    r"(?i)[@*]|\bmatrix\.|args|argument|flag|opt(?:ion)?s?(?![a-z])|extra|define|param|command"
)
_NO_ARGUMENTS = re.compile(
    r"(?i)number|version|name|flavou?r|target|platform|arch|abi|log|path|dir|folder|output|channel"
    r"|device|suffix|sha\b|commit|date|time|count|code"
)
_HINTS = ("build", "shorebird", "fastforge", "distributor", "peanut", "radle", "gym", "msix")


class Tool(Enum):
    """The tool that starts the build."""

    FLUTTER = "flutter or shorebird"
    FASTFORGE = "fastforge"
    PEANUT = "peanut"
    MSIX = "msix"
    GRADLE = "Gradle"
    XCODE = "Xcode"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildCommand:
    """
    A part of a command line that builds the app.

    `platform` is None if the target is a variable, which is then in `target`; `rest` are the
    arguments after the target. `start` and `end` are offsets in the line.
    """

    tool: Tool
    text: str
    start: int
    end: int
    rest: str
    target: str | None = None
    platform: Platform | None = None


def may_build(line: str) -> bool:
    """Return whether a command line may contain a build."""
    return any(hint in line for hint in _HINTS)


def may_hold_defines(text: str, *, is_target: bool = False) -> bool:
    """
    Return whether a variable in the arguments of a build may hold a define.

    A name with a number, version, folder or the like does not; in the place of the target only a
    name with arguments does.

    >>> may_hold_defines("$BUILD_NUMBER --release"), may_hold_defines("$EXTRA_ARGS")
    (False, True)
    """
    if _SUBSTITUTION.search(text):
        return True
    for found in _IS_VARIABLE.finditer(text):
        holds = _ARGUMENTS.search(found[0]) is not None
        if holds or not (is_target or _NO_ARGUMENTS.search(found[0])):
            return True
    return False


def find_build_commands(line: str, *, is_lane: bool = False) -> Iterator[BuildCommand]:
    """
    Return each build of a command line, in the order of tools, except debug builds of Gradle.

    Args:
        line: The command line.
        is_lane: Whether it is Ruby of fastlane; elsewhere its actions are ordinary words.

    Source: `flutter build --help` of Flutter 3.38 · https://docs.shorebird.dev/code-push/release
    """
    if not may_build(line):
        return
    for found in _BY_FLUTTER.finditer(line):
        if (command := _find_flutter_command(found)) is not None:
            yield command
    for found in _BY_FASTFORGE.finditer(line):
        named = _PLATFORM.search(found["rest"])
        known = _TARGETS.get(named["name"]) if named else None
        yield _build_command(Tool.FASTFORGE, found, platform=known)
    for found in _BY_PEANUT.finditer(line):
        yield _build_command(Tool.PEANUT, found, platform=Platform.WEB)
    for found in _BY_MSIX.finditer(line):
        if not _BUILDS_NOTHING.search(found["rest"]):
            yield _build_command(Tool.MSIX, found, platform=Platform.WINDOWS)
    yield from _find_native_commands(line, is_lane=is_lane)


def _find_native_commands(line: str, *, is_lane: bool) -> Iterator[BuildCommand]:
    """Yield builds by Gradle and Xcode, without Flutter's tool."""
    by_gradle = (_LANE_BY_GRADLE, _BY_GRADLE) if is_lane else (_BY_GRADLE,)
    by_xcode = (_LANE_BY_XCODE, _BY_XCODE) if is_lane else (_BY_XCODE,)
    for found in (one for pattern in by_gradle for one in pattern.finditer(line)):
        if not _FOR_DEVELOPERS.search(found[0]):
            yield _build_command(Tool.GRADLE, found, platform=Platform.ANDROID)
    for found in (one for pattern in by_xcode for one in pattern.finditer(line)):
        if not _FOR_DEVELOPERS.search(found[0]) and not _NOTHING_BUILT.search(found[0]):
            platform = Platform.MACOS if "build_mac_app" in found[0] else Platform.IOS
            yield _build_command(Tool.XCODE, found, platform=platform)


def _normalize(text: str) -> str:
    """Return a command without what surrounds it: a path, quotes, brackets, a redirection's start."""
    plain = text.lstrip(" \t@=(;&|/\\\"'").rstrip()
    plain = _NAME_IN_QUOTES.sub(r"\g<name>", plain)
    plain = re.sub(r"(?<![ \t])[ \t]*+[0-9]?>$", "", plain)
    for _ in range(_MOST_AROUND):
        plain = _strip_unopened(plain)
    return plain


def _strip_unopened(text: str) -> str:
    """Return a command without a bracket or quote at its end that was opened before it."""
    last = text[-1:]
    if last == ")":
        is_own = text.count("(") >= text.count(")")
    else:
        is_own = last not in {'"', "'"} or text.count(last) % 2 == 0
    return text if is_own else text[:-1].rstrip()


def _find_flutter_command(found: re.Match[str]) -> BuildCommand | None:
    target = found["target"]
    platform = _TARGETS.get(target)
    if platform is None and not _IS_VARIABLE.fullmatch(target):
        return None
    return _build_command(Tool.FLUTTER, found, target=target, platform=platform)


def _build_command(
    tool: Tool,
    found: re.Match[str],
    *,
    target: str | None = None,
    platform: Platform | None = None,
) -> BuildCommand:
    groups = found.groupdict()
    return BuildCommand(
        tool=tool,
        text=_normalize(found[0]),
        start=found.start(),
        end=found.end(),
        rest=groups.get("rest") or groups.get("arguments") or "",
        target=target,
        platform=platform,
    )
