"""Claims about ios and macos folders: what the app built from them says of itself."""

import plistlib
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openstep_parser import OpenStepDecoder  # type: ignore[import-untyped]

from job import ROOT
from properties import tried
from sentry_release.flutter.apple import read_apple_identity
from sentry_release.flutter.xcode.plists import (
    PlistSyntaxError,
    Span,
    find_root_dictionary,
    list_entries,
    list_items,
    parse_pbxproj,
    parse_plist,
)
from sentry_release.model.platform import Identity, ReadFile, Unknown

SHOP = ROOT / "tests/fixtures/flutter/apple/shop"
SHOP_PROJECT = (SHOP / "ios/Runner.xcodeproj/project.pbxproj").read_text()
PROJECT = "ios/Runner.xcodeproj/project.pbxproj"
PLIST = "ios/Runner/Info.plist"
SCHEMES = "ios/Runner.xcodeproj/xcshareddata/xcschemes"

Settings = Mapping[str, str]
Files = Mapping[str, str] | Mapping[str, bytes] | Mapping[str, str | bytes]


def project(
    own: Mapping[str, Settings],
    shared: Mapping[str, Settings] | None = None,
    *,
    bases: Settings | None = None,
    shared_bases: Settings | None = None,
    targets: Settings | None = None,
) -> str:
    """
    Write a project.pbxproj as Xcode does.

    Args:
        own: The settings of the app's target by configuration.
        shared: Those of the project; the configurations are those of `own` where there are none.
        bases: The .xcconfig of a configuration of the target, below ios.
        shared_bases: The same of the project.
        targets: Targets by their names, with their types; the first is the one with settings.
    """
    objects: list[str] = []
    levels = ((own, bases or {}), (shared or {name: {} for name in own}, shared_bases or {}))
    for level, (settings, files) in enumerate(levels):
        for number, (name, values) in enumerate(settings.items()):
            block = "".join(f"\t\t\t\t{quoted(key)} = {quoted(values[key])};\n" for key in values)
            base = f"\t\t\tbaseConfigurationReference = F{level}{number};\n" * (name in files)
            objects += [
                f"\t\tE{level}{number} /* {name} */ = {{\n\t\t\tisa = XCBuildConfiguration;\n{base}"
                f"\t\t\tbuildSettings = {{\n{block}\t\t\t}};\n\t\t\tname = {quoted(name)};\n\t\t}};\n",
                f"\t\tF{level}{number} = {{isa = PBXFileReference; "
                f'path = {quoted(files.get(name, ""))}; sourceTree = "<group>"; }};\n',
            ]
        children = ", ".join(f"E{level}{number} /* x */" for number in range(len(settings)))
        objects.append(
            f"D{level} = {{isa = XCConfigurationList; buildConfigurations = ({children}, );}};"
        )
    kinds = targets or {"Runner": "application"}
    for number, (name, kind) in enumerate(kinds.items()):
        objects.append(
            f"\t\tC{number} = {{isa = PBXNativeTarget; buildConfigurationList = D0; "
            f'name = {quoted(name)}; productType = "com.apple.product-type.{kind}"; }};\n'
        )
    every = ", ".join(f"C{number}" for number in range(len(kinds)))
    return (
        f"// !$*UTF8*$!\n{{\n\tarchiveVersion = 1;\n\tobjects = {{\n{''.join(objects)}"
        f"\t\tP = {{isa = PBXProject; buildConfigurationList = D1; targets = ({every}, ); }};\n"
        "\t};\n\trootObject = P /* Project object */;\n}\n"
    )


def quoted(text: str) -> str:
    plain = text.replace("_", "").replace(".", "").replace("/", "").isalnum()
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def info(**keys: object) -> bytes:
    """An Info.plist as Flutter makes it, with some keys changed; None takes one away."""
    all_keys = {
        "CFBundleIdentifier": "$(PRODUCT_BUNDLE_IDENTIFIER)",
        "CFBundleShortVersionString": "$(FLUTTER_BUILD_NAME)",
        "CFBundleVersion": "$(FLUTTER_BUILD_NUMBER)",
    } | keys
    return plistlib.dumps({key: value for key, value in all_keys.items() if value is not None})


def reader(files: Files) -> ReadFile:
    def read(path: PurePosixPath) -> bytes | None:
        found = files.get(str(path))
        return found.encode() if isinstance(found, str) else found

    return read


def identity_of(
    files: Files,
    *,
    platform: Literal["ios", "macos"] = "ios",
    flavor: str | None = None,
    version: tuple[str | None, str | None] = ("1.4.0", "27"),
) -> Identity | None:
    name, number = version
    return read_apple_identity(
        reader(files), platform=platform, flavor=flavor, build_name=name, build_number=number
    )


def of(files: Files, *, flavor: str | None = None) -> Identity:
    found = identity_of(files, flavor=flavor)
    assert found is not None
    return found


def app(
    settings: Settings,
    files: Files | None = None,
    *,
    shared: Mapping[str, Settings] | None = None,
    bases: Settings | None = None,
    shared_bases: Settings | None = None,
) -> Files:
    """An app of which only the settings of Release, and some files, are worth a word."""
    own = {"Debug": {"ID": "debug"}, "Release": settings}
    text = project(own, shared, bases=bases, shared_bases=shared_bases)
    return {PROJECT: text, PLIST: info(), **(files or {})}


def usual(text: str | bytes) -> Files:
    """A project with the Info.plist that Flutter makes."""
    return {PROJECT: text, PLIST: info()}


def unknown(value: str | Unknown | None) -> str:
    assert isinstance(value, Unknown)
    return str(value)


def on_disk(path: PurePosixPath) -> bytes | None:
    file = SHOP / path
    return file.read_bytes() if file.is_file() else None


@pytest.mark.parametrize(
    ("platform", "app_id"), [("ios", "com.example.shop"), ("macos", "com.example.shopForMac")]
)
@pytest.mark.parametrize(
    ("name", "number", "version", "build"),
    [
        pytest.param("1.2.3", None, "1.2.3", "1.2.3", id="1.2.3"),
        pytest.param("1.2.3", "45", "1.2.3", "45", id="1.2.3+45"),
        pytest.param("1.2.3-beta.4", "5", "1.2.3.4", "5", id="1.2.3-beta.4+5"),
        pytest.param("1.2.3-rc", "7", "1.2.3", "7", id="1.2.3-rc+7"),
        pytest.param("1.2.3", "rc.5", "1.2.3", "5", id="1.2.3+rc.5"),
        pytest.param("1.2.3", "0", "1.2.3", "0", id="1.2.3+0"),
        pytest.param("2.0.0", "20240131.2", "2.0.0", "20240131.2", id="2.0.0+20240131.2"),
        pytest.param("1.2.3", "abc", "1.2.3", "1.2.3", id="1.2.3+abc"),
        pytest.param(None, None, "1.0.0", "1", id="absent"),
        pytest.param("2", None, "2.0.0", "2", id="a short --build-name"),
        pytest.param("2", "x", "2.0.0", "2", id="a short --build-name and letters"),
        pytest.param(None, "7", "1.0.0", "7", id="only --build-number"),
        pytest.param("1.2.3.4.5", "..6..7.", "1.2.3.4.5", "6.7", id="more dots than numbers"),
        pytest.param("...", "...", "0.0.0", "0", id="only dots"),
        pytest.param("beta", "", "1.0.0", "1", id="only letters"),
        pytest.param("\N{DEVANAGARI DIGIT ONE}.2", "3", "2.0.0", "3", id="a digit of India"),
    ],
)
def test_the_version_is_what_flutter_makes_of_it_for_apple(
    platform: Literal["ios", "macos"],
    app_id: str,
    name: str | None,
    number: str | None,
    version: str,
    build: str,
) -> None:
    found = read_apple_identity(
        on_disk, platform=platform, flavor=None, build_name=name, build_number=number
    )

    assert found == Identity(app_id=app_id, version=version, build=build)


def test_an_app_without_the_platform_says_nothing_of_it() -> None:
    assert identity_of({}) is None
    assert identity_of({PROJECT: SHOP_PROJECT}, platform="macos") is None


XCCONFIG = "Flutter/Release.xcconfig"
CHAIN = {"Release": XCCONFIG}


@pytest.mark.parametrize(
    ("files", "app_id"),
    [
        pytest.param(
            app(
                {"PRODUCT_BUNDLE_IDENTIFIER": "$(BASE_BUNDLE_IDENTIFIER)"},
                {
                    f"ios/{XCCONFIG}": '#include "../Base.xcconfig"\n#include "Generated.xcconfig"\n',
                    "ios/Base.xcconfig": "BASE_BUNDLE_IDENTIFIER=apple.acme.com\n",
                },
                bases=CHAIN,
            ),
            "apple.acme.com",
            id="from a file that the .xcconfig includes",
        ),
        pytest.param(
            app(
                {"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.shop${BUNDLE_ID_SUFFIX}"},
                shared={"Debug": {}, "Release": {"BUNDLE_ID_SUFFIX": ".beta"}},
            ),
            "com.acme.shop.beta",
            id="with a suffix of the project",
        ),
        pytest.param(
            app(
                {"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.shop${BUNDLE_ID_SUFFIX}"},
                shared={"Debug": {}, "Release": {"BUNDLE_ID_SUFFIX": ""}},
            ),
            "com.acme.shop",
            id="with an empty suffix",
        ),
        pytest.param(
            app({"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.$(PRODUCT_NAME:rfc1034identifier)"}),
            "com.acme.Runner",
            id="with the name of the product, which is the target's",
        ),
        pytest.param(
            app(
                {"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.target"},
                {f"ios/{XCCONFIG}": "PRODUCT_BUNDLE_IDENTIFIER=com.acme.file"},
                bases=CHAIN,
            ),
            "com.acme.target",
            id="of the target before that of its file",
        ),
        pytest.param(
            app(
                {},
                {f"ios/{XCCONFIG}": "PRODUCT_BUNDLE_IDENTIFIER=com.acme.file"},
                shared={"Release": {"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.project"}},
                bases=CHAIN,
            ),
            "com.acme.file",
            id="of the target's file before that of the project",
        ),
        pytest.param(
            app(
                {},
                {f"ios/{XCCONFIG}": "PRODUCT_BUNDLE_IDENTIFIER=com.acme.file"},
                shared={"Release": {"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.project"}},
                shared_bases={"Release": XCCONFIG},
            ),
            "com.acme.project",
            id="of the project before that of its file",
        ),
        pytest.param(
            app(
                {},
                {f"ios/{XCCONFIG}": "PRODUCT_BUNDLE_IDENTIFIER=com.acme.file"},
                shared_bases={"Release": XCCONFIG},
            ),
            "com.acme.file",
            id="of the project's file",
        ),
        pytest.param(
            app(
                {
                    "PRODUCT_BUNDLE_IDENTIFIER[sdk=iphoneos*]": "com.acme.device",
                    "PRODUCT_BUNDLE_IDENTIFIER": "com.acme.shop",
                    "PRODUCT_BUNDLE_IDENTIFIER[sdk=macosx*]": "com.acme.mac",
                }
            ),
            "com.acme.device",
            id="for devices",
        ),
        pytest.param(
            app({}, {PLIST: info(CFBundleIdentifier="com.acme.plain")}),
            "com.acme.plain",
            id="in the Info.plist itself",
        ),
        pytest.param(
            app(
                {"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.shop"},
                {PLIST: info(CFBundleIdentifier="${PRODUCT_BUNDLE_IDENTIFIER}")},
            ),
            "com.acme.shop",
            id="in braces",
        ),
    ],
)
def test_the_app_id_is_found_where_xcode_finds_it(files: Files, app_id: str) -> None:
    assert of(files).app_id == app_id


@pytest.mark.parametrize(
    ("settings", "keys", "version", "build"),
    [
        pytest.param(
            {"MARKETING_VERSION": "3.1", "CURRENT_PROJECT_VERSION": "12"},
            {"CFBundleShortVersionString": "$(MARKETING_VERSION)"},
            "3.1",
            "27",
            id="a version of Xcode, not cleaned",
        ),
        pytest.param(
            {"MARKETING_VERSION": "3.1", "CURRENT_PROJECT_VERSION": "12"},
            {"CFBundleVersion": "$(CURRENT_PROJECT_VERSION)"},
            "1.4.0",
            "12",
            id="a build number of Xcode",
        ),
        pytest.param(
            {"MARKETING_VERSION": "3.1", "CURRENT_PROJECT_VERSION": "12"},
            {},
            "1.4.0",
            "27",
            id="versions of Xcode that the Info.plist does not use",
        ),
        pytest.param(
            {"MARKETING_VERSION": "$(FLUTTER_BUILD_NAME)"},
            {"CFBundleShortVersionString": "$(MARKETING_VERSION)"},
            "1.4.0",
            "27",
            id="Flutter's by way of Xcode's",
        ),
        pytest.param(
            {"FLUTTER_BUILD_NAME": "9.9.9"},
            {},
            "9.9.9",
            "27",
            id="Flutter's, overwritten in Xcode",
        ),
        pytest.param(
            {},
            {"CFBundleShortVersionString": "7.0", "CFBundleVersion": "8"},
            "7.0",
            "8",
            id="fixed",
        ),
        pytest.param(
            {}, {"CFBundleShortVersionString": None, "CFBundleVersion": ""}, None, None, id="none"
        ),
        pytest.param(
            {"GENERATE_INFOPLIST_FILE": "YES", "MARKETING_VERSION": "3.1"},
            {"CFBundleShortVersionString": None},
            "3.1",
            "27",
            id="one that Xcode adds to the Info.plist",
        ),
        pytest.param(
            {"GENERATE_INFOPLIST_FILE": "NO", "MARKETING_VERSION": "3.1"},
            {"CFBundleShortVersionString": None},
            None,
            "27",
            id="one that Xcode does not add",
        ),
    ],
)
def test_the_version_is_the_one_the_info_plist_asks_for(
    settings: Settings, keys: Mapping[str, object], version: str | None, build: str | None
) -> None:
    files = app({"PRODUCT_BUNDLE_IDENTIFIER": "com.acme.shop", **settings}, {PLIST: info(**keys)})

    assert of(files) == Identity(app_id="com.acme.shop", version=version, build=build)


def test_what_an_earlier_build_left_behind_does_not_count() -> None:
    old = {"ios/Flutter/Generated.xcconfig": "FLUTTER_BUILD_NAME=0.1\nFLUTTER_BUILD_NUMBER=1\n"}
    files = app(
        {"PRODUCT_BUNDLE_IDENTIFIER": "a.b"},
        {f"ios/{XCCONFIG}": '#include "Generated.xcconfig"\n', **old},
        bases=CHAIN,
    )

    assert of(files) == Identity(app_id="a.b", version="1.4.0", build="27")


def test_what_is_set_after_what_flutter_sets_counts() -> None:
    files = app(
        {"PRODUCT_BUNDLE_IDENTIFIER": "a.$(FLAVOR)"},
        {f"ios/{XCCONFIG}": '#include "Generated.xcconfig"\nFLUTTER_BUILD_NUMBER=$(inherited)00\n'},
        bases=CHAIN,
    )
    files = {**files, f"{SCHEMES}/Dev.xcscheme": ""}

    assert of(files, flavor="dev") == Identity(app_id="a.dev", version="1.4.0", build="2700")


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("Runner/Info-Release.plist", "ios/Runner/Info-Release.plist"),
        ("$(SRCROOT)/Runner/R.plist", "ios/Runner/R.plist"),
        ("$(PROJECT_DIR)/$(CONFIGURATION).plist", "ios/Release.plist"),
        ("../apple/Info.plist", "apple/Info.plist"),
    ],
)
def test_the_info_plist_is_the_one_the_settings_name(named: str, path: str) -> None:
    files = app(
        {"PRODUCT_BUNDLE_IDENTIFIER": "a.b", "INFOPLIST_FILE": named},
        {PLIST: info(CFBundleVersion="wrong"), path: info(CFBundleVersion="right")},
    )

    assert of(files).build == "right"


def test_an_app_may_do_without_an_info_plist() -> None:
    settings = {
        "GENERATE_INFOPLIST_FILE": "YES",
        "PRODUCT_BUNDLE_IDENTIFIER": "a.b",
        "MARKETING_VERSION": "$(FLUTTER_BUILD_NAME)",
        "CURRENT_PROJECT_VERSION": "$(FLUTTER_BUILD_NUMBER)",
    }

    assert of({PROJECT: project({"Release": settings})}) == Identity(
        app_id="a.b", version="1.4.0", build="27"
    )


FREE = {"PRODUCT_BUNDLE_IDENTIFIER": "a.free"}
PAID = {"PRODUCT_BUNDLE_IDENTIFIER": "a.paid"}
PLAIN = {"PRODUCT_BUNDLE_IDENTIFIER": "a.plain"}


@pytest.mark.parametrize(
    ("configurations", "flavor", "app_id"),
    [
        pytest.param({"Release": PLAIN, "Release-free": FREE}, None, "a.plain", id="no flavor"),
        pytest.param({"release": PLAIN}, None, "a.plain", id="a small letter"),
        pytest.param({"Release": PLAIN, "Release-free": FREE}, "free", "a.free", id="the usual"),
        pytest.param({"Release-Free": FREE, "Release-Paid": PAID}, "paid", "a.paid", id="capitals"),
        pytest.param({"Release-free": FREE, "Release-freeEU": PAID}, "free", "a.free", id="exact"),
        pytest.param({"Release free": FREE, "Release": PLAIN}, "Free", "a.free", id="a blank"),
        pytest.param({"free.release": FREE, "free.debug": PAID}, "free", "a.free", id="reversed"),
        pytest.param({"ReleaseFree": FREE, "DebugFree": PAID}, "free", "a.free", id="in one word"),
    ],
)
def test_the_configuration_is_the_one_flutter_builds(
    configurations: Mapping[str, Settings], flavor: str | None, app_id: str
) -> None:
    assert of(usual(project(configurations)), flavor=flavor).app_id == app_id


@pytest.mark.parametrize("scheme", ["free", "Free", "FREE"])
def test_a_flavor_that_is_only_a_scheme_is_built_as_release(scheme: str) -> None:
    files = {
        **usual(project({"Release": PLAIN})),
        f"{SCHEMES}/{scheme}.xcscheme": "",
    }

    assert of(files, flavor="free" if scheme != "FREE" else "FREE").app_id == "a.plain"


@pytest.mark.parametrize(
    ("configurations", "flavor"),
    [
        pytest.param(["Debug", "Release-free"], None, id="no plain one"),
        pytest.param(["Release", "Release-free"], "paid", id="none of that flavor"),
        pytest.param(["Release-free-eu", "Release-free-us"], "free", id="two of that flavor"),
        pytest.param(["Release"], "../../free", id="a flavor that is a path"),
        pytest.param([], None, id="none at all"),
    ],
)
def test_an_unclear_configuration_is_unknown_and_the_existing_ones_are_named(
    configurations: list[str], flavor: str | None
) -> None:
    files = usual(project(dict.fromkeys(configurations, FREE)))
    found = of(files, flavor=flavor)

    assert unknown(found.app_id) == unknown(found.version) == unknown(found.build)
    assert (", ".join(configurations) or "existing: none") in unknown(found.app_id)
    assert "`flavor`" in unknown(found.app_id)


def test_a_level_without_the_configuration_gives_its_default_one() -> None:
    text = project({"Release": PLAIN}, {"Release-free": {"X": "y"}}).replace(
        "D0 = {isa", 'D0 = {defaultConfigurationName = "Release"; isa'
    )

    assert of(usual(text), flavor="free").app_id == "a.plain"


def test_only_the_target_that_is_the_app_counts() -> None:
    kinds = {"Runner": "application", "Tests": "bundle.unit-test", "Watch": "application.watchapp2"}
    files = usual(project({"Release": PLAIN}, targets=kinds))

    assert of(files).app_id == "a.plain"


@pytest.mark.parametrize("names", [("Shop",), ("Runner", "Shop")])
def test_the_app_is_the_only_one_or_the_one_named_runner(names: tuple[str, ...]) -> None:
    found = parse_pbxproj(
        project({"Release": PLAIN}, targets=dict.fromkeys(reversed(names), "application"))
    )

    assert found.target == names[0]


def test_a_project_without_configurations_has_those_of_its_target() -> None:
    text = project({"Release": PLAIN}).replace("buildConfigurationList = D1; ", "")

    assert parse_pbxproj(text).configurations == ("Release",)


def test_an_escape_of_a_list_is_its_character() -> None:
    text = r'("\U00e9",)'

    assert list_items(text, Span(0, len(text))) == ("\u00e9",)


def test_a_project_has_at_most_four_mebicharacters() -> None:
    text = project({"Release": PLAIN}).ljust(4 * 1024 * 1024)

    assert parse_pbxproj(text).target == "Runner"
    with pytest.raises(PlistSyntaxError, match="more than 4,194,304 characters"):
        parse_pbxproj(f"{text} ")


def test_a_property_list_has_at_most_one_mebibyte() -> None:
    raw = plistlib.dumps({"a": "b"}).ljust(1024 * 1024)

    assert parse_plist(raw) == {"a": "b"}
    assert parse_plist(raw + b" ") is None


@pytest.mark.parametrize("text", ["{a=b;c={d=e;};}", "// f\n{ a = b; c = {d=e;}; }\n"])
def test_a_dictionary_may_be_written_without_blanks(text: str) -> None:
    entries = dict(list_entries(text, find_root_dictionary(text)))

    inner = entries["c"]
    assert entries["a"] == "b"
    assert isinstance(inner, Span)
    assert list(list_entries(text, inner)) == [("d", "e")]


@pytest.mark.parametrize(("text", "line"), [("{a = b;\nc", 1), ("\n{a = b;\nc = d;\n", 3)])
def test_a_broken_dictionary_is_shown_by_the_line_of_its_last_entry(text: str, line: int) -> None:
    with pytest.raises(PlistSyntaxError, match=f"broken after line {line}$"):
        list(list_entries(text, find_root_dictionary(text)))


@pytest.mark.parametrize("text", ["(a,b)", "( a, b, )", '("a",/* c */"b")'])
def test_the_items_of_a_list_are_its_strings(text: str) -> None:
    assert list_items(f"{text}c", Span(0, len(text))) == ("a", "b")


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        ({"Shop": "application", "Watch": "application"}, "none named Runner: Shop, Watch"),
        ({"Runner": "framework"}, "no target that is an app"),
    ],
)
def test_an_app_that_is_not_to_be_found_is_unknown(targets: Mapping[str, str], reason: str) -> None:
    found = of(usual(project({"Release": PLAIN}, targets=targets)))

    assert reason in unknown(found.app_id)


def test_a_base_may_stand_below_a_folder_as_with_xcode_16() -> None:
    text = project({"Release": {}}).replace(
        "isa = XCBuildConfiguration;",
        "isa = XCBuildConfiguration; baseConfigurationReferenceAnchor = A1; "
        "baseConfigurationReferenceRelativePath = Configs/R.xcconfig;",
    )
    group = (
        'A1 = {isa = PBXFileSystemSynchronizedRootGroup; path = Runner; sourceTree = "<group>"; };'
    )
    files = {
        **usual(text.replace("objects = {", "objects = {" + group)),
        "ios/Runner/Configs/R.xcconfig": "PRODUCT_BUNDLE_IDENTIFIER=a.b",
    }

    assert of(files).app_id == "a.b"


@pytest.mark.parametrize(
    ("tree", "path"), [("SOURCE_ROOT", "ios/R"), ('"<group>"', "ios/Flutter/R")]
)
def test_a_base_lies_in_its_group_or_in_the_folder_of_the_project(tree: str, path: str) -> None:
    group = 'G = {isa = PBXGroup; children = (F00, ); path = Flutter; sourceTree = "<group>"; };'
    text = project({"Release": {}}, bases={"Release": "R"}).replace('"<group>"', tree)
    files = {
        **usual(text.replace("objects = {", "objects = {" + group)),
        path: "PRODUCT_BUNDLE_IDENTIFIER=a.b",
    }

    assert of(files).app_id == "a.b"


@pytest.mark.parametrize("tree", ["<absolute>", "SDKROOT"])
def test_a_base_outside_the_app_casts_doubt_on_what_it_may_set(tree: str) -> None:
    text = project({"Release": {"INFOPLIST_FILE": "Runner/Info.plist"}}, bases={"Release": "x"})
    found = of(usual(text.replace('"<group>"', f'"{tree}"')))

    assert "which does not exist" in unknown(found.app_id)
    assert found.version == "1.4.0"


@pytest.mark.parametrize("kind", ["SOURCE_ROOT", "<group>"])
def test_groups_that_lie_in_each_other_end(kind: str) -> None:
    group = 'G1 = {isa = PBXGroup; children = (G1, F01); path = .; sourceTree = "<group>"; };'
    text = project({"A": {}, "Release": {}}, bases={"Release": "R"})
    text = text.replace('"<group>"', f'"{kind}"').replace("objects = {", "objects = {" + group)
    files = {
        **usual(text),
        "ios/R": "PRODUCT_BUNDLE_IDENTIFIER=a.b",
    }

    assert of(files).app_id == "a.b"


@pytest.mark.parametrize(
    ("settings", "keys", "reason"),
    [
        pytest.param(
            {"PRODUCT_BUNDLE_IDENTIFIER": "$(APP_ID)"},
            {},
            "refers to $(APP_ID), which nothing here sets (ios/Runner/Info.plist, "
            "CFBundleIdentifier); set it there, or name the release with the input `release`",
            id="a setting that comes from outside",
        ),
        pytest.param({}, {}, "refers to $(PRODUCT_BUNDLE_IDENTIFIER)", id="no id"),
        pytest.param({"PRODUCT_BUNDLE_IDENTIFIER": ""}, {}, "is empty", id="an empty id"),
        pytest.param(PLAIN, {"CFBundleIdentifier": None}, "is empty", id="no key"),
        pytest.param(PLAIN, {"CFBundleIdentifier": 3}, "is not a string", id="a number for an id"),
        pytest.param(
            {"PRODUCT_BUNDLE_IDENTIFIER": "a b"},
            {},
            "would be 'a b', which is not valid",
            id="a blank",
        ),
        pytest.param(
            {"PRODUCT_BUNDLE_IDENTIFIER": "$(PRODUCT_BUNDLE_IDENTIFIER).$(LOOP)", "LOOP": "$(LOOQ)"}
            | {"LOOQ": "$(LOOP)"},
            {},
            "refers to itself",
            id="a circle",
        ),
    ],
)
def test_an_unknown_app_id_says_why_and_leaves_the_version(
    settings: Settings, keys: Mapping[str, object], reason: str
) -> None:
    found = of(app(settings, {PLIST: info(**keys)}))

    assert reason in unknown(found.app_id)
    assert (found.version, found.build) == ("1.4.0", "27")


MADE = {"GENERATE_INFOPLIST_FILE": "YES", "INFOPLIST_FILE": "Runner/Info.plist", **PLAIN}
PREPROCESSED = {"INFOPLIST_PREPROCESS": "YES", **PLAIN}


@pytest.mark.parametrize(
    ("settings", "raw", "reason"),
    [
        pytest.param(PLAIN, None, "does not exist", id="missing"),
        pytest.param(MADE, None, "does not exist", id="missing, though Xcode adds keys to it"),
        pytest.param({"INFOPLIST_FILE": "/x", **PLAIN}, info(), "does not exist", id="outside"),
        pytest.param({"INFOPLIST_FILE": "$(X)", **PLAIN}, info(), "$(X), which", id="elsewhere"),
        pytest.param(PREPROCESSED, info(), "is not valid", id="run through a preprocessor"),
        pytest.param(PLAIN, b"", "is not valid", id="empty"),
        pytest.param(PLAIN, info()[:-30], "is not valid", id="cut short"),
        pytest.param(PLAIN, plistlib.dumps(["a"]), "is not valid", id="a list"),
        pytest.param(PLAIN, b"bplist00" + b"\xff" * 40, "is not valid", id="a broken binary"),
        pytest.param(PLAIN, info() + b" " * 2_000_000, "is not valid", id="huge"),
        pytest.param(
            PLAIN,
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + info(),
            "is not valid",
            id="with entities",
        ),
    ],
)
def test_an_info_plist_that_cannot_be_read_is_named(
    settings: Settings, raw: bytes | None, reason: str
) -> None:
    files = {PROJECT: project({"Release": settings})} | ({} if raw is None else {PLIST: raw})
    found = of(files)

    assert reason in unknown(found.app_id)
    assert isinstance(found.version, Unknown)
    assert isinstance(found.build, Unknown)


@pytest.mark.parametrize(
    ("settings", "path"),
    [(PLAIN, PLIST), ({"INFOPLIST_FILE": "Runner/Own.plist", **PLAIN}, "Runner/Own.plist")],
)
def test_a_missing_info_plist_is_shown_by_its_path(settings: Settings, path: str) -> None:
    found = of({PROJECT: project({"Release": settings})}).app_id

    assert isinstance(found, Unknown)
    assert found.location == path


def as_binary(raw: bytes) -> bytes:
    return plistlib.dumps(plistlib.loads(raw), fmt=plistlib.FMT_BINARY)


def in_utf_16(raw: bytes) -> bytes:
    return raw.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda raw: raw, id="as ever"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="with Windows line ends"),
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="with a byte order mark"),
        pytest.param(in_utf_16, id="in UTF-16"),
        pytest.param(as_binary, id="binary"),
    ],
)
def test_an_info_plist_may_be_written_in_many_ways(written: Callable[[bytes], bytes]) -> None:
    assert of(app(PLAIN, {PLIST: written(info())})).version == "1.4.0"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(lambda text: text.replace("\n", "\r").encode(), id="old Mac line ends"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="a byte order mark"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.replace("\t", "").encode(), id="no indentation"),
        pytest.param(lambda text: text.replace("= {", "={/* a *//* b */").encode(), id="comments"),
    ],
)
def test_a_project_may_be_written_in_many_ways(written: Callable[[str], bytes]) -> None:
    files = usual(written(SHOP_PROJECT))

    assert of(files).app_id == "com.example.shop"


@pytest.mark.parametrize("part", range(1, 20))
def test_a_project_that_is_cut_short_is_unknown(part: int) -> None:
    text = SHOP_PROJECT[: len(SHOP_PROJECT) * part // 20]
    reason = unknown(of(usual(text)).app_id)

    assert "cut short or broken after line" in reason
    assert reason.endswith("restore the file, or name the release with the input `release`")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{}", id="empty braces"),
        pytest.param('<?xml version="1.0"?><plist/>', id="XML"),
        pytest.param('{"objects": {}}', id="JSON"),
        pytest.param("{objects = x; rootObject = (a);}", id="not what they are"),
        pytest.param("{objects = {P = x;}; rootObject = P;}", id="a text for an object"),
        pytest.param("<<<<<<< HEAD\n" + SHOP_PROJECT, id="in the midst of a merge"),
        pytest.param("{objects = {a = " + "{a=" * 50 + "}" * 50 + ";};}", id="deeper than any"),
    ],
)
def test_a_text_that_is_not_a_project_is_unknown(text: str) -> None:
    found = of(usual(text))

    assert unknown(found.app_id).startswith("cannot be read: the project ")


def large_app(flavors: int) -> str:
    """A project of some 5,000 lines with 40 flavors, each in three modes on two levels."""
    names = [f"{mode}-f{n}" for mode in ("Debug", "Profile", "Release") for n in range(flavors)]
    own = {name: {"PRODUCT_BUNDLE_IDENTIFIER": f"a.{name}", **FILLER} for name in names}
    return project(
        own, dict.fromkeys(names, FILLER | {f"CLANG_WARN_{n}": "YES" for n in range(24)})
    )


FILLER = {"LD_RUNPATH_SEARCH_PATHS": "$(inherited) @executable_path", "SWIFT_VERSION": "5.0"}


def test_a_project_with_40_flavors_is_read_in_a_tenth_of_a_second() -> None:
    text = large_app(40)
    assert text.count("\n") > 5_000
    began = time.process_time()

    assert of(usual(text), flavor="F39").app_id == "a.Release-f39"
    assert time.process_time() - began < 0.1


FILE = "\t\t{0:024X} /* File{0}.m in Sources */ = {{isa = PBXBuildFile; fileRef = {0:024X}; }};\n"


def with_files(number: int) -> str:
    """The project of the shop with many files more; 10,000 of them are a megabyte."""
    files = "".join(FILE.format(n) for n in range(number))
    return SHOP_PROJECT.replace("objects = {\n", "objects = {\n" + files)


def test_a_project_of_four_megabytes_is_read_in_a_second() -> None:
    text = with_files(34_500)
    assert 3_800_000 < len(text) < 4_194_304
    began = time.process_time()

    assert of(usual(text)).app_id == "com.example.shop"
    assert time.process_time() - began < 1


def test_a_project_of_ten_megabytes_is_unknown_in_a_second() -> None:
    text = with_files(105_000)
    assert len(text) > 10_000_000
    began = time.process_time()

    assert "4,194,304 characters" in unknown(of(usual(text)).app_id)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(with_files(34_500)[:-1000], id="a project that is cut short"),
        pytest.param("{" * 4_000_000, id="braces"),
        pytest.param("{a = " * 800_000, id="braces in braces"),
        pytest.param("{a = (" * 600_000, id="brackets in braces"),
        pytest.param("{a = {" + "/*" * 2_000_000, id="comments that do not end"),
        pytest.param("/**/" * 1_000_000, id="comments"),
        pytest.param('{a = "' + "\\" * 4_000_000, id="a quotation that does not end"),
        pytest.param('{a = {"' * 500_000, id="quotations"),
        pytest.param("{" + "a;" * 2_000_000, id="keys alone"),
        pytest.param(" " * 4_000_000, id="blanks"),
        pytest.param("{a = " + "/" * 4_000_000, id="slashes"),
    ],
)
def test_no_project_takes_more_than_a_second(text: str) -> None:
    raw = usual(text.encode())
    began = time.process_time()

    assert isinstance(of(raw).app_id, Unknown)
    assert time.process_time() - began < 1


def test_a_large_app_takes_little_memory() -> None:
    files = usual(large_app(40))
    tracemalloc.start()
    of(files, flavor="f39")
    _, max_count = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert max_count < 10 * 1024 * 1024


def tree(text: str, span: Span) -> object:
    """All that our reading finds."""
    if text[span.start] == "(":
        return list(list_items(text, span))
    return {
        key: tree(text, value) if isinstance(value, Span) else value
        for key, value in list_entries(text, span)
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SHOP_PROJECT, id="ios"),
        pytest.param((SHOP / "macos/Runner.xcodeproj/project.pbxproj").read_text(), id="macos"),
        pytest.param(large_app(3), id="flavors"),
    ],
)
def test_a_project_is_read_as_another_parser_reads_it(text: str) -> None:
    assert tree(text, find_root_dictionary(text)) == OpenStepDecoder.ParseFromString(text)


PIECES = st.lists(st.sampled_from(SHOP_PROJECT.split(" "))).map(" ".join)


@tried
@given(
    project=st.binary() | PIECES.map(str.encode) | st.just(SHOP_PROJECT.encode()),
    plist=st.binary() | st.binary().map(lambda raw: b"bplist00" + raw) | st.just(info()),
    xcconfig=st.binary() | st.just(b'#include "Release.xcconfig"'),
    flavor=st.none() | st.text(),
    version=st.tuples(st.none() | st.text(), st.none() | st.text()),
)
def test_any_files_give_an_identity(
    project: bytes,
    plist: bytes,
    xcconfig: bytes,
    flavor: str | None,
    version: tuple[str | None, str | None],
) -> None:
    files = {PROJECT: project, PLIST: plist, f"ios/{XCCONFIG}": xcconfig}
    found = identity_of(files, flavor=flavor, version=version)

    assert found is not None
    assert all(str(part) for part in (found.app_id, found.version, found.build))


@tried
@given(at=st.integers(0, len(SHOP_PROJECT)), new=st.text(max_size=3), length=st.integers(0, 30))
def test_any_slip_in_a_project_gives_an_identity(at: int, new: str, length: int) -> None:
    text = SHOP_PROJECT[:at] + new + SHOP_PROJECT[at + length :]

    assert identity_of(usual(text.encode(errors="replace")))


def scripted(*scripts: str, target: str = "application") -> Files:
    """The example app, with scripts in the build phases of its target, or of another one."""
    lines = ["S{0} = {{isa = PBXShellScriptBuildPhase; shellScript = {1}; }};"] * len(scripts)
    phases = "".join(
        line.format(at, quoted(text))
        for at, (line, text) in enumerate(zip(lines, scripts, strict=True))
    )
    text = project(
        {"Release": {"PRODUCT_BUNDLE_IDENTIFIER": "org.example.shop"}},
        targets={"Runner": "application", "Share": "app-extension"},
    )
    kind = f'productType = "com.apple.product-type.{target}"; }}'
    listed = ", ".join(f"S{at}" for at in range(len(scripts)))
    text = text.replace(kind, f"buildPhases = ({listed}, ); {kind}", 1)
    keys = {
        "CFBundleIdentifier": "$(PRODUCT_BUNDLE_IDENTIFIER)",
        "CFBundleShortVersionString": "$(FLUTTER_BUILD_NAME)",
        "CFBundleVersion": "$(FLUTTER_BUILD_NUMBER)",
    }
    return {
        PROJECT: text.replace("\tobjects = {\n", "\tobjects = {\n" + phases, 1),
        PLIST: plistlib.dumps(keys),
    }


BUDDY = (
    '/usr/libexec/PlistBuddy -c "Set :CFBundleVersion $number" "$TARGET_BUILD_DIR/$INFOPLIST_PATH"'
)


@pytest.mark.parametrize(
    "script",
    [
        BUDDY,
        f"number=$(git rev-list --count HEAD)\n{BUDDY}\n",
        "plutil -replace CFBundleVersion -string 7 $INFOPLIST_FILE",
        'defaults write "$PWD/Info" CFBundleVersion 7',
        "xcrun agvtool next-version -all",
    ],
)
def test_a_number_that_a_script_of_the_build_sets_is_unknown(script: str) -> None:
    found = of(scripted("echo built", script))

    assert isinstance(found.build, Unknown)
    assert found.build.reason == "is set by a script of the build (CFBundleVersion)"
    assert found.build.location == "ios/Runner.xcodeproj, Build Phases"
    assert (found.app_id, found.version) == ("org.example.shop", "1.4.0")


@pytest.mark.parametrize(
    "script",
    [
        "agvtool new-marketing-version 2.0.0",
        BUDDY.replace("CFBundleVersion", "CFBundleShortVersionString"),
        "plutil -replace CFBundleShortVersionString -string 7 $INFOPLIST_FILE",
        'defaults write "$PWD/Info" CFBundleShortVersionString 7',
    ],
)
def test_a_version_that_a_script_of_the_build_sets_is_unknown(script: str) -> None:
    found = of(scripted(script))

    assert isinstance(found.version, Unknown)
    assert found.build == "27"


@pytest.mark.parametrize(
    ("script", "target"),
    [
        pytest.param(BUDDY.replace("Set", "Print"), "application", id="it only reads"),
        pytest.param(f"# {BUDDY}", "application", id="a comment"),
        pytest.param(
            BUDDY.replace("CFBundleVersion", "GitCommit"), "application", id="a key of its own"
        ),
        pytest.param(BUDDY, "app-extension", id="a script of an extension"),
        pytest.param("xcode_backend.sh build", "application", id="the script of Flutter"),
    ],
)
def test_a_script_that_sets_no_key_of_the_app_changes_nothing(script: str, target: str) -> None:
    found = of(scripted(script, target=target))

    assert (found.app_id, found.version, found.build) == ("org.example.shop", "1.4.0", "27")
