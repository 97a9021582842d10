"""The build settings of the release build of a Flutter Xcode project."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Literal

from sentry_release.flutter.xcode import plists
from sentry_release.flutter.xcode.build_settings import (
    SettingsLayer,
    decode_xcconfig,
    load_xcconfig,
    parse_conditional_key,
)
from sentry_release.flutter.xcode.plists import PlistSyntaxError
from sentry_release.model.platform import ReadFile, Unknown

ApplePlatform = Literal["ios", "macos"]
_GENERATED = {
    "ios": PurePosixPath("ios/Flutter/Generated.xcconfig"),
    "macos": PurePosixPath("macos/Flutter/ephemeral/Flutter-Generated.xcconfig"),
}
_SDK = {"ios": "iphoneos", "macos": "macosx"}
_SETS_KEY = re.compile(
    r"\bPlistBuddy\b.{0,300}?\bSet[ \t]+:?(?P<buddy>CFBundle\w+)"
    r"|\bplutil\b.{0,100}?-replace[ \t]+(?P<plutil>CFBundle\w+)"
    r"|\bdefaults[ \t]+write\b.{0,300}?\b(?P<defaults>CFBundle\w+)"
    r"|\bagvtool[ \t]+(?P<agvtool>new-version|next-version|bump|new-marketing-version)\b"
)
_BY_AGVTOOL = "CFBundleVersion"
_SCHEME = re.compile(r"[\w .-]{1,100}")


def read_release_settings(
    read: ReadFile, *, platform: ApplePlatform, flavor: str | None, flutter: Mapping[str, str]
) -> tuple[SettingsLayer, ...] | Unknown | None:
    """
    Return the settings of a release build in layers, the highest precedence first.

    The order is: target, the target's .xcconfig, project, the project's .xcconfig, predefined
    settings.

    Args:
        read: Reads files below the app's folder.
        platform: The platform, whose folder is read.
        flavor: The value of `flutter build --flavor`.
        flutter: The settings in the .xcconfig that Flutter generates for every build.

    Returns:
        Unknown if the project cannot be read or the configuration is unclear; None if there is
        no Runner.xcodeproj.

    Source: https://developer.apple.com/documentation/xcode/configuring-the-build-settings-of-a-target
    """
    where = PurePosixPath(platform, "Runner.xcodeproj", "project.pbxproj")
    raw = read(where)
    if raw is None:
        return None
    try:
        project = plists.parse_pbxproj(decode_xcconfig(raw))
        name = _choose_configuration(project.configurations, flavor, read, where.parent)
        if name is None:
            return _build_missing_configuration(project.configurations, flavor, where)
        found = project.build_layers(name)
    except PlistSyntaxError as error:
        return Unknown(
            reason=f"cannot be read: the project {error}",
            location=str(where),
            hint="restore the file, or name the release with the input `release`",
        )
    written = _format_settings(flutter)
    known = {**_build_known_settings(platform, project.target, name), **flutter}
    return (
        *_read_layers(
            found, lambda path: written if path == _GENERATED[platform] else read(path), known
        ),
        SettingsLayer(values=known),
    )


def find_scripted_keys(read: ReadFile, platform: ApplePlatform) -> frozenset[str]:
    """
    Return the keys of the Info.plist that a script of a build phase of the app sets.

    Source: https://developer.apple.com/documentation/xcode/running-custom-scripts-during-a-build
    """
    raw = read(PurePosixPath(platform, "Runner.xcodeproj", "project.pbxproj"))
    text = decode_xcconfig(raw) if raw else ""
    if not _SETS_KEY.search(text):
        return frozenset()
    try:
        scripts = plists.list_build_scripts(text)
    except PlistSyntaxError:
        return frozenset()  # then nothing of the project is known
    return frozenset(
        _get_key(found)
        for script in scripts
        for line in script.splitlines()
        if not line.lstrip().startswith("#")
        for found in _SETS_KEY.finditer(line)
    )


def _get_key(found: re.Match[str]) -> str:
    if found["agvtool"] == "new-marketing-version":
        return "CFBundleShortVersionString"
    return found["buddy"] or found["plutil"] or found["defaults"] or _BY_AGVTOOL


def _choose_configuration(
    names: tuple[str, ...], flavor: str | None, read: ReadFile, project: PurePosixPath
) -> str | None:
    """
    Return the build configuration that `flutter build` uses in release mode.

    A configuration with a different spelling of the flavor's scheme is used if it is the only
    one. Without one, newer versions of Flutter use the plain one; older ones do not build at all.
    All versions require a scheme named after the flavor.

    Source: flutter_tools, lib/src/ios/xcodeproj.dart, buildConfigurationFor
    """
    by_name = {name.lower(): name for name in reversed(names)}
    if not flavor:
        return by_name.get("release")
    if exact := by_name.get(f"release-{flavor.lower()}"):
        return exact
    fitting = [name for low, name in by_name.items() if "release" in low and flavor.lower() in low]
    if fitting:
        return fitting[0] if len(fitting) == 1 else None
    return by_name.get("release") if _has_scheme(flavor, read, project) else None


def _has_scheme(flavor: str, read: ReadFile, project: PurePosixPath) -> bool:
    if not _SCHEME.fullmatch(flavor):
        return False
    spellings = {flavor, flavor[0].upper() + flavor[1:], flavor.lower(), flavor.upper()}
    folder = project / "xcshareddata" / "xcschemes"
    return any(read(folder / f"{name}.xcscheme") is not None for name in sorted(spellings))


def _build_missing_configuration(
    names: tuple[str, ...], flavor: str | None, where: PurePosixPath
) -> Unknown:
    existing = ", ".join(names)[:300] or "none"
    if flavor:
        reason = f"depends on the build configuration, and there is none for flavor {flavor[:80]!r}"
        hint = "set the input `flavor` to one that this platform has"
    else:
        reason = "depends on the build configuration, and none is named Release"
        hint = "set the input `flavor`"
    return Unknown(reason=f"{reason} (existing: {existing})", location=str(where), hint=hint)


def _read_layers(
    found: tuple[plists.Configuration, ...], read: ReadFile, known: Mapping[str, str]
) -> Iterator[SettingsLayer]:
    root = PurePosixPath(known["PROJECT_DIR"])
    situation = {"sdk": f"{known['PLATFORM_NAME']}99", "config": known["CONFIGURATION"]}
    for configuration in found:
        yield SettingsLayer(
            values={
                name: value
                for key, value in configuration.settings.items()
                if (name := parse_conditional_key(key, situation))
            }
        )
        if configuration.base is not None:
            yield load_xcconfig(read, root / configuration.base, root=root, situation=situation)


def _format_settings(settings: Mapping[str, str]) -> bytes:
    return "".join(f"{name}={value}\n" for name, value in settings.items()).encode()


def _build_known_settings(
    platform: ApplePlatform, target: str, configuration: str
) -> dict[str, str]:
    """Return the settings that Xcode predefines, as far as app identifiers use them."""
    return {
        "CONFIGURATION": configuration,
        "PLATFORM_NAME": _SDK[platform],
        "PRODUCT_NAME": target,
        "PROJECT": "Runner",
        "PROJECT_DIR": platform,
        "PROJECT_NAME": "Runner",
        "SOURCE_ROOT": platform,
        "SRCROOT": platform,
        "TARGETNAME": target,
        "TARGET_NAME": target,
    }
