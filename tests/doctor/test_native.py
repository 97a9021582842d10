"""Claims about what the platforms report: FD17, FD18, FD28, and the versions of FD25 to FD27."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from doctor_app import PUBSPEC, app, app_facts, found, output
from sentry_release.doctor.app import App, BuildStep, Command
from sentry_release.flutter.pubspec import ResolvedVersion
from sentry_release.model.platform import Identity, Platform, Unknown

FROZEN = Path(__file__).parents[1] / "fixtures/doctor/app-xcconfig-frozen"
PROJECT = (FROZEN / "ios/Runner.xcodeproj/project.pbxproj").read_text()
MAIN = {"lib/main.dart": app("options.dsn = '';")}
OLD = ResolvedVersion(version="8.14.2", exact=True)


def native(
    platform: Platform,
    files: Mapping[str, str],
    *,
    sdk: ResolvedVersion = OLD,
    commands: tuple[str, ...] = (),
    main: Mapping[str, str] = MAIN,
) -> App:
    return app_facts({**main, **files}, platforms=[platform], sdk=sdk, commands=commands)


# --- FD17, FD18: an SDK that starts its native part too early ---


@pytest.mark.parametrize("platform", [Platform.WINDOWS, Platform.LINUX])
def test_an_old_sdk_starts_without_a_release_on_the_desktop(platform: Platform) -> None:
    quoted = PUBSPEC.replace("sentry_flutter:", "'sentry_flutter':")

    assert output(native(platform, {}), "FD17", "FD18") == ["FD17 warning pubspec.yaml:6"]
    assert output(native(platform, {"pubspec.yaml": quoted}), "FD17", "FD18") == [
        "FD17 warning pubspec.yaml:1"
    ]


@pytest.mark.parametrize("platform", [Platform.ANDROID, Platform.IOS])
def test_an_old_sdk_starts_without_a_dist_on_phones(platform: Platform) -> None:
    assert output(native(platform, {}), "FD17", "FD18") == ["FD18 warning pubspec.yaml:6"]


@pytest.mark.parametrize("platform", [Platform.MACOS, Platform.WEB])
def test_other_platforms_do_not_mind_an_old_sdk(platform: Platform) -> None:
    assert output(native(platform, {}), "FD17", "FD18") == []


@pytest.mark.parametrize(
    ("version", "desktop", "mobile"),
    [("9.0.0-alpha.1", True, True), ("9.0.0-alpha.2", True, False), ("9.0.0", False, False)],
)
def test_the_version_decides_whether_it_starts_too_early(
    version: str, *, desktop: bool, mobile: bool
) -> None:
    sdk = ResolvedVersion(version=version, exact=True)

    assert bool(output(native(Platform.LINUX, {}, sdk=sdk), "FD17")) is desktop
    assert bool(output(native(Platform.ANDROID, {}, sdk=sdk), "FD18")) is mobile


def test_a_version_that_is_only_the_lowest_allowed_is_not_blamed() -> None:
    lowest = ResolvedVersion(version="8.0.0", exact=False)

    assert output(native(Platform.ANDROID, {}, sdk=lowest), "FD18") == []


@pytest.mark.parametrize(
    "commands",
    [
        ("flutter build linux --dart-define=SENTRY_RELEASE=a@1",),
        ("flutter build linux --dart-define-from-file=.sentry-release/a.json",),
        ("flutter build linux $ARGUMENTS",),
    ],
)
def test_a_release_that_a_build_names_or_may_name_is_enough(commands: tuple[str, ...]) -> None:
    assert output(native(Platform.LINUX, {}, commands=commands), "FD17") == []


def test_a_build_for_another_platform_names_nothing_for_this_one() -> None:
    commands = ("flutter build linux", "flutter build web --dart-define=SENTRY_RELEASE=a@1")

    assert output(native(Platform.LINUX, {}, commands=commands), "FD17") == [
        "FD17 warning pubspec.yaml:6"
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"lib/main.dart": app("options.release = await Build.name();")},
        {"lib/main.dart": app("a;"), "lib/b.dart": "f(SentryFlutterOptions o) => o.release = a;"},
        {"lib/main.dart": "import 'package:reporting/reporting.dart';\nvoid main() => start();\n"},
    ],
)
def test_a_release_that_code_names_or_may_name_is_enough(files: Mapping[str, str]) -> None:
    assert output(native(Platform.LINUX, {}, main=files), "FD17") == []


# --- FD28: names that differ by platform ---


def differ(**ids: str | Unknown) -> list[str]:
    identities = {
        Platform(name): Identity(app_id=one, version="1.4.0", build="27")
        for name, one in ids.items()
    }
    return [one.message for one in found(app_facts(MAIN, identities=identities), "FD28")]


def test_the_default_names_of_all_platforms_are_reported_if_they_differ() -> None:
    (message,) = differ(android="com.acme.shop", ios="com.acme.Shop", web="shop")

    assert message == (
        "The SDK's default releases are android 'com.acme.shop@1.4.0+27', "
        "ios 'com.acme.Shop@1.4.0+27', web 'shop@1.4.0+27'."
    )


def test_the_names_are_reported_at_the_name_of_the_package() -> None:
    identities = {
        platform: Identity(app_id=platform.value, version="1.4.0", build="27")
        for platform in (Platform.ANDROID, Platform.IOS)
    }
    commented = {**MAIN, "pubspec.yaml": f"# The shop.\n{PUBSPEC}"}

    quoted = {**MAIN, "pubspec.yaml": f"# The shop.\n{PUBSPEC}".replace("name:", "'name':")}

    assert output(app_facts(quoted, identities=identities), "FD28") == ["FD28 info pubspec.yaml:1"]
    assert output(app_facts(MAIN, identities=identities), "FD28") == ["FD28 info pubspec.yaml:1"]
    assert output(app_facts(commented, identities=identities), "FD28") == [
        "FD28 info pubspec.yaml:2"
    ]


def test_a_single_name_and_unknown_names_are_ignored() -> None:
    unknown = Unknown(reason="is computed", location="a", hint="b")

    assert differ(android="a", ios="a") == []
    assert differ(android="a") == []
    assert differ(android="a", ios=unknown) == []
    assert differ() == []


# --- FD25: Info.plist ---


def plist(short: str, number: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n'
        f"<key>CFBundleShortVersionString</key>\n<string>{short}</string>\n"
        f"<key>CFBundleVersion</key>\n<string>{number}</string>\n</dict>\n</plist>\n"
    )


def apple(
    short: str, number: str, *, settings: str = "", commands: tuple[str, ...] = ()
) -> list[str]:
    files = {
        "ios/Runner/Info.plist": plist(short, number),
        "ios/Runner.xcodeproj/project.pbxproj": PROJECT,
        "ios/Flutter/Release.xcconfig": settings,
    }
    lines = output(native(Platform.IOS, files, commands=commands), "FD25")
    return [line.removeprefix("FD25 warning ") for line in lines]


NAME, NUMBER = "$(FLUTTER_BUILD_NAME)", "$(FLUTTER_BUILD_NUMBER)"
MARKETING, CURRENT = "$(MARKETING_VERSION)", "$(CURRENT_PROJECT_VERSION)"


@pytest.mark.parametrize(
    ("short", "number", "settings", "outputs"),
    [
        (NAME, NUMBER, "", []),
        ("${FLUTTER_BUILD_NAME}", NUMBER, "", []),
        (f"{NAME}.1", NUMBER, "", []),
        (MARKETING, CURRENT, f"MARKETING_VERSION={NAME}\nCURRENT_PROJECT_VERSION={NUMBER}\n", []),
        ("1.0", NUMBER, "", ["ios/Runner/Info.plist:4"]),
        (NAME, "1", "", ["ios/Runner/Info.plist:6"]),
        ("1.0", "1", "", ["ios/Runner/Info.plist:4", "ios/Runner/Info.plist:6"]),
        (MARKETING, NUMBER, "MARKETING_VERSION = 2.3.0\n", ["ios/Runner/Info.plist:4"]),
    ],
)
def test_a_half_of_the_version_that_flutter_does_not_give_is_reported_where_it_stands(
    short: str, number: str, settings: str, outputs: list[str]
) -> None:
    assert apple(short, number, settings=settings) == outputs


def test_a_version_whose_line_is_not_found_is_reported_at_the_start_of_its_file() -> None:
    text = plist("1.0", NUMBER).replace("<key>CFBundleShort", "<key >CFBundleShort")
    files = {
        "ios/Runner/Info.plist": text,
        "ios/Runner.xcodeproj/project.pbxproj": PROJECT,
        "ios/Flutter/Release.xcconfig": "",
    }

    assert output(native(Platform.IOS, files), "FD25") == ["FD25 warning ios/Runner/Info.plist:1"]


@pytest.mark.parametrize(
    ("command", "remaining"),
    [
        ("increment_version_number(version_number: tag)", ["ios/Runner/Info.plist:6"]),
        ("increment_build_number(build_number: 7)", ["ios/Runner/Info.plist:4"]),
        ("cd ios && agvtool new-marketing-version $1", ["ios/Runner/Info.plist:6"]),
        ("cd ios && agvtool next-version -all", ["ios/Runner/Info.plist:4"]),
        ("PlistBuddy -c 'Set :CFBundleVersion 7' a.plist", ["ios/Runner/Info.plist:4"]),
        ("xcodebuild archive MARKETING_VERSION=$1", ["ios/Runner/Info.plist:6"]),
        ("agvtool what-version", ["ios/Runner/Info.plist:4", "ios/Runner/Info.plist:6"]),
    ],
)
def test_a_half_that_a_command_writes_is_not_frozen(command: str, remaining: list[str]) -> None:
    assert apple("1.0", "1", commands=(command,)) == remaining


# --- FD26: Runner.rc ---


@pytest.mark.parametrize(
    ("version", "outputs"),
    [
        ('#if defined(FLUTTER_VERSION)\n#define V FLUTTER_VERSION\n#else\n#define V "1"\n#endif', []),
        ('#define V "2.1.0"\n#\n#\n#\n#', ["FD26 warning windows/runner/Runner.rc:6"]),
        ('#ifdef FLUTTER_BUILD_NAME\n#define V #FLUTTER_BUILD_NAME\n#else\n#define V "1.0.0"\n#endif',
         ["FD26 warning windows/runner/Runner.rc:6"]),
    ],
)  # fmt: skip
def test_a_windows_version_that_flutter_does_not_give_is_reported(
    version: str, outputs: list[str]
) -> None:
    resource = f'{version}\nVALUE "ProductVersion", V "\\0"\nVALUE "InternalName", "Shop" "\\0"\n'

    assert (
        output(native(Platform.WINDOWS, {"windows/runner/Runner.rc": resource}), "FD26") == outputs
    )


RESOURCE = '#define V "{}"\nVALUE "ProductVersion", V "\\0"\nVALUE "InternalName", "Shop" "\\0"\n'


@pytest.mark.parametrize(
    ("step", "version", "count"),
    [
        (BuildStep(path=PurePosixPath(".github/workflows/a.yml"), line=1, job="a"), "2.1.0", 0),
        (BuildStep(path=PurePosixPath("Makefile"), line=1), "2.1.0", 0),
        (BuildStep(path=PurePosixPath("bump.sh"), line=1, is_called=True), "2.1.0", 0),
        (BuildStep(path=PurePosixPath("bump.sh"), line=1), "2.1.0", 1),
        (BuildStep(path=PurePosixPath("bump.ps1"), line=1), "27", 1),
        (BuildStep(path=PurePosixPath("bump.sh"), line=1), "1.4.0", 0),
    ],
)
def test_a_script_that_is_started_by_hand_has_written_the_version_that_is_there(
    step: BuildStep, version: str, count: int
) -> None:
    writes = replace(
        step, commands=(Command(text="sed -i s/a/b/ windows/runner/Runner.rc", line=2),)
    )
    files = {"windows/runner/Runner.rc": RESOURCE.format(version)}
    facts = replace(native(Platform.WINDOWS, files), steps=(writes,))

    assert len(found(facts, "FD26")) == count
    assert len(found(replace(facts, steps=()), "FD26")) == 1


# --- FD27: build.gradle ---


@pytest.mark.parametrize(
    ("lines", "outputs"),
    [
        ("versionCode = flutter.versionCode\nversionName = flutter.versionName", []),
        ("versionCode flutterVersionCode.toInteger()\nversionName flutterVersionName", []),
        ("versionCode = libs.versions.code.get().toInt()\nversionName = a()", []),
        ("versionCode = a ?: flutter.versionCode\nversionName = flutter.versionName", []),
        ("versionCode = 7\nversionName = flutter.versionName", [3]),
        ('versionCode = flutter.versionCode\nversionName = "1.0"', [4]),
        ("versionCode 7 // flutter.versionCode\nversionName '1.0'", [3, 4]),
        ("// versionCode 7\nversionName flutter.versionName\nversionCode flutter.versionCode", []),
    ],
)  # fmt: skip
def test_an_android_version_that_flutter_does_not_give_is_reported_at_its_line(
    lines: str, outputs: list[int]
) -> None:
    script = f"android {{\n  defaultConfig {{\n{lines}\n    applicationId 'a.b'\n  }}\n}}\n"
    files = {"android/app/build.gradle": script}
    found = output(native(Platform.ANDROID, files), "FD27")

    assert sorted(found) == [f"FD27 warning android/app/build.gradle:{line}" for line in outputs]


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/versionCode 7/versionCode 8/' android/app/build.gradle",
        "increment_version_code()",
    ],
)
def test_an_android_number_that_a_command_writes_is_not_frozen(command: str) -> None:
    script = "android { defaultConfig {\n versionCode 7\n versionName flutter.versionName\n} }\n"
    files = {"android/app/build.gradle": script}

    assert output(native(Platform.ANDROID, files, commands=(command,)), "FD27") == []


def test_a_platform_without_a_folder_is_not_looked_at() -> None:
    files = {"android/app/build.gradle": "android { defaultConfig { versionCode 7 } }\n"}

    assert output(native(Platform.WEB, files), "FD25", "FD26", "FD27") == []
