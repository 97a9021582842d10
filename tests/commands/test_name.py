"""Claims about `sentry-release name`: what the release is called everywhere, in JSON and in words."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from apps import PLATFORMS, SHOP, app, names, output
from job import ROOT
from sentry_release.cli.main import run

ID = "com.example.shop"


def ios_project(flavors: int, lines: int) -> str:
    """A project.pbxproj of a flavored app with this many lines, as years of Xcode leave it."""
    text = (SHOP / "ios/Runner.xcodeproj/project.pbxproj").read_text()
    objects = []
    for number in range(flavors):
        own = f"INFOPLIST_FILE = Runner/Info.plist; PRODUCT_BUNDLE_IDENTIFIER = com.example.flavor{number};"
        for level, settings in (("1", ""), ("2", own)):
            objects.append(
                f"\t\t5C{level}{number:021} = {{\n\t\t\tisa = XCBuildConfiguration;\n"
                f"\t\t\tbuildSettings = {{\n\t\t\t\t{settings}\n\t\t\t}};\n"
                f'\t\t\tname = "Release-flavor{number}";\n\t\t}};\n'
            )
    for level in "12":
        listed = "".join(f"\t\t\t\t5C{level}{number:021},\n" for number in range(flavors))
        release = f"\t\t\t\t5B0000000000000000000E0{level} /* Release */,\n"
        text = text.replace(release, release + listed)
    missing = lines - len((text + "".join(objects)).splitlines())
    objects += [
        f"\t\t5D{number:022} /* File{number}.swift in Sources */ = {{isa = PBXBuildFile; "
        f"fileRef = 5E{number:022} /* File{number}.swift */; }};\n"
        for number in range(missing)
    ]
    return text.replace("objects = {\n", "objects = {\n" + "".join(objects))


def android_script(flavors: int) -> str:
    text = (SHOP / "android/app/build.gradle.kts").read_text()
    every = "".join(
        f'        create("flavor{number}") {{\n            dimension = "shop"\n'
        f'            applicationId = "com.example.flavor{number}"\n        }}\n'
        for number in range(flavors)
    )
    block = f'    flavorDimensions += "shop"\n    productFlavors {{\n{every}    }}\n'
    return text.rstrip().removesuffix("}") + block + "}\n"


# --- for programs ---


def test_the_object_for_programs_has_these_keys_in_this_order(tmp_path: Path) -> None:
    found = json.loads(
        output(app(tmp_path, on=("android", "web")), "--json", "--platform", "android")
    )

    expected = {
        "release": "shop@1.4.0+27",
        "package": "shop",
        "version": "1.4.0",
        "build": "27",
        "dist": "27",
        "app_id": ID,
        "flavor": None,
        "platform": "android",
        "source": "pubspec",
        "sdk_defaults": {"android": {"release": f"{ID}@1.4.0+27", "dist": "27"}},
    }
    assert found == expected
    assert list(found) == list(expected)
    assert list(found["sdk_defaults"]["android"]) == ["release", "dist"]


def test_it_is_one_line_of_its_own(tmp_path: Path) -> None:
    assert len(output(app(tmp_path), "--json").splitlines()) == 1


@pytest.mark.parametrize(
    "on", [(), ("web",), ("android", "ios"), PLATFORMS], ids=lambda on: " ".join(on) or "none"
)
def test_only_platforms_that_have_a_folder_are_named(tmp_path: Path, on: tuple[str, ...]) -> None:
    workspace = app(tmp_path, on=on)
    for other in set(PLATFORMS) - set(on):
        (workspace / other).write_text("a file of that name is no platform")

    assert tuple(names(workspace)["sdk_defaults"]) == on


def test_what_cannot_be_known_says_why_where_and_what_to_give(tmp_path: Path) -> None:
    workspace = app(tmp_path)
    resources = workspace / "windows/runner/Runner.rc"
    resources.write_text(resources.read_text().replace('"Shop"', "APP_NAME"))

    assert names(workspace)["sdk_defaults"]["windows"] == {
        "unknown": "cannot be read, because InternalName is not a string (windows/runner/Runner.rc); "
        "name the release with the input `release`"
    }


# --- by the inputs ---


@pytest.mark.parametrize("platform", PLATFORMS)
def test_platform_leaves_only_that_one(tmp_path: Path, platform: str) -> None:
    found = names(app(tmp_path), "--platform", platform)

    assert list(found["sdk_defaults"]) == [platform]
    assert found["platform"] == platform
    assert found["app_id"] == found["sdk_defaults"][platform]["release"].partition("@")[0]


def test_without_a_platform_no_single_id_is_chosen(tmp_path: Path) -> None:
    assert names(app(tmp_path))["app_id"] is None


def test_flavor_chooses_the_ids(tmp_path: Path) -> None:
    workspace = app(tmp_path, on=("android", "ios", "web"))
    (workspace / "android/app/build.gradle.kts").write_text(android_script(3))
    (workspace / "ios/Runner.xcodeproj/project.pbxproj").write_text(ios_project(3, 0))

    found = names(workspace, "--flavor", "flavor2")

    assert found["flavor"] == "flavor2"
    releases = {name: one["release"] for name, one in found["sdk_defaults"].items()}
    assert releases == {
        "android": "com.example.flavor2@1.4.0+27",
        "ios": "com.example.flavor2@1.4.0+27",
        "web": "shop@1.4.0+27",
    }


def test_the_default_flavor_of_the_pubspec_counts_where_none_is_given(tmp_path: Path) -> None:
    workspace = app(tmp_path, on=("android",), more="flutter:\n  default-flavor: flavor1")
    (workspace / "android/app/build.gradle.kts").write_text(android_script(2))

    found = names(workspace, "--platform=android")

    assert found["flavor"] == "flavor1"
    assert found["app_id"] == "com.example.flavor1"
    assert names(workspace, "--platform=android", "--flavor=flavor0")["app_id"] == (
        "com.example.flavor0"
    )


def test_build_name_and_build_number_take_the_place_of_the_pubspec(tmp_path: Path) -> None:
    found = names(app(tmp_path), "--build-name", "2.0.0", "--build-number", "99")

    assert (found["version"], found["build"], found["dist"]) == ("2.0.0", "99", "99")
    assert found["release"] == "shop@2.0.0+99"
    assert found["sdk_defaults"]["android"]["release"] == f"{ID}@2.0.0+99"


def test_working_directory_is_where_the_app_lies(tmp_path: Path) -> None:
    app(tmp_path / "apps/shop", version="3.0.0", on=("web",))

    assert names(tmp_path, "--working-directory", "apps/shop")["release"] == "shop@3.0.0"


@pytest.mark.parametrize(
    ("release", "name", "source"),
    [
        pytest.param("my-shop@7", "my-shop@7", "input", id="a finished name"),
        pytest.param("{{ package }}@{{ build }}", "shop@27", "template", id="a template"),
        pytest.param("sdk-default", f"{ID}@1.4.0+27", "sdk-default", id="the SDK's own"),
    ],
)
def test_release_is_what_we_inject_and_leaves_what_the_sdk_would_do(
    tmp_path: Path, release: str, name: str, source: str
) -> None:
    found = names(app(tmp_path, on=("android",)), "--release", release)

    assert found["release"] == name
    assert found["source"] == source
    assert found["sdk_defaults"]["android"]["release"] == f"{ID}@1.4.0+27"


# --- for people ---


def test_the_table_for_people_says_what_differs_and_why(tmp_path: Path) -> None:
    workspace = app(tmp_path, version="1.2.3-beta.4")
    gradle = workspace / "android/app/build.gradle.kts"
    gradle.write_text(gradle.read_text().replace('"com.example.shop"', "chosen()"))

    visible = output(workspace, "--environment", "production")

    assert visible.splitlines() == [
        "release      shop@1.2.3-beta.4",
        "from         pubspec",
        "dart-define  --dart-define=SENTRY_RELEASE=shop@1.2.3-beta.4 "
        "--dart-define=SENTRY_ENVIRONMENT=production",
        "in Sentry    package shop, version 1.2.3-beta.4, prerelease beta.4",
        "",
        "platform  SDK default                       with this tool     why they differ",
        *[line for line in visible.splitlines() if line.startswith("android   ?   ")],
        "ios       com.example.shop@1.2.3.4+1.2.3.4  shop@1.2.3-beta.4  "
        "its own id, version 1.2.3.4, build 1.2.3.4",
        "macos     com.example.shop@1.2.3.4+1.2.3.4  shop@1.2.3-beta.4  "
        "its own id, version 1.2.3.4, build 1.2.3.4",
        "windows   Shop@1.2.3-beta.4                 shop@1.2.3-beta.4  its own id",
        "linux     shop@1.2.3-beta.4                 shop@1.2.3-beta.4  the same",
        "web       shop@1.2.3-beta.4                 shop@1.2.3-beta.4  the same",
    ]
    assert "unknown: " in visible
    assert "android/app/build.gradle.kts" in visible


def test_a_custom_name_is_described_as_custom(tmp_path: Path) -> None:
    (row,) = [
        line
        for line in output(app(tmp_path, on=("web",)), "--release", "mine@7").splitlines()
        if line.startswith("web ")
    ]

    assert row.endswith("a custom name")


# --- only what is needed is read ---


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_files_of_other_platforms_are_not_even_opened(tmp_path: Path, platform: str) -> None:
    workspace = app(tmp_path)
    before = names(workspace, "--platform", platform)
    for file in workspace.glob("*/**/*"):
        if file.is_file() and file.relative_to(workspace).parts[0] != platform:
            file.unlink()
            os.mkfifo(file)  # no regular file: opening it fails, or waits for ever

    assert names(workspace, "--platform", platform) == before


def test_a_name_by_pubspec_for_a_build_reads_no_platform_at_all(tmp_path: Path) -> None:
    workspace = app(tmp_path)
    for file in workspace.glob("*/**/*"):
        if file.is_file():
            file.unlink()
            os.mkfifo(file)
    # A dry run names the release too, and shows no table.
    environ = {"PATH": os.environ["PATH"], "GITHUB_WORKSPACE": str(workspace)}
    done = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, str(ROOT / "entrypoint.py"), "release", "--dry-run", "true"],
        env=environ,
        capture_output=True,
        check=False,
        timeout=20,
    )

    assert done.returncode == 0


@pytest.mark.large
def test_a_large_app_with_forty_flavors_is_named_within_300_ms_and_60_mb(tmp_path: Path) -> None:
    workspace = app(tmp_path)
    (workspace / "android/app/build.gradle.kts").write_text(android_script(40))
    project = ios_project(40, 5_000)
    assert len(project.splitlines()) >= 5_000
    (workspace / "ios/Runner.xcodeproj/project.pbxproj").write_text(project)
    (workspace / "macos/Runner.xcodeproj/project.pbxproj").write_text(ios_project(40, 0))
    command = [
        sys.executable,
        str(ROOT / "entrypoint.py"),
        "name",
        "--json",
        "--flavor",
        "flavor39",
    ]
    environ = {"PATH": os.environ["PATH"], "GITHUB_WORKSPACE": str(workspace)}

    outputs, durations = b"", []
    for _ in range(4):
        began = _seconds_of_children()
        outputs = subprocess.run(command, env=environ, capture_output=True, check=True).stdout  # noqa: S603
        durations.append(_seconds_of_children() - began)
    max_count = _peak_megabytes(command, environ)

    ids = [
        json.loads(outputs)["sdk_defaults"][one]["release"].partition("@")[0]
        for one in ("android", "ios", "macos")
    ]
    assert ids == ["com.example.flavor39"] * 3
    assert min(durations) < 0.3
    assert max_count < 60


def _seconds_of_children() -> float:
    """Of the processor, whatever else the machine does: `name` waits for nothing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak_megabytes(command: list[str], environ: dict[str, str]) -> float:
    """What a process takes at most; that of all children is only known to a parent of one child."""
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    outputs = subprocess.run(  # noqa: S603 - our own file
        [sys.executable, "-c", script, *command], env=environ, capture_output=True, check=True
    )
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return int(outputs.stdout) / unit


# --- without a version, at a workspace's root, with an absolute path ---


def test_an_app_without_a_version_still_shows_what_its_platforms_report(tmp_path: Path) -> None:
    workspace = app(tmp_path, version=None, on=("android", "web"))

    found = names(workspace)
    text = output(workspace)

    assert found["release"] is None
    assert found["error"].startswith("pubspec.yaml has no `version`.")
    defaults = {key: one["release"] for key, one in found["sdk_defaults"].items()}
    assert defaults == {"android": f"{ID}@1.0+1", "web": "shop"}
    assert f"{ID}@1.0+1" in text
    assert "none: pubspec.yaml has no `version`." in text


def test_the_root_of_a_pub_workspace_points_at_its_apps(tmp_path: Path) -> None:
    members = "workspace: [apps/shop, apps/courier]\n"
    (tmp_path / "pubspec.yaml").write_text(f"name: acme\n{members}")
    for name in ("shop", "courier"):
        app(tmp_path / "apps" / name, on=("web",), more="resolution: workspace")

    text = output(tmp_path, exit_code=3)

    assert "Point `working-directory` at an app: apps/courier, apps/shop." in text
    assert "Add a line" not in text


@pytest.mark.parametrize("command", ["name", "doctor"])
def test_an_absolute_folder_inside_the_current_one_is_accepted(
    tmp_path: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app(tmp_path / "apps/shop", on=("web",))
    monkeypatch.chdir(tmp_path)
    folder = ["--working-directory", str(tmp_path / "apps/shop")]

    assert run(["sentry-release", command, *folder], {}) == 0
    assert run(["sentry-release", command, *folder], {"GITHUB_ACTIONS": "true"}) == 2
    assert run(["sentry-release", command, "--working-directory", "/etc"], {}) == 2
    assert "leads out of the workspace" in capsys.readouterr().out
