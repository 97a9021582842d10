"""ios and macos folders -> what the app built from them will say of itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.facts.flutter import plist
from sentry_release.facts.flutter.said import Identity, Reader, Unknown
from sentry_release.facts.flutter.settings import Level, UnresolvedError, resolve
from sentry_release.facts.flutter.xcconfig import below
from sentry_release.facts.flutter.xcode import Platform, release_settings

_SEGMENTS = 3
_BUNDLE_ID = re.compile(r"[A-Za-z0-9._-]{1,155}")
_MEND = "set it there, or name the release with the input `release`"
_MEND_FILE = "restore the file, or name the release with the input `release`"


def identity(
    read: Reader,
    *,
    platform: Platform,
    flavor: str | None,
    build_name: str | None,
    build_number: str | None,
) -> Identity | None:
    """
    Say what package_info_plus will read from the release build of an iOS or macOS app.

    Args:
        read: Gives the files below the app's folder.
        platform: The folder to look into.
        flavor: As in `flutter build --flavor`.
        build_name: As in `flutter build`, or the pubspec's version before the `+`.
        build_number: As in `flutter build`, or what stands after the `+`.

    Returns:
        None when the folder has no Runner.xcodeproj.

    Source: package_info_plus, FPPPackageInfoPlusPlugin.m · flutter_tools,
        lib/src/ios/xcode_build_settings.dart · https://developer.apple.com/documentation/bundleresources/information-property-list
    """
    flutter = {
        "FLUTTER_BUILD_NAME": build_name_for_apple(build_name),
        "FLUTTER_BUILD_NUMBER": build_number_for_apple(build_name, build_number),
    }
    if flavor and flavor.isidentifier():
        flutter["FLAVOR"] = flavor
    levels = release_settings(read, platform=platform, flavor=flavor, flutter=flutter)
    if levels is None:
        return None
    info = levels if isinstance(levels, Unknown) else _info(read, platform, levels)
    if isinstance(info, Unknown):
        return Identity(app_id=info, version=info, build=info)
    return Identity(
        app_id=_bundle_id(info.value("CFBundleIdentifier"), info.where),
        version=info.value("CFBundleShortVersionString"),
        build=info.value("CFBundleVersion"),
    )


def build_name_for_apple(build_name: str | None) -> str:
    """
    Clean a version as Flutter does for Apple's platforms, so that 1.2.3-beta.4 is 1.2.3.4.

    Source: flutter_tools, lib/src/build_info.dart, validatedBuildNameForPlatform
    """
    kept = _numbers(build_name)
    if kept is None:
        return "1.0.0"
    return ".".join(kept + ["0"] * (_SEGMENTS - len(kept)))


def build_number_for_apple(build_name: str | None, build_number: str | None) -> str:
    """
    Clean a build number as Flutter does for Apple's platforms; without one it is the version.

    Source: flutter_tools, lib/src/ios/xcode_build_settings.dart, parsedBuildNumber
    """
    for each in (build_number, build_name):
        if (kept := _numbers(each)) is not None:
            return ".".join(kept) or "0"
    return "1"


def _numbers(text: str | None) -> list[str] | None:
    """The numbers between the dots; None where there is neither a digit nor a dot."""
    kept = re.sub(r"[^0-9.]", "", text or "")
    return [segment for segment in kept.split(".") if segment] if kept else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Info:
    """An Info.plist; `made` says whether Xcode adds the keys that it lacks."""

    keys: Mapping[str, object]
    levels: tuple[Level, ...]
    where: str
    made: bool

    def value(self, key: str) -> str | Unknown | None:
        """What the built app will have for a key; None when it will have nothing."""
        said = self.keys.get(key, f"$({_MADE_FROM[key]})" if self.made else "")
        if not isinstance(said, str):
            return Unknown(why=f"is no text in {key}", where=self.where, mend=_MEND)
        try:
            return resolve(said, self.levels) or None
        except UnresolvedError as error:
            return Unknown(why=str(error), where=f"{self.where}, {key}", mend=_MEND)


_MADE_FROM = {
    "CFBundleIdentifier": "PRODUCT_BUNDLE_IDENTIFIER",
    "CFBundleShortVersionString": "MARKETING_VERSION",
    "CFBundleVersion": "CURRENT_PROJECT_VERSION",
}


def _info(read: Reader, platform: Platform, levels: tuple[Level, ...]) -> _Info | Unknown:
    """Read the Info.plist that the settings name; where they name none, the one of Flutter."""
    usual = f"{platform}/Runner/Info.plist"
    try:
        named = resolve("$(INFOPLIST_FILE:default=)", levels)
    except UnresolvedError as error:
        why = f"stands in an Info.plist whose path {error}"
        return Unknown(why=why, where=f"{platform}/Runner.xcodeproj", mend=_MEND)
    made = _is_on("GENERATE_INFOPLIST_FILE", levels)
    path = below(_at(platform, named or usual))
    raw = read(path) if path else None
    if raw is None and made and not named:
        return _Info(keys={}, levels=levels, where=f"{platform}/Runner.xcodeproj", made=True)
    if raw is None:
        why = "stands in an Info.plist that is not there"
        return Unknown(why=why, where=(named or usual)[:300], mend=_MEND_FILE)
    keys = None if _is_on("INFOPLIST_PREPROCESS", levels) else plist.parse(raw)
    if keys is None:
        why = "stands in an Info.plist that cannot be read as one"
        return Unknown(why=why, where=str(path), mend=_MEND_FILE)
    return _Info(keys=keys, levels=levels, where=str(path), made=made)


def _is_on(setting: str, levels: tuple[Level, ...]) -> bool:
    try:
        return resolve(f"$({setting}:default=NO)", levels) == "YES"
    except UnresolvedError:
        return False


def _at(platform: Platform, named: str) -> PurePosixPath:
    """A path of Xcode is taken from the folder of the project, which $(SRCROOT) names as well."""
    path = PurePosixPath(named)
    return path if path.parts[:1] == (platform,) else platform / path


def _bundle_id(value: str | Unknown | None, where: str) -> str | Unknown:
    if isinstance(value, Unknown):
        return value
    if value is None:
        return Unknown(why="is empty", where=where, mend=_MEND)
    if not _BUNDLE_ID.fullmatch(value):
        return Unknown(why=f"would be {value[:80]!r}, which is none", where=where, mend=_MEND)
    return value
