"""A platform's name -> what the app will report there, by the files of that platform alone."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePosixPath

from sentry_release.flutter.app_version import AppVersion
from sentry_release.flutter.identity import Identity, ReadFile, Unknown
from sentry_release.flutter.pubspec import Pubspec


class Platform(StrEnum):
    """Where Flutter builds to; each is the name of its folder."""

    ANDROID = "android"
    IOS = "ios"
    MACOS = "macos"
    WINDOWS = "windows"
    LINUX = "linux"
    WEB = "web"


def list_platforms(has_folder: Callable[[PurePosixPath], bool]) -> tuple[Platform, ...]:
    """The platforms that the project has a folder for."""
    return tuple(one for one in Platform if has_folder(PurePosixPath(one.value)))


def read_identity(
    platform: Platform, read: ReadFile, pubspec: Pubspec, version: AppVersion, *, flavor: str | None
) -> Identity:
    """
    What package_info_plus will read from the app on this platform.

    Args:
        platform: Which one; only its files are read.
        read: Gives the files below the app's folder.
        pubspec: The app's own.
        version: The version, and the flags that override it.
        flavor: As in `flutter build --flavor`; the pubspec's `default-flavor` when None.
    """
    flavor = flavor or pubspec.default_flavor
    return _find_identity(platform, read, pubspec, version, flavor) or _build_absent_identity(
        platform
    )


def _find_identity(
    platform: Platform, read: ReadFile, pubspec: Pubspec, version: AppVersion, flavor: str | None
) -> Identity | None:
    match platform:
        case Platform.ANDROID:
            from sentry_release.flutter import android  # noqa: PLC0415 - read when asked for

            return android.read_android_identity(
                read, flavor=flavor, build_name=version.name, build_number=version.number
            )
        case Platform.IOS | Platform.MACOS:
            from sentry_release.flutter import apple  # noqa: PLC0415 - read when asked for

            return apple.read_apple_identity(
                read,
                platform="ios" if platform is Platform.IOS else "macos",
                flavor=flavor,
                build_name=version.name,
                build_number=version.number,
            )
        case Platform.WINDOWS:
            from sentry_release.flutter import windows  # noqa: PLC0415 - read when asked for

            return windows.read_windows_identity(read, version)
        case Platform.LINUX:
            return _build_linux_identity(pubspec, version)
        case Platform.WEB:
            return Identity(app_id=pubspec.name, version=version.name, build=version.number)


def _build_linux_identity(pubspec: Pubspec, version: AppVersion) -> Identity:
    """
    Linux reads version.json, which took the flags over only in 2026.

    Source: https://github.com/flutter/flutter/pull/190130
    """
    if not version.is_of_pubspec:
        unknown = Unknown(
            reason="cannot be known, since Flutter before 3.47 ignores its flags for it",
            location="version.json",
            hint="write the version to pubspec.yaml, or name the release with the input `release`",
        )
        return Identity(app_id=pubspec.name, version=unknown, build=unknown)
    return Identity(app_id=pubspec.name, version=version.name, build=version.number)


def _build_absent_identity(platform: Platform) -> Identity:
    unknown = Unknown(
        reason=f"cannot be read, since there is no {platform.value} app",
        location=f"{platform.value}/",
        hint="give another `platform`",
    )
    return Identity(app_id=unknown, version=unknown, build=unknown)
