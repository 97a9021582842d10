"""The identity of an app on a platform, from the files of that platform only."""

from collections.abc import Callable
from pathlib import PurePosixPath

from sentry_release.flutter.app_version import AppVersion
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.platform import Identity, Platform, ReadFile, Unknown


def list_platforms(has_folder: Callable[[PurePosixPath], bool]) -> tuple[Platform, ...]:
    """Return the platforms for which the project has a folder."""
    return tuple(one for one in Platform if has_folder(PurePosixPath(one.value)))


def read_identity(
    platform: Platform, read: ReadFile, pubspec: Pubspec, version: AppVersion, *, flavor: str | None
) -> Identity:
    """
    Return what package_info_plus reads from the app on this platform.

    Args:
        platform: The platform; only its files are read.
        read: Reads files below the app's folder.
        pubspec: The app's pubspec.
        version: The version and the flags that override it.
        flavor: The value of `flutter build --flavor`; the pubspec's `default-flavor` if None.
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
            from sentry_release.flutter import android

            return android.read_android_identity(
                read, flavor=flavor, build_name=version.name, build_number=version.number
            )
        case Platform.IOS | Platform.MACOS:
            from sentry_release.flutter import apple

            return apple.read_apple_identity(
                read,
                platform="ios" if platform is Platform.IOS else "macos",
                flavor=flavor,
                build_name=version.name,
                build_number=version.number,
            )
        case Platform.WINDOWS:
            from sentry_release.flutter import windows

            return windows.read_windows_identity(read, version)
        case Platform.LINUX:
            return _build_linux_identity(pubspec, version)
        case Platform.WEB:
            return Identity(app_id=pubspec.name, version=version.name, build=version.number)


def _build_linux_identity(pubspec: Pubspec, version: AppVersion) -> Identity:
    """
    Linux reads version.json, which contains the flags only since 2026.

    Source: https://github.com/flutter/flutter/pull/190130
    """
    if not version.is_of_pubspec:
        unknown = Unknown(
            reason="is unknown, because Flutter before 3.47 ignores the flags for it",
            location="version.json",
            hint="write the version to pubspec.yaml, or set the input `release`",
        )
        return Identity(app_id=pubspec.name, version=unknown, build=unknown)
    return Identity(app_id=pubspec.name, version=version.name, build=version.number)


def _build_absent_identity(platform: Platform) -> Identity:
    unknown = Unknown(
        reason=f"cannot be read, because there is no {platform.value} app",
        location=f"{platform.value}/",
        hint="set another `platform`",
    )
    return Identity(app_id=unknown, version=unknown, build=unknown)
