"""Claims about what has been built: it beats everything the sources say."""

import json
import os
import plistlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps import app, defaults, names, output
from properties import tried
from sentry_release.flutter.artifacts import ARTIFACTS, Artifact, Kind, read_artifact_identity
from sentry_release.model.platform import Identity, Platform, Unknown

WEB = "build/web/version.json"
LINUX = "build/linux/x64/release/bundle/data/flutter_assets/version.json"
APK = "build/app/outputs/apk/release/output-metadata.json"
ARCHIVE = "build/ios/archive/Runner.xcarchive/Products/Applications/Runner.app/Info.plist"
DEVICE = "build/ios/iphoneos/Runner.app/Info.plist"
MACOS = "build/macos/Build/Products/Release/shop.app/Contents/Info.plist"

VERSION = {"app_name": "shop", "version": "9.9.9", "build_number": "99", "package_name": "shop"}
INFO = {
    "CFBundleIdentifier": "com.example.built",
    "CFBundleShortVersionString": "9.9.9",
    "CFBundleVersion": "99",
}
ELEMENT: dict[str, object] = {"versionCode": 99, "versionName": "9.9.9", "filters": []}
METADATA = {
    "version": 3,
    "applicationId": "com.example.built",
    "variantName": "release",
    "elements": [ELEMENT],
}
BUILT = Identity(app_id="com.example.built", version="9.9.9", build="99")


def of_kind(kind: Kind) -> Artifact:
    return next(one for one in ARTIFACTS if one.kind is kind)


def text(found: object) -> bytes:
    return json.dumps(found).encode()


def put(workspace: Path, path: str, content: bytes, *, age_s: int = 0) -> None:
    """A file of a build, this many seconds old."""
    place = workspace / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    os.utime(place, (1_700_000_000 - age_s, 1_700_000_000 - age_s))


@pytest.mark.parametrize(
    ("kind", "content", "identity"),
    [
        pytest.param(Kind.INFO_PLIST, plistlib.dumps(INFO), BUILT, id="an Info.plist"),
        pytest.param(
            Kind.INFO_PLIST,
            plistlib.dumps(INFO, fmt=plistlib.FMT_BINARY),
            BUILT,
            id="a binary Info.plist",
        ),
        pytest.param(Kind.OUTPUT_METADATA, text(METADATA), BUILT, id="what Gradle built"),
        pytest.param(
            Kind.VERSION_JSON,
            text(VERSION),
            Identity(app_id="shop", version="9.9.9", build="99"),
            id="a version.json",
        ),
        pytest.param(
            Kind.VERSION_JSON,
            text({"app_name": "shop", "version": "9.9.9"}),
            Identity(app_id="shop", version="9.9.9", build=None),
            id="one of an old Flutter, without a number",
        ),
        pytest.param(
            Kind.INFO_PLIST,
            plistlib.dumps({"CFBundleIdentifier": "a.b"}),
            Identity(app_id="a.b", version=None, build=None),
            id="an Info.plist without versions",
        ),
    ],
)
def test_an_artefact_says_what_the_app_will_report(
    kind: Kind, content: bytes, identity: Identity
) -> None:
    assert read_artifact_identity(of_kind(kind), content) == identity


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b"{}",
    b"[" * 100_000,
    b"\xff\xfe",
    b"bplist00",
    b"bplist00" + b"\xff" * 40,
    plistlib.dumps(INFO, fmt=plistlib.FMT_BINARY)[:-20],
    plistlib.dumps(INFO)[:-30],
    plistlib.dumps(["no", "dictionary"]),
    plistlib.dumps({"CFBundleIdentifier": 7.5}),
    plistlib.dumps({"CFBundleIdentifier": ""}),
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><plist><dict/></plist>',
    text({"package_name": ["shop"]}),
    text({"package_name": "", "app_name": ""}),
    text({**METADATA, "elements": []}),
    text({**METADATA, "elements": {}}),
    text({**METADATA, "elements": ["x"]}),
    text({**METADATA, "applicationId": None}),
]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("content", BROKEN, ids=lambda content: repr(content[:25]))
def test_a_broken_file_says_nothing(kind: Kind, content: bytes) -> None:
    assert read_artifact_identity(of_kind(kind), content) is None


@tried
@given(st.sampled_from(list(Kind)), st.binary(max_size=60), st.integers(0, 300))
def test_any_content_is_read_or_says_nothing(kind: Kind, noise: bytes, at: int) -> None:
    whole = (
        plistlib.dumps(INFO, fmt=plistlib.FMT_BINARY) if kind is Kind.INFO_PLIST else text(VERSION)
    )
    found = read_artifact_identity(of_kind(kind), whole[:at] + noise + whole[at + len(noise) :])

    assert found is None or found.app_id


@pytest.mark.parametrize(
    ("variant", "flavor", "is_read"),
    [
        pytest.param("release", None, True, id="a release"),
        pytest.param("prodRelease", None, True, id="a release of whatever flavor"),
        pytest.param("prodRelease", "prod", True, id="a release of the flavor"),
        pytest.param("freeProdRelease", "freeProd", True, id="… of two dimensions"),
        pytest.param("devRelease", "prod", False, id="a release of another flavor"),
        pytest.param("debug", None, False, id="a debug build, which may have another id"),
        pytest.param("prodDebug", "prod", False, id="a debug build of the flavor"),
        pytest.param("profile", None, False, id="a profile build"),
    ],
)
def test_of_android_only_a_release_of_the_flavor_counts(
    variant: str, flavor: str | None, *, is_read: bool
) -> None:
    content = text({**METADATA, "variantName": variant})

    found = read_artifact_identity(of_kind(Kind.OUTPUT_METADATA), content, flavor=flavor)

    assert found == (BUILT if is_read else None)


def test_split_apks_have_one_name_each_so_the_name_is_unknown() -> None:
    elements = [{**ELEMENT, "versionCode": code} for code in (1099, 2099, 4099)]

    found = read_artifact_identity(
        of_kind(Kind.OUTPUT_METADATA), text({**METADATA, "elements": elements})
    )

    assert found is not None
    assert isinstance(found.build, Unknown)
    assert "--split-per-abi" in str(found.build)
    assert found.version == "9.9.9"


@pytest.mark.parametrize(
    ("platform", "path", "content", "release"),
    [
        pytest.param("web", WEB, text(VERSION), "shop@9.9.9+99", id="web"),
        pytest.param("linux", LINUX, text(VERSION), "shop@9.9.9+99", id="linux"),
        pytest.param("android", APK, text(METADATA), "com.example.built@9.9.9+99", id="android"),
        pytest.param(
            "android",
            "build/app/outputs/apk/prod/release/output-metadata.json",
            text({**METADATA, "variantName": "prodRelease"}),
            "com.example.built@9.9.9+99",
            id="android with a flavor",
        ),
        pytest.param(
            "ios",
            ARCHIVE,
            plistlib.dumps(INFO),
            "com.example.built@9.9.9+99",
            id="an archive of ios",
        ),
        pytest.param(
            "ios", DEVICE, plistlib.dumps(INFO), "com.example.built@9.9.9+99", id="an app of ios"
        ),
        pytest.param(
            "macos", MACOS, plistlib.dumps(INFO), "com.example.built@9.9.9+99", id="macos"
        ),
    ],
)
def test_artefacts_beat_sources_if_requested(
    tmp_path: Path, platform: str, path: str, content: bytes, release: str
) -> None:
    workspace = app(tmp_path)
    without = defaults(workspace)
    put(workspace, path, content)

    assert defaults(workspace) == without
    found = defaults(workspace, "--from-artifacts")
    assert found == without | {platform: {"release": release, "dist": "99"}}


def test_the_newest_artefact_wins(tmp_path: Path) -> None:
    workspace = app(tmp_path, on=("macos",))
    for age_s, build in ((60, "1"), (10, "2"), (300, "3")):
        path = f"build/macos/Build/Products/Release-{build}/shop.app/Contents/Info.plist"
        put(workspace, path, plistlib.dumps(INFO | {"CFBundleVersion": build}), age_s=age_s)

    assert defaults(workspace, "--from-artifacts")["macos"]["dist"] == "2"


def test_an_older_one_is_taken_where_the_newest_is_broken(tmp_path: Path) -> None:
    workspace = app(tmp_path, on=("macos",))
    put(workspace, MACOS, plistlib.dumps(INFO), age_s=60)
    put(workspace, MACOS.replace("Release", "Release-prod"), b"broken")

    assert defaults(workspace, "--from-artifacts")["macos"]["dist"] == "99"


def test_a_build_for_debugging_changes_nothing(tmp_path: Path) -> None:
    workspace = app(tmp_path, on=("android",))
    before = defaults(workspace)
    debug = {**METADATA, "applicationId": "com.example.shop.debug", "variantName": "debug"}
    put(workspace, "build/app/outputs/apk/debug/output-metadata.json", text(debug))

    assert defaults(workspace, "--from-artifacts") == before


def test_a_platform_that_was_not_built_is_read_from_its_sources(tmp_path: Path) -> None:
    workspace = app(tmp_path)

    assert defaults(workspace, "--from-artifacts") == defaults(workspace)


def test_a_folder_without_a_built_app_is_a_warning(tmp_path: Path) -> None:
    workspace = app(tmp_path)

    assert "warning: There is no built app below '.'." in output(workspace, "--from-artifacts")
    assert "no built app" not in output(workspace)


def test_the_id_of_the_app_is_that_of_the_artefact(tmp_path: Path) -> None:
    workspace = app(tmp_path)
    put(workspace, APK, text(METADATA))

    found = names(workspace, "--platform", "android", "--from-artifacts")

    assert found["app_id"] == "com.example.built"


def test_every_artefact_belongs_to_a_platform_that_has_a_row() -> None:
    assert {artifact.platform for artifact in ARTIFACTS} == set(Platform) - {Platform.WINDOWS}
