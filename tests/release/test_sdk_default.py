"""Claims about what the Sentry SDK reports if no code names the release."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps import app, defaults
from properties import tried
from sentry_release.flutter.artifacts import ARTIFACTS, read_artifact_identity
from sentry_release.model.platform import Identity, Unknown
from sentry_release.model.release import Release
from sentry_release.release.sdk_default import (
    SdkDefault,
    build_sdk_default,
    explain_difference,
)

VERSION_JSON = next(one for one in ARTIFACTS if one.pattern == "build/web/version.json")
NOT_KNOWN = Unknown(reason="is computed", location="build.gradle", hint="give the input `release`")


@pytest.mark.parametrize(
    ("app_name", "package", "version", "build", "release", "dist"),
    [
        pytest.param(None, "foo.bar", "1.2.3", "789", "foo.bar@1.2.3+789", "789", id="all of it"),
        pytest.param(
            "sentry_flutter",
            "",
            "1.2.3",
            "789",
            "sentry_flutter@1.2.3+789",
            "789",
            id="the name of the app where there is no package",
        ),
        pytest.param(
            "\\/sentry\tflutter \r\nfoo\nbar\r",
            "",
            "1.2.3",
            "789",
            "__sentry_flutter _foo_bar_@1.2.3+789",
            "789",
            id="slashes, tabs and line ends as underscores",
        ),
        pytest.param(
            "sentry_flutter_example\0",
            "",
            "1.0.0\0",
            "",
            "sentry_flutter_example@1.0.0",
            None,
            id="null characters, and no build number",
        ),
        pytest.param(
            "",
            "sentry_flutter_example\0",
            "",
            "123\0",
            "sentry_flutter_example+123",
            "123",
            id="a build number without a version",
        ),
    ],
)
def test_the_vectors_of_the_sdk_itself(
    app_name: str | None, package: str, version: str, build: str, release: str, dist: str | None
) -> None:
    keys = {
        "app_name": app_name,
        "package_name": package,
        "version": version,
        "build_number": build,
    }
    identity = read_artifact_identity(VERSION_JSON, json.dumps(keys).encode())

    assert identity is not None
    assert build_sdk_default(identity) == SdkDefault(release=release, dist=dist)


TEXT = st.text(st.sampled_from("ab1.@+-_ /\\\t\r\n\0é"), min_size=1, max_size=8)


@tried
@given(TEXT, st.none() | TEXT, st.none() | TEXT)
def test_nothing_is_left_in_it_that_would_make_it_two_lines_or_two_folders(
    app_id: str, version: str | None, build: str | None
) -> None:
    found = build_sdk_default(Identity(app_id=app_id, version=version, build=build))

    assert isinstance(found.release, str)
    assert not set("/\\\t\r\n\0") & set(f"{found.release}{found.dist}")
    kept = [
        part.replace("\0", "").replace("\r\n", "\n")
        for part in (app_id, version or "", build or "")
    ]
    signs = bool(kept[1]) + bool(kept[2])
    assert len(found.release) == sum(map(len, kept)) + signs


@pytest.mark.parametrize("unknown", ["app_id", "version", "build"])
def test_a_part_that_is_unknown_makes_the_whole_unknown_and_says_why(unknown: str) -> None:
    parts: dict[str, str | Unknown] = {"app_id": "shop", "version": "1.4.0", "build": "27"}

    found = build_sdk_default(Identity(**(parts | {unknown: NOT_KNOWN})))

    assert found.release is NOT_KNOWN
    assert found.dist == (NOT_KNOWN if unknown == "build" else "27")


ID = "com.example.shop"
ROWS = {
    # version: Android, iOS and macOS, Windows, Linux and web; each what follows the id
    "1.2.3": ("@1.2.3+1", "@1.2.3+1.2.3", "@1.2.3", "@1.2.3"),
    "1.2.3+45": ("@1.2.3+45", "@1.2.3+45", "@1.2.3+45", "@1.2.3+45"),
    "1.2.3-beta.4+5": ("@1.2.3-beta.4+5", "@1.2.3.4+5", "@1.2.3-beta.4+5", "@1.2.3-beta.4+5"),
    "1.2.3-rc+7": ("@1.2.3-rc+7", "@1.2.3+7", "@1.2.3-rc+7", "@1.2.3-rc+7"),
    "1.2.3+rc.5": ("@1.2.3+5", "@1.2.3+5", "@1.2.3+rc.5", "@1.2.3+rc.5"),
    "1.2.3+0": ("@1.2.3+1", "@1.2.3+0", "@1.2.3+0", "@1.2.3+0"),
    "2.0.0+20240131.2": (
        "@2.0.0+202401312",
        "@2.0.0+20240131.2",
        "@2.0.0+20240131.2",
        "@2.0.0+20240131.2",
    ),
    "1.2.3+abc": ("@1.2.3+1", "@1.2.3+1.2.3", "@1.2.3+abc", "@1.2.3+abc"),
    None: ("@1.0+1", "@1.0.0+1", "@1.0.0", ""),
}


@pytest.mark.parametrize(
    ("version", "expected"), ROWS.items(), ids=[version or "no version" for version in ROWS]
)
def test_every_platform_makes_its_own_of_a_version(
    tmp_path: Path, version: str | None, expected: tuple[str, str, str, str]
) -> None:
    android, apple, windows, plain = expected

    found = defaults(app(tmp_path, version=version))

    releases = {platform: default.get("release", default) for platform, default in found.items()}
    assert releases == {
        "android": f"{ID}{android}",
        "ios": f"{ID}{apple}",
        "macos": f"{ID}{apple}",
        "windows": f"Shop{windows}",
        "linux": f"shop{plain}",
        "web": f"shop{plain}",
    }
    dists = {platform: default["dist"] for platform, default in found.items()}
    assert dists == {
        platform: release.partition("+")[2] or None for platform, release in releases.items()
    }


@pytest.mark.parametrize(
    ("flags", "windows", "web"),
    [
        pytest.param(["--build-name", "2.0.0"], "@2.0.0", "@2.0.0+27", id="the name alone"),
        pytest.param(["--build-number", "99"], "@1.4.0+99", "@1.4.0+99", id="the number alone"),
        pytest.param(
            ["--build-name", "2.0.0", "--build-number", "99"], "@2.0.0+99", "@2.0.0+99", id="both"
        ),
        pytest.param(["--build-name", "1.4"], "@1.0.0", "@1.4+27", id="a name that is no version"),
    ],
)
def test_the_flags_of_the_build_override_the_pubspec(
    tmp_path: Path, flags: list[str], windows: str, web: str
) -> None:
    found = defaults(app(tmp_path), *flags)

    assert found["windows"]["release"] == f"Shop{windows}"
    assert found["web"]["release"] == f"shop{web}"


def test_without_a_version_a_number_by_flag_still_counts_on_windows(tmp_path: Path) -> None:
    found = defaults(app(tmp_path, version=None), "--build-number", "5")

    assert found["windows"]["release"] == "Shop@1.0.0+5"


def test_on_linux_flags_make_it_unknown_since_not_every_flutter_takes_them(tmp_path: Path) -> None:
    workspace = app(tmp_path)

    assert "Flutter before 3.47" in defaults(workspace, "--build-number", "99")["linux"]["unknown"]
    same = defaults(workspace, "--build-name", "1.4.0", "--build-number", "27")
    assert same["linux"] == {"release": "shop@1.4.0+27", "dist": "27"}


SHOP = Release(name="shop@1.4.0+27", package="shop", version="1.4.0", build="27")


@pytest.mark.parametrize(
    ("identity", "release", "reason"),
    [
        pytest.param(("shop", "1.4.0", "27"), SHOP, "the same", id="the same"),
        pytest.param(("other", "1.4.0", "27"), SHOP, "its own id", id="another id"),
        pytest.param(("shop", "1.4", "27"), SHOP, "version 1.4", id="another version"),
        pytest.param(("shop", "1.4.0", None), SHOP, "build absent", id="no build number"),
        pytest.param(
            ("other", None, "28"), SHOP, "its own id, version absent, build 28", id="everything"
        ),
        pytest.param(
            ("shop", "1.4.0", "27"),
            Release(name="canary", package="shop", version="1.4.0", build="27"),
            "a custom name",
            id="a name of its own",
        ),
        pytest.param(
            ("shop", "1.4.0", None), Release(name="canary"), "a custom name", id="a name alone"
        ),
    ],
)
def test_a_difference_from_the_default_is_explained(
    identity: tuple[str, str | None, str | None], release: Release, reason: str
) -> None:
    app_id, version, build = identity
    own = Identity(app_id=app_id, version=version, build=build)

    assert explain_difference(build_sdk_default(own), own, release) == reason
