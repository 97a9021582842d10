"""Claims about where the doctor is started: in an app's own folder, at a root, and without Sentry."""

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from broken_app import PUBSPEC, Output, healthy_app, write, write_broken_app
from corpus import CORPUS
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.cli.main import USER_AGENT, run
from sentry_release.cli.wiring import create_services
from sentry_release.commands.doctor_command import run_doctor as check
from sentry_release.config.config import Config
from sentry_release.services import create_system_clock

FLUTTER = "name: {}\nversion: 1.0.0+1\ndependencies:\n  flutter: {{sdk: flutter}}\n"
ROOT = "name: all\nworkspace: [apps/shop, apps/courier]\n"


def doctor(folder: Path, *words: str, monkeypatch: pytest.MonkeyPatch) -> Output:
    """Play `sentry-release doctor` in a folder, as a person does in a terminal."""
    monkeypatch.chdir(folder)
    outputs = io.StringIO()
    with redirect_stdout(outputs), redirect_stderr(outputs):
        code = run(["sentry-release", "doctor", *words], {})
    return Output(code=code, text=outputs.getvalue())


def play_all(workspace: Path, *options: str) -> Output:
    """Play the doctor with `--all` on a workspace."""
    environ = {"GITHUB_WORKSPACE": str(workspace)}
    log = io.StringIO()
    runner = ActionsRunner.from_env(environ, log=log)
    config = Config.from_env({})
    context = Context.from_env(environ, {})
    services = create_services(
        config, context, runner, environ, agent=USER_AGENT, clock=create_system_clock()
    )
    code = check(config, context, services, frozenset({"--all", *options}))
    return Output(code=code, text=log.getvalue())


def two_apps(root: Path) -> Path:
    """A workspace with a healthy app and a sick one, and a package that is no app."""
    healthy_app(root / "apps/shop", {"android/build.gradle": ""})
    write_broken_app(root / "apps/courier", {"ios/Podfile": ""})
    return write(root, {"pubspec.yaml": ROOT, "packages/log/pubspec.yaml": FLUTTER.format("log")})


# --- from the app's own folder ---


@pytest.mark.parametrize("has_git", [True, False])
def test_in_its_own_folder_an_app_is_checked_as_from_the_root(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    has_git: bool,  # noqa: FBT001 - a column of a table
) -> None:
    root = Path(shutil.copytree(CORPUS / "app-in-a-workspace", tmp_path / "repository"))
    if has_git:
        (root / ".git").mkdir()

    inside = doctor(root / "apps/shop", "--json", monkeypatch=monkeypatch)
    above = doctor(root, "--json", "--working-directory=apps/shop", monkeypatch=monkeypatch)

    assert inside.lines == above.lines
    assert len(inside.lines) == 3
    assert inside.code == above.code == 3


def test_only_the_nearest_repository_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A submodule has a workflow of its own; that of the repository around it builds another app."""
    ships = "on: push\njobs: {ship: {steps: [{run: flutter build apk}]}}\n"
    healthy_app(tmp_path / "modules/app", {".git": "gitdir: ../../.git/modules/app\n"})
    write(tmp_path, {".git/HEAD": "ref: refs/heads/main\n", ".github/workflows/ship.yml": ships})

    found = doctor(tmp_path / "modules/app", "--json", monkeypatch=monkeypatch)

    assert found.lines == []


def test_a_workspace_that_is_named_is_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_broken_app(tmp_path / "app")
    write(tmp_path, {".git/HEAD": "ref: refs/heads/main\n"})
    monkeypatch.setenv("GITHUB_WORKSPACE", "")
    monkeypatch.chdir(tmp_path)
    outputs = io.StringIO()

    with redirect_stdout(outputs), redirect_stderr(outputs):
        run(["sentry-release", "doctor", "--json"], {"GITHUB_WORKSPACE": str(tmp_path / "app")})

    assert json.loads(outputs.getvalue())["app"] == "."


def test_a_report_is_written_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_broken_app(tmp_path / "apps/shop")
    write(tmp_path, {".git/HEAD": "ref: refs/heads/main\n"})

    doctor(tmp_path / "apps/shop", "--report-dir=report", monkeypatch=monkeypatch)

    report = json.loads((tmp_path / "apps/shop/report/doctor.json").read_text())
    assert report["app"] == "apps/shop"


def test_a_fix_in_the_own_folder_is_written_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_broken_app(tmp_path / "apps/shop")
    write(tmp_path, {".git/HEAD": "ref: refs/heads/main\n"})

    doctor(tmp_path / "apps/shop", "--fix", "--write", monkeypatch=monkeypatch)

    assert (
        "enableAutoSessionTracking = false"
        not in (tmp_path / "apps/shop/lib/main.dart").read_text()
    )


# --- at a root without an app ---


def test_a_root_without_an_app_names_the_apps_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = doctor(two_apps(tmp_path), monkeypatch=monkeypatch)

    assert output.code == 3
    assert (
        "There is no Flutter app in the current folder; 2 apps below: apps/courier, apps/shop."
        in output.text
    )
    assert "sentry-release doctor --all" in output.text


def test_a_folder_without_pubspec_names_the_apps_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (two_apps(tmp_path) / "pubspec.yaml").unlink()

    output = doctor(tmp_path, monkeypatch=monkeypatch)

    assert output.code == 3
    assert "2 apps below: apps/courier, apps/shop." in output.text


def test_all_apps_are_checked_and_the_worst_decides(tmp_path: Path) -> None:
    output = play_all(two_apps(tmp_path), "--json")

    apps = {one["app"]: one["counts"]["error"] for one in json.loads(output.text)["apps"]}
    assert apps == {"apps/courier": 1, "apps/shop": 0}
    assert output.code == 3


def test_all_apps_come_as_one_table_after_the_other(tmp_path: Path) -> None:
    output = play_all(two_apps(tmp_path))

    assert output.text.count(" rules.") == 2


@pytest.mark.parametrize("option", ["--fix", "--sarif"])
def test_all_apps_are_neither_fixed_nor_reported_as_sarif_at_once(
    tmp_path: Path, option: str
) -> None:
    with pytest.raises(Exception, match=f"--all cannot be combined with {option}"):
        play_all(two_apps(tmp_path), option)


# --- no silence that looks like a pass ---


def test_an_app_without_the_sdk_is_reported_as_unchecked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"pubspec.yaml": FLUTTER.format("shop"), "lib/main.dart": "void main() {}\n"})

    output = doctor(tmp_path, monkeypatch=monkeypatch)

    assert "! sentry_flutter is not a dependency of shop" in output.text
    assert "shop: not checked without sentry_flutter, of " in output.text


def test_an_app_in_which_nothing_starts_the_sdk_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"pubspec.yaml": PUBSPEC, "lib/main.dart": "void main() {}\n"})

    output = doctor(tmp_path, monkeypatch=monkeypatch)

    assert "calls SentryFlutter.init." in output.text


def test_without_a_version_it_is_reported_that_there_is_nothing_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy_app(tmp_path, {"pubspec.yaml": PUBSPEC.replace("version: 1.4.0+27\n", "")})

    output = doctor(tmp_path, monkeypatch=monkeypatch)

    assert "! pubspec.yaml of shop has no version" in output.text
