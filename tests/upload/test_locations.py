"""Claims about where builds put what ships and its debug files, platform by platform."""

from pathlib import PurePosixPath

import pytest

from sentry_release.model.platform import Platform
from sentry_release.upload.locations import (
    FileRole,
    find_web_folders,
    get_app_folder,
    get_web_path,
    locate,
    may_be_obfuscation_map,
)

ARCHIVE, APP, DEBUG = FileRole.APP_ARCHIVE, FileRole.APP_FILE, FileRole.DEBUG_FILE
XCARCHIVE = "build/ios/archive/Runner.xcarchive"


@pytest.mark.parametrize(
    ("path", "platform", "roles"),
    [
        ("build/app/outputs/flutter-apk/app-release.apk", Platform.ANDROID, {ARCHIVE}),
        (
            "build/app/outputs/flutter-apk/app-arm64-v8a-prod-release.apk",
            Platform.ANDROID,
            {ARCHIVE},
        ),
        ("build/app/outputs/bundle/prodRelease/app-prod-release.aab", Platform.ANDROID, {ARCHIVE}),
        ("build/app/outputs/symbols/app.android-arm64.symbols", Platform.ANDROID, {DEBUG}),
        ("debug-info/app.android-x64.symbols", Platform.ANDROID, {DEBUG}),
        ("app.android-arm.symbols", Platform.ANDROID, {DEBUG}),
        (
            "build/app/intermediates/merged_native_libs/release/mergeReleaseNativeLibs/out/lib/"
            "arm64-v8a/libapp.so",
            Platform.ANDROID,
            {DEBUG},
        ),
        (
            "build/app/outputs/native-debug-symbols/release/native-debug-symbols.zip",
            Platform.ANDROID,
            {FileRole.DEBUG_ARCHIVE},
        ),
        ("build/app/outputs/mapping/release/mapping.txt", Platform.ANDROID, {FileRole.R8_MAPPING}),
        ("build/ios/ipa/shop.ipa", Platform.IOS, {ARCHIVE}),
        ("ios/Runner.ipa", Platform.IOS, {ARCHIVE}),
        ("Shop.ipa", Platform.IOS, {ARCHIVE}),
        ("ios/Runner.app.dSYM.zip", Platform.IOS, {FileRole.DEBUG_ARCHIVE}),
        ("ios/build/Shop prod.app.dSYM.zip", Platform.IOS, {FileRole.DEBUG_ARCHIVE}),
        (f"{XCARCHIVE}/Products/Applications/Runner.app/Runner", Platform.IOS, {APP}),
        ("build/ios/iphoneos/Runner.app/Frameworks/App.framework/App", Platform.IOS, {APP}),
        (
            f"{XCARCHIVE}/dSYMs/Runner.app.dSYM/Contents/Resources/DWARF/Runner",
            Platform.IOS,
            {DEBUG},
        ),
        (
            "build/ios/Release-prod-iphoneos/App.framework.dSYM/Contents/Resources/DWARF/App",
            Platform.IOS,
            {DEBUG},
        ),
        ("ios/build/shop.app.dSYM/Contents/Resources/DWARF/shop", Platform.IOS, {DEBUG}),
        (
            "build/macos/Build/Products/Release/shop.app/Contents/Frameworks/App.framework/"
            "Versions/A/App",
            Platform.MACOS,
            {APP},
        ),
        (
            "build/macos/Build/Products/Release/App.framework.dSYM/Contents/Resources/DWARF/App",
            Platform.MACOS,
            {DEBUG},
        ),
        ("build/windows/x64/runner/Release/data/app.so", Platform.WINDOWS, {APP}),
        ("build/windows/runner/Release/shop.exe", Platform.WINDOWS, {APP, DEBUG}),
        ("build/windows/x64/runner/Release/shop.pdb", Platform.WINDOWS, {APP, DEBUG}),
        ("windows/flutter/ephemeral/flutter_windows.dll.pdb", Platform.WINDOWS, {DEBUG}),
        ("build/symbols/app.windows-x64.symbols", Platform.WINDOWS, {DEBUG}),
        ("build/linux/x64/release/bundle/lib/libapp.so", Platform.LINUX, {APP, DEBUG}),
        ("build/linux/arm64/release/bundle/shop", Platform.LINUX, {APP, DEBUG}),
        ("build/symbols/app.linux-x64.symbols", Platform.LINUX, {DEBUG}),
    ],
)
def test_what_flutter_builds_is_found_where_it_puts_it(
    path: str, platform: Platform, roles: set[FileRole]
) -> None:
    assert {(one.platform, one.role) for one in locate(path)} == {(platform, one) for one in roles}


@pytest.mark.parametrize(
    "path",
    [
        "build/app/outputs/flutter-apk/app-debug.apk",
        "build/app/intermediates/merged_native_libs/debug/out/lib/arm64-v8a/libapp.so",
        "build/linux/x64/debug/bundle/lib/libapp.so",
        "build/windows/x64/runner/Debug/shop.exe",
        "build/macos/Build/Products/Debug/shop.app/Contents/MacOS/shop",
        "build/ios/iphonesimulator/Runner.app/Runner",
        "build/web/index.html",
        "build/web/canvaskit/canvaskit.wasm",
        "lib/main.dart",
        "web/main.dart.js",
    ],
)
def test_builds_for_developers_and_other_files_are_left_alone(path: str) -> None:
    assert locate(path) == ()


def test_an_app_is_the_folder_that_is_installed() -> None:
    path = f"{XCARCHIVE}/Products/Applications/Runner.app/Frameworks/App.framework/App"
    (location,) = locate(path)

    assert get_app_folder(location, path) == f"{XCARCHIVE}/Products/Applications/Runner.app"


@pytest.mark.parametrize(
    ("path", "may_be"),
    [
        ("build/app/obfuscation.map.json", True),
        ("build/symbols/names.json", True),
        ("build/web/assets/AssetManifest.json", False),
        ("build/app/intermediates/flutter/release/flutter_assets/a.json", False),
        ("obfuscation.map.json", False),
    ],
)
def test_an_obfuscation_map_may_have_any_name_below_build(path: str, *, may_be: bool) -> None:
    assert may_be_obfuscation_map(path) is may_be


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("build/web/main.dart.js", "main.dart.js"),
        ("build/web/main.dart.js_1.part.js.map", "main.dart.js_1.part.js.map"),
        ("public/app/main.dart.js", "main.dart.js"),
        ("build/web/index.html", None),
        ("build/website/main.dart.js", None),
        ("web/main.dart.js", None),
    ],
)
def test_scripts_and_maps_of_a_web_build_are_found_in_its_folder(
    path: str, inner: str | None
) -> None:
    assert get_web_path(path, ("build/web", "public/app")) == inner


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("flutter build web --output=public", {"public"}),
        ("flutter build web --source-maps --output build/site --wasm", {"build/site"}),
        ("fvm flutter build web -o public", {"public"}),
        ('flutter build web \\\n  --source-maps \\\n  --output "public/app"', {"public/app"}),
        ("flutter build web --output=apps/shop/public", {"public"}),
        ('flutter build web --output="$OUT"', set()),
        ("flutter build web --output=/srv/${{ github.sha }}", set()),
        ("flutter build web --source-maps && zip -o public build/web", set()),
        ("flutter build web --source-maps\nflutter build linux --output=public", set()),
        ("flutter build web --source-maps", set()),
    ],
)
def test_the_folder_of_a_web_build_is_what_the_command_names(
    command: str, folders: set[str]
) -> None:
    assert find_web_folders([command], PurePosixPath("apps/shop")) == folders
