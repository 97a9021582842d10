"""The identity of an iOS or macOS app, from its Xcode project and Info.plist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sentry_release.flutter.xcode import plists
from sentry_release.flutter.xcode.build_settings import (
    SettingsLayer,
    UnresolvedError,
    expand_variables,
)
from sentry_release.flutter.xcode.xcode_project import (
    ApplePlatform,
    find_scripted_keys,
    read_release_settings,
)
from sentry_release.model.platform import Identity, ReadFile, Unknown, resolve_below_root

_SEGMENTS = 3
_BUNDLE_ID = re.compile(r"[A-Za-z0-9._-]{1,155}")
_HINT = "set it there, or name the release with the input `release`"
_HINT_SCRIPT = "name the release with the input `release`, or read it from the built app"
_HINT_FILE = "restore the file, or name the release with the input `release`"
_MADE_FROM = {
    "CFBundleIdentifier": "PRODUCT_BUNDLE_IDENTIFIER",
    "CFBundleShortVersionString": "MARKETING_VERSION",
    "CFBundleVersion": "CURRENT_PROJECT_VERSION",
}


def read_apple_identity(
    read: ReadFile,
    *,
    platform: ApplePlatform,
    flavor: str | None,
    build_name: str | None,
    build_number: str | None,
) -> Identity | None:
    """
    Return what package_info_plus reads from the release build of an iOS or macOS app.

    Args:
        read: Reads files below the app's folder.
        platform: The platform, whose folder is read.
        flavor: The value of `flutter build --flavor`.
        build_name: The value of `--build-name`, or the pubspec's version before the `+`.
        build_number: The value of `--build-number`, or the pubspec's version after the `+`.

    Returns:
        None when the folder has no Runner.xcodeproj.

    Source: package_info_plus, FPPPackageInfoPlusPlugin.m · flutter_tools,
        lib/src/ios/xcode_build_settings.dart · https://developer.apple.com/documentation/bundleresources/information-property-list
    """
    flutter = {
        "FLUTTER_BUILD_NAME": clean_build_name(build_name),
        "FLUTTER_BUILD_NUMBER": clean_build_number(build_name, build_number),
    }
    if flavor and flavor.isidentifier():
        flutter["FLAVOR"] = flavor
    levels = read_release_settings(read, platform=platform, flavor=flavor, flutter=flutter)
    if levels is None:
        return None
    info = levels if isinstance(levels, Unknown) else _read_info_plist(read, platform, levels)
    if isinstance(info, Unknown):
        return Identity(app_id=info, version=info, build=info)
    info = replace(info, scripted=find_scripted_keys(read, platform))
    return Identity(
        app_id=_check_bundle_id(info.get_value("CFBundleIdentifier"), info.location),
        version=info.get_value("CFBundleShortVersionString"),
        build=info.get_value("CFBundleVersion"),
    )


def clean_build_name(build_name: str | None) -> str:
    """
    Return the version as Flutter cleans it for Apple's platforms: 1.2.3-beta.4 becomes 1.2.3.4.

    Source: flutter_tools, lib/src/build_info.dart, validatedBuildNameForPlatform
    """
    kept = _parse_numbers(build_name)
    if kept is None:
        return "1.0.0"
    return ".".join(kept + ["0"] * (_SEGMENTS - len(kept)))


def clean_build_number(build_name: str | None, build_number: str | None) -> str:
    """
    Return the build number as Flutter cleans it for Apple's platforms; the version without one.

    Source: flutter_tools, lib/src/ios/xcode_build_settings.dart, parsedBuildNumber
    """
    for each in (build_number, build_name):
        if (kept := _parse_numbers(each)) is not None:
            return ".".join(kept) or "0"
    return "1"


def _parse_numbers(text: str | None) -> list[str] | None:
    """Return the numbers between the dots; None if there is neither a digit nor a dot."""
    kept = re.sub(r"[^0-9.]", "", text or "")
    return [segment for segment in kept.split(".") if segment] if kept else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Info:
    """
    An Info.plist.

    `is_generated` is whether Xcode adds missing keys; `scripted` are keys that a script of the
    build sets.
    """

    keys: Mapping[str, object]
    levels: tuple[SettingsLayer, ...]
    location: str
    is_generated: bool
    scripted: frozenset[str] = frozenset()

    def get_value(self, key: str) -> str | Unknown | None:
        """Return the value of a key in the built app; None if it has none."""
        if key in self.scripted:
            return Unknown(
                reason=f"is set by a script of the build ({key})",
                location=f"{self.location.partition('/')[0]}/Runner.xcodeproj, Build Phases",
                hint=_HINT_SCRIPT,
            )
        value = self.keys.get(key, f"$({_MADE_FROM[key]})" if self.is_generated else "")
        if not isinstance(value, str):
            return Unknown(reason=f"is not a string in {key}", location=self.location, hint=_HINT)
        try:
            return expand_variables(value, self.levels) or None
        except UnresolvedError as error:
            return Unknown(reason=str(error), location=f"{self.location}, {key}", hint=_HINT)


def _read_info_plist(
    read: ReadFile, platform: ApplePlatform, levels: tuple[SettingsLayer, ...]
) -> _Info | Unknown:
    """Read the Info.plist that the settings name, or Flutter's default one."""
    usual = f"{platform}/Runner/Info.plist"
    try:
        named = expand_variables("$(INFOPLIST_FILE:default=)", levels)
    except UnresolvedError as error:
        reason = f"is in an Info.plist whose path {error}"
        return Unknown(reason=reason, location=f"{platform}/Runner.xcodeproj", hint=_HINT)
    is_generated = _is_enabled("GENERATE_INFOPLIST_FILE", levels)
    path = resolve_below_root(_resolve_path(platform, named or usual))
    raw = read(path) if path else None
    if raw is None and is_generated and not named:
        return _Info(
            keys={}, levels=levels, location=f"{platform}/Runner.xcodeproj", is_generated=True
        )
    if raw is None:
        reason = "is in an Info.plist that does not exist"
        return Unknown(reason=reason, location=(named or usual)[:300], hint=_HINT_FILE)
    keys = None if _is_enabled("INFOPLIST_PREPROCESS", levels) else plists.parse_plist(raw)
    if keys is None:
        reason = "is in an Info.plist that is not valid"
        return Unknown(reason=reason, location=str(path), hint=_HINT_FILE)
    return _Info(keys=keys, levels=levels, location=str(path), is_generated=is_generated)


def _is_enabled(setting: str, levels: tuple[SettingsLayer, ...]) -> bool:
    try:
        return expand_variables(f"$({setting}:default=NO)", levels) == "YES"
    except UnresolvedError:
        return False


def _resolve_path(platform: ApplePlatform, named: str) -> PurePosixPath:
    """Resolve a path in Xcode, relative to the folder of the project, which is also $(SRCROOT)."""
    path = PurePosixPath(named)
    return path if path.parts[:1] == (platform,) else platform / path


def _check_bundle_id(value: str | Unknown | None, where: str) -> str | Unknown:
    if isinstance(value, Unknown):
        return value
    if value is None:
        return Unknown(reason="is empty", location=where, hint=_HINT)
    if not _BUNDLE_ID.fullmatch(value):
        return Unknown(
            reason=f"would be {value[:80]!r}, which is not valid", location=where, hint=_HINT
        )
    return value
