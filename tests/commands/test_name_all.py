"""Claims about `name --all`: every app of a monorepo, and nothing that only looks like one."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps import app, names, output

PLUGIN = "flutter:\n  plugin: {platforms: {android: {package: com.example}}}\n"


def paths(workspace: Path, *words: str) -> list[str]:
    """Where the apps lie that are named."""
    return [one["path"] for one in names(workspace, "--all", *words)]


def package(folder: Path, text: str) -> None:
    """A folder with a pubspec in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pubspec.yaml").write_text(text)


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    """Two apps, and everything else that a monorepo holds."""
    package(tmp_path, "name: workspace\nworkspace: [apps/shop, apps/kitchen]\n")
    app(tmp_path / "apps/shop", on=("android", "web"))
    app(tmp_path / "apps/kitchen", version="2.0.0+3", on=("linux",))
    package(tmp_path / "packages/words", "name: words\nversion: 1.0.0\n")
    package(
        tmp_path / "packages/widgets", "name: widgets\ndependencies:\n  flutter: {sdk: flutter}\n"
    )
    app(tmp_path / "packages/scanner", on=("android",), more=PLUGIN)
    app(tmp_path / "packages/scanner/example", on=("android",))
    package(tmp_path / "tool/server", "name: server\nversion: 1.0.0\n")
    (tmp_path / "tool/server/web").mkdir()
    return tmp_path


def test_every_app_is_named_packages_and_plugins_are_not(monorepo: Path) -> None:
    assert paths(monorepo) == ["apps/kitchen", "apps/shop", "packages/scanner/example"]


def test_each_is_named_as_it_would_be_alone_so_that_a_matrix_can_use_it(monorepo: Path) -> None:
    listed = names(monorepo, "--all")

    for one in listed:
        alone = names(monorepo, "--working-directory", one["path"])
        assert one == {"path": one["path"], **alone}
        assert next(iter(one)) == "path"


@pytest.mark.parametrize("name", ["pubspec.yaml", "android", "melos.yaml"])
def test_a_link_that_leads_out_of_the_workspace_keeps_no_other_app_from_its_name(
    monorepo: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "file").write_text("name: evil\nversion: 6.6.6\n")
    folder = monorepo / ("" if name == "melos.yaml" else "apps/linked")
    if folder != monorepo:
        app(folder, on=("web",))
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(outside if name == "android" else outside / "file")

    listed = {one["path"]: one.get("release") for one in names(monorepo, "--all")}

    assert listed["apps/shop"] == "shop@1.4.0+27"
    assert "evil" not in str(listed)


def test_a_lock_that_leads_out_of_the_workspace_is_none(tmp_path: Path) -> None:
    workspace = app(tmp_path / "shop", on=("web",))
    (tmp_path / "outside").write_text("packages: {sentry_flutter: {version: 6.6.6}}\n")
    (workspace / "pubspec.lock").symlink_to(tmp_path / "outside")

    found = output(workspace)

    assert "shop@1.4.0+27" in found
    assert "6.6.6" not in found


def test_only_what_lies_below_the_folder_is_named(monorepo: Path) -> None:
    assert paths(monorepo, "--working-directory", "apps") == ["apps/kitchen", "apps/shop"]
    assert paths(monorepo, "--working-directory", "apps/shop") == ["apps/shop"]
    assert "No Flutter app below 'tool'." in output(
        monorepo, "--all", "--working-directory", "tool", exit_code=3
    )


def test_people_get_a_line_for_each(monorepo: Path) -> None:
    assert output(monorepo, "--all").splitlines() == [
        "app                       release",
        "apps/kitchen              shop@2.0.0+3",
        "apps/shop                 shop@1.4.0+27",
        "packages/scanner/example  shop@1.4.0+27",
    ]


def test_the_other_inputs_hold_for_each_of_them(monorepo: Path) -> None:
    listed = names(monorepo, "--all", "--platform", "android", "--build-number", "9")

    assert [(one["build"], list(one["sdk_defaults"])) for one in listed] == [
        ("9", []),
        ("9", ["android"]),
        ("9", ["android"]),
    ]


def test_an_app_whose_pubspec_is_broken_is_named_with_its_mistake(monorepo: Path) -> None:
    (monorepo / "apps/kitchen/pubspec.yaml").write_text("name: kitchen\n\tflutter:\n")
    package(monorepo / "bricks/__brick__", "name: {{name}}\nflutter:\n")

    broken, *others = names(monorepo, "--all")

    assert broken["path"] == "apps/kitchen"
    assert broken["error"].startswith("apps/kitchen/pubspec.yaml is not valid YAML at line 2")
    assert "release" not in broken
    assert [one["path"] for one in others] == ["apps/shop", "packages/scanner/example"]
    assert "apps/kitchen              ! apps/kitchen/pubspec.yaml is not valid" in output(
        monorepo, "--all"
    )


@pytest.mark.parametrize(
    "folder",
    ["build", ".dart_tool", "node_modules", "ios/Pods", ".git", ".fvm", ".pub-cache", ".symlinks"],
)
def test_folders_that_are_made_by_machines_are_not_entered(tmp_path: Path, folder: str) -> None:
    app(tmp_path / "apps/shop")
    app(tmp_path / "apps/shop" / folder / "copy")

    assert paths(tmp_path) == ["apps/shop"]


def test_links_are_not_followed_into_loops_or_out(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    app(workspace / "apps/shop")
    app(tmp_path / "elsewhere")
    (workspace / "apps/shop/loop").symlink_to(workspace)
    (workspace / "apps/again").symlink_to(workspace / "apps/shop")
    (workspace / "apps/outside").symlink_to(tmp_path / "elsewhere")
    (workspace / "apps/nowhere").symlink_to(workspace / "apps/nowhere")

    assert paths(workspace) == ["apps/shop"]


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["for people", "for programs"])
def test_an_empty_folder_is_a_mistake(tmp_path: Path, words: list[str]) -> None:
    assert output(tmp_path, "--all", *words, exit_code=3).startswith("error: No Flutter app below")


def test_a_folder_outside_of_the_workspace_is_a_mistake(tmp_path: Path) -> None:
    assert "leads out of the workspace" in output(
        tmp_path, "--all", "--working-directory", "..", exit_code=2
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param(
            "melos.yaml", "name: all\nignore:\n  - packages/**/example\n", id="up to melos 6"
        ),
        pytest.param(
            "pubspec.yaml",
            "name: all\nmelos:\n  ignore: ['packages/*/example/']\n",
            id="since melos 7",
        ),
        pytest.param("melos.yaml", "name: all\nignore: ['**/example']\n", id="at any depth"),
    ],
)
def test_a_package_that_melos_ignores_is_not_an_app_of_the_monorepo(
    monorepo: Path, file: str, text: str
) -> None:
    (monorepo / file).write_text(text)

    assert paths(monorepo) == ["apps/kitchen", "apps/shop"]
    assert "No Flutter app" in output(
        monorepo, "--all", "--working-directory", "packages", exit_code=3
    )


@pytest.mark.parametrize("text", ["name: all\n", "name: all\nignore: x\n", "\tbroken", "[]", ""])
def test_a_melos_that_ignores_nothing_changes_nothing(monorepo: Path, text: str) -> None:
    (monorepo / "melos.yaml").write_text(text)

    assert len(paths(monorepo)) == 3


@pytest.fixture
def deep() -> Iterator[Path]:
    """A workspace that Python's own functions, and so pytest's, could not remove."""
    root = Path(tempfile.mkdtemp())
    try:
        subprocess.run(["mkdir", "-p", str(root.joinpath(*["d"] * 1100))], check=True)  # noqa: S603, S607 - fixed words
        yield root
    finally:
        subprocess.run(["rm", "-rf", str(root)], check=True)  # noqa: S603, S607 - as above


def test_an_app_in_a_thousand_folders_and_more_is_named(deep: Path) -> None:
    app(deep.joinpath(*["d"] * 1100), on=("web",))

    assert paths(deep) == ["/".join(["d"] * 1100)]
