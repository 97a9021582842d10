"""The identity of an app on a platform, from that platform's files only; Windows' are read here."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from sentry_release.flutter.app_version import AppVersion
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.platform import Identity, Platform, ReadFile, Unknown

WINDOWS_RESOURCES = PurePosixPath("windows/runner/Runner.rc")
_MAX_RESOURCES = 1_000_000  # bytes
_FLUTTER_VERSION = "FLUTTER_VERSION"
_KNOWN_NAMES = re.compile(r'(?P<text>"(?:[^"\n]|"")*")|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_RESOURCE = re.compile(
    r'\bVALUE\s+"(?P<key>InternalName|ProductVersion)"\s*,\s*(?P<value>[^\r\n]+)'
)
_DEFINE = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)[ \t]+(?P<value>[^\r\n]+)", re.MULTILINE
)
_RESOURCE_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_RESOURCE_WORD = re.compile(r"#?\s*(\w+)")


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
            return read_windows_identity(read, version)
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


def read_windows_identity(read: ReadFile, version: AppVersion) -> Identity | None:
    """
    Return the identity in the version resource; None if there is no Windows app.

    The template since Flutter 3.3 uses FLUTTER_VERSION; an older one stays at 1.0.0, regardless
    of the pubspec.
    Source: flutter_tools, templates/app/windows.tmpl/runner/Runner.rc.tmpl;
    package_info_plus, lib/src/package_info_plus_windows.dart
    """
    content = read(WINDOWS_RESOURCES)
    if content is None:
        return None
    text = _KNOWN_NAMES.sub(
        lambda found: found["text"] or " ", _decode_rc(content[:_MAX_RESOURCES])
    )
    values: dict[str, str] = {}
    for found in _RESOURCE.finditer(text):
        values.setdefault(found["key"], found["value"])
    name, number = _read_product_version(values.get("ProductVersion", ""), text, version)
    return Identity(
        app_id=_parse_literal(values.get("InternalName", "")) or _build_unknown("InternalName"),
        version=name,
        build=number,
    )


def _read_product_version(
    value: str, text: str, version: AppVersion
) -> tuple[str | Unknown | None, str | Unknown | None]:
    """Return the literal value, or the value that the macro is defined as."""
    word = _RESOURCE_WORD.match(value)
    values = [value]
    if word is not None and word[1] != _FLUTTER_VERSION:
        values = [found["value"] for found in _DEFINE.finditer(text) if found["name"] == word[1]]
    if any(re.search(rf"\b{_FLUTTER_VERSION}\b", one) for one in values if not one.startswith('"')):
        return version.windows_version
    literals = {found for one in values if (found := _parse_literal(one)) is not None}
    if len(literals) != 1:
        unknown = _build_unknown("ProductVersion")
        return unknown, unknown
    name, _, number = literals.pop().partition("+")
    return name or None, number or None


def _parse_literal(value: str) -> str | None:
    """Return the string at the start of a value, without its final null character."""
    found = _RESOURCE_TEXT.match(value.strip())
    return found[1].replace('""', '"').replace("\\0", "") if found else None


def _build_unknown(key: str) -> Unknown:
    return Unknown(
        reason=f"cannot be read, because {key} is not a string",
        location=str(WINDOWS_RESOURCES),
        hint="name the release with the input `release`",
    )


def _decode_rc(content: bytes) -> str:
    """Decode what Visual Studio writes: UTF-16 with a byte order mark, UTF-8 or Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
