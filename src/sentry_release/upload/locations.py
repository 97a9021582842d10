"""Where the builds of Flutter put what ships and what explains it, by platform."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from sentry_release.model.platform import Platform
from sentry_release.upload.app_images import AppLayout

SKIPPED_FOLDERS = frozenset({".git", ".dart_tool", ".pub-cache", "node_modules", "Pods", ".gradle"})
_APPLE_APP = r"(?:[^/]+/)*[^/]+\.app)/.+"
_DSYM = r"(?:.*/)?[^/]+\.dSYM/Contents/Resources/DWARF/[^/]+"
_WINDOWS = r"build/windows/(?:[^/]+/)?runner/Release"
_LINUX = r"build/linux/[^/]+/release/bundle"
_OBFUSCATION_MAP = re.compile(
    r"build/(?!web/)(?!.*(?:flutter_assets|intermediates|native_assets)/).*\.json"
)
_NAMED_MAP = re.compile(r"--save-obfuscation-map=([\w./-]+)(?![\w./$-])")
# Source: flutter_tools, lib/src/commands/build_web.dart
_WEB_OUTPUT = re.compile(
    r"\bbuild[ \t]+web\b(?:(?!\bbuild[ \t]+web\b)(?:\\\r?\n|[^;&|\n])){0,1000}?"
    r"[ \t](?:--output(?:=|[ \t]+)|-o[ \t=]*)"
    r"[\"']?(?P<path>[\w./-]+)(?![\w./$-])"
)
WEB_FOLDER = "build/web"
"""The folder of a web build that names no other one."""
LAYOUTS = {
    Platform.ANDROID: AppLayout.ANDROID,
    Platform.IOS: AppLayout.APPLE,
    Platform.MACOS: AppLayout.APPLE,
    Platform.WINDOWS: AppLayout.DESKTOP,
    Platform.LINUX: AppLayout.DESKTOP,
}


class FileRole(StrEnum):
    """What a file of a build is for an upload."""

    APP_ARCHIVE = "app archive"
    """An app as one file: APK, AAB or IPA."""
    APP_FILE = "app file"
    """A file of an app that is a folder; the group `app` of its pattern is that folder."""
    DEBUG_FILE = "debug file"
    DEBUG_ARCHIVE = "debug archive"
    """A zip archive of debug files."""
    OBFUSCATION_MAP = "obfuscation map"
    R8_MAPPING = "R8 mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place of files: for which platform, in which role, and which paths it holds."""

    platform: Platform
    role: FileRole
    pattern: re.Pattern[str]


def _build_location(platform: Platform, role: FileRole, pattern: str) -> Location:
    return Location(platform=platform, role=role, pattern=re.compile(pattern))


LOCATIONS = (
    _build_location(
        Platform.ANDROID,
        FileRole.APP_ARCHIVE,
        r"build/app/outputs/(?:.+/)?(?!.*-debug)[^/]+\.(?:apk|aab)",
    ),
    _build_location(Platform.ANDROID, FileRole.DEBUG_FILE, r"(?:.*/)?app\.android-[^/]+\.symbols"),
    _build_location(
        Platform.ANDROID,
        FileRole.DEBUG_FILE,
        r"build/app/intermediates/merged_native_libs/(?!debug/)[^/]+/.*/lib/[^/]+/[^/]+\.so",
    ),
    _build_location(
        Platform.ANDROID,
        FileRole.DEBUG_ARCHIVE,
        r"build/app/outputs/native-debug-symbols/(?:.+/)?[^/]+\.zip",
    ),
    _build_location(
        Platform.ANDROID, FileRole.R8_MAPPING, r"build/app/outputs/mapping/[^/]+/mapping\.txt"
    ),
    # fastlane's build_app puts both into the folder of its Fastfile, or where its options say.
    _build_location(Platform.IOS, FileRole.APP_ARCHIVE, r"(?:.+/)?[^/]+\.ipa"),
    _build_location(Platform.IOS, FileRole.DEBUG_ARCHIVE, r"(?:.+/)?[^/]+\.dSYM\.zip"),
    _build_location(
        Platform.IOS,
        FileRole.APP_FILE,
        r"(?P<app>build/ios/(?:archive/[^/]+\.xcarchive/Products/|iphoneos/)" + _APPLE_APP,
    ),
    _build_location(Platform.IOS, FileRole.DEBUG_FILE, r"(?:build/ios|ios/build)/" + _DSYM),
    _build_location(
        Platform.IOS, FileRole.DEBUG_FILE, r"(?:.*/)?app\.(?:ios|darwin)-[^/]+\.symbols"
    ),
    _build_location(
        Platform.MACOS,
        FileRole.APP_FILE,
        r"(?P<app>build/macos/Build/Products/Release[^/]*/" + _APPLE_APP,
    ),
    _build_location(Platform.MACOS, FileRole.DEBUG_FILE, r"build/macos/" + _DSYM),
    _build_location(Platform.WINDOWS, FileRole.APP_FILE, rf"(?P<app>{_WINDOWS})/.+"),
    _build_location(Platform.WINDOWS, FileRole.DEBUG_FILE, rf"{_WINDOWS}/.+\.(?:pdb|exe|dll)"),
    _build_location(
        Platform.WINDOWS,
        FileRole.DEBUG_FILE,
        r"windows/flutter/ephemeral/flutter_windows\.dll\.pdb",
    ),
    _build_location(Platform.WINDOWS, FileRole.DEBUG_FILE, r"(?:.*/)?app\.windows-[^/]+\.symbols"),
    _build_location(Platform.LINUX, FileRole.APP_FILE, rf"(?P<app>{_LINUX})/.+"),
    _build_location(Platform.LINUX, FileRole.DEBUG_FILE, rf"{_LINUX}/(?:lib/)?[^/]+"),
    _build_location(Platform.LINUX, FileRole.DEBUG_FILE, r"(?:.*/)?app\.linux-[^/]+\.symbols"),
)


def locate(path: str) -> tuple[Location, ...]:
    """Return the places that a path belongs to; it is relative to the app's folder, with `/`."""
    return tuple(one for one in LOCATIONS if one.pattern.fullmatch(path))


def may_be_obfuscation_map(path: str) -> bool:
    """Return whether a path can be that of an obfuscation map, whose name the user chooses."""
    return _OBFUSCATION_MAP.fullmatch(path) is not None


def find_named_maps(texts: Iterable[str], directory: PurePosixPath) -> frozenset[str]:
    """
    Return the obfuscation maps that build commands write, relative to the app's folder.

    >>> sorted(find_named_maps(["--save-obfuscation-map=apps/shop/a.json"], PurePosixPath("apps/shop")))
    ['a.json']

    Args:
        texts: Workflows; a path with a variable in it is unknown.
        directory: The app's folder; a command may run there or at the root of the repository.
    """
    return _list_named(_NAMED_MAP, texts, directory)


def find_web_folders(texts: Iterable[str], directory: PurePosixPath) -> frozenset[str]:
    """
    Return the folders that `flutter build web --output` names, relative to the app's folder.

    >>> sorted(find_web_folders(["flutter build web --wasm -o public"], PurePosixPath("apps/shop")))
    ['public']

    Args:
        texts: Workflows; a path with a variable in it is unknown.
        directory: The app's folder.
    """
    return _list_named(_WEB_OUTPUT, texts, directory)


def _list_named(
    pattern: re.Pattern[str], texts: Iterable[str], directory: PurePosixPath
) -> frozenset[str]:
    paths = (PurePosixPath(found[1]) for text in texts for found in pattern.finditer(text))
    return frozenset(
        str(path.relative_to(directory) if path.is_relative_to(directory) else path)
        for path in paths
    )


def get_web_path(path: str, folders: Iterable[str]) -> str | None:
    """Return the path of a script or a source map below the folder of a web build, if it is one."""
    if not path.endswith((".js", ".js.map")):
        return None
    inner = (path.removeprefix(f"{one}/") for one in folders if path.startswith(f"{one}/"))
    return next(inner, None)


def get_app_folder(location: Location, path: str) -> str:
    """Return the folder of the app that a file is part of."""
    found = location.pattern.fullmatch(path)
    return found["app"] if found else ""
