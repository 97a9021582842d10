"""Claims about `sentry-release init`: the workflow fits the project, and nothing is overwritten."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from broken_app import doctor
from init_projects import EXPECTED, PROJECTS, created, init, pubspec, write_project
from job import ROOT
from recipes import VERSIONS, folder_of, read, uses_our_action
from sentry_release import REPOSITORY
from sentry_release.cli.command_line import parse_arguments
from sentry_release.config.input_table import list_inputs
from sentry_release.config.inputs import Command

ON_GITHUB = sorted(set(PROJECTS) - {"gitlab"})
WORKFLOW = ".github/workflows/sentry-release.yml"
SUB_ACTIONS = {".": Command.RELEASE, "host": Command.RELEASE}


def workflows(project: str) -> dict[str, Any]:
    """The expected workflows of a project, read as the runner does."""
    return {path.name: read(path.read_text()) for path in (EXPECTED / project).glob("*.yml")}


def app(folder: Path, files: Mapping[str, str]) -> Path:
    """A web app with these files besides."""
    for path, text in {"pubspec.yaml": pubspec("shop"), "web/index.html": "", **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.mark.parametrize("project", ON_GITHUB)
def test_the_written_workflows_are_the_expected_ones(project: str, tmp_path: Path) -> None:
    assert init(write_project(project, tmp_path), "--write").code == 0

    expected = {path.name: path.read_text() for path in (EXPECTED / project).iterdir()}
    assert created(tmp_path) == expected, "run make tables"


def test_what_is_printed_is_what_would_be_written(tmp_path: Path) -> None:
    output = init(write_project("mobile", tmp_path))

    assert output.code == 0
    assert output.printed == (EXPECTED / "mobile/sentry-release.yml").read_text()
    assert created(tmp_path) == {}


def test_every_app_of_a_monorepo_gets_a_workflow_of_its_own(tmp_path: Path) -> None:
    folder = write_project("monorepo", tmp_path)

    assert init(folder, "--working-directory", "apps/shop", "--write").code == 0
    assert list(created(tmp_path)) == ["sentry-release-shop.yml"]
    assert init(folder, "--working-directory", "apps/courier", "--write").code == 0
    assert list(created(tmp_path)) == ["sentry-release-courier.yml", "sentry-release-shop.yml"]


@pytest.mark.parametrize("project", ON_GITHUB)
def test_each_step_of_the_product_has_only_inputs_of_its_action(project: str) -> None:
    steps = [
        step
        for workflow in workflows(project).values()
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if uses_our_action(step)
    ]

    assert steps
    for step in steps:
        folder = folder_of(step)
        known = list_inputs(SUB_ACTIONS.get(folder) or Command(folder.rpartition("/")[2]))
        assert step.get("with", {}).keys() <= known.keys()
        assert (ROOT / folder / "action.yml").is_file()


@pytest.mark.parametrize("project", ON_GITHUB)
def test_container_actions_run_on_linux_only(project: str) -> None:
    for workflow in workflows(project).values():
        for job in workflow["jobs"].values():
            own = [folder_of(step) for step in job["steps"] if uses_our_action(step)]
            on_linux = job["runs-on"].startswith("ubuntu")
            assert [one for one in own if one.startswith("host") is on_linux] == []


@pytest.mark.parametrize("project", ON_GITHUB)
def test_one_job_records_the_deploy(project: str) -> None:
    for workflow in workflows(project).values():
        jobs = workflow["jobs"]
        recording = [
            name
            for name, job in jobs.items()
            for step in job["steps"]
            if uses_our_action(step)
            and folder_of(step) in {".", "host", "deploy"}
            and step.get("with", {}).get("deploy") != "false"
        ]
        assert len(recording) == 1
        assert set(jobs[recording[0]].get("needs", [])) == jobs.keys() - set(recording)


@pytest.mark.parametrize("project", [one for one in ON_GITHUB if one != "mobile"])
def test_the_doctor_finds_nothing_in_the_written_workflow(project: str, tmp_path: Path) -> None:
    folder = write_project(project, tmp_path)
    assert init(folder, "--write").code == 0

    places = doctor(folder, "--all", "--json").text
    assert ".github/workflows/" not in places


def test_the_commands_for_another_ci_host_are_commands_of_the_program(tmp_path: Path) -> None:
    output = init(write_project("gitlab", tmp_path))

    assert output.printed == (EXPECTED / "gitlab/commands.sh").read_text()
    lines = re.findall(r"sentry-release \w+[^\n)#]*", output.printed)
    commands = [parse_arguments(shlex.split(line)).command for line in lines]
    assert commands == [Command.RELEASE, Command.RUN, Command.UPLOAD, Command.DEPLOY]


def test_nothing_is_written_for_another_ci_host(tmp_path: Path) -> None:
    output = init(write_project("gitlab", tmp_path), "--write")

    assert output.code == 2
    assert "This repository uses GitLab CI: it has .gitlab-ci.yml." in output.said
    assert created(tmp_path) == {}


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    folder = app(tmp_path, {WORKFLOW: "name: mine\n"})

    output = init(folder, "--write")

    assert output.code == 2
    assert f"{WORKFLOW} exists." in output.said
    assert (folder / WORKFLOW).read_text() == "name: mine\n"


def test_either_all_workflows_are_written_or_none(tmp_path: Path) -> None:
    folder = write_project("monorepo", tmp_path)
    (folder / WORKFLOW).parent.mkdir(parents=True)
    (folder / ".github/workflows/sentry-release-shop.yml").write_text("name: mine\n")

    assert init(folder, "--write").code == 2
    assert created(folder) == {"sentry-release-shop.yml": "name: mine\n"}


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    folder, outside = app(tmp_path / "app", {}), tmp_path / "outside"
    outside.mkdir()
    (folder / ".github").mkdir()
    (folder / ".github/workflows").symlink_to(outside)

    assert init(folder, "--write").code == 2
    assert list(outside.iterdir()) == []


def test_a_second_workflow_is_not_written_beside_one_that_uses_the_action(tmp_path: Path) -> None:
    used = read((EXPECTED / "shop/sentry-release.yml").read_text())
    folder = app(tmp_path, {".github/workflows/ship.yml": yaml.safe_dump(used)})

    output = init(folder, "--write")

    assert output.code == 2
    assert ".github/workflows/ship.yml already uses this action." in output.said
    assert created(folder) == {}


def test_the_new_workflow_is_not_ignored_by_git(tmp_path: Path) -> None:
    assert init(app(tmp_path, {}), "--write").code == 0
    assert [path.name for path in (tmp_path / ".github").rglob("*")] == [
        "workflows",
        "sentry-release.yml",
    ]


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("apps/${{ github.token }}", "folder 'apps/${{ github.token }}'"),
        ("apps/a b", "folder 'apps/a b'"),
        ("apps/x\n      - run: id", r"folder 'apps/x\n      - run: id'"),
        ('apps/"; id; "', "folder 'apps/\"; id; \"'"),
    ],
)
def test_a_folder_whose_name_could_inject_something_is_refused(
    tmp_path: Path, folder: str, said: str
) -> None:
    app(tmp_path / folder, {})

    output = init(tmp_path)

    assert output.code == 3
    assert f"The {said} cannot be written into a workflow." in output.said
    assert output.printed == ""


@pytest.mark.parametrize("value", ["${{ x }}", "a\nb", "--x", "a b", "$(id)"])
@pytest.mark.parametrize("name", ["environment", "flavor"])
def test_a_value_that_could_inject_something_is_refused(
    tmp_path: Path, name: str, value: str
) -> None:
    folder = write_project("mobile", tmp_path)

    output = init(folder, f"--{name}={value}")

    assert output.code in {2, 3}
    assert output.printed == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".fvmrc", '{"flutter": "3.44.1\\"; id"}'),
        (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/a${{x}}b\n"),
        ("android/app/build.gradle", "android { productFlavors { '${{ x }}' {} } }"),
        (
            ".github/workflows/b.yml",
            "on: push\njobs: {a: {runs-on: x, steps: [{run: 'flutter build web -t lib/$(id).dart'}]}}",
        ),
    ],
)
def test_a_hostile_file_puts_nothing_into_the_workflow(
    tmp_path: Path, path: str, text: str
) -> None:
    output = init(app(tmp_path, {path: text}))

    assert output.code == 0
    for injected in ("${{ x }}", "${{x}}", 'id"', "$(id)"):
        assert injected not in output.printed
    assert read(output.printed)["jobs"]


def test_a_flavor_of_the_user_takes_precedence(tmp_path: Path) -> None:
    output = init(write_project("mobile", tmp_path), "--flavor", "dev")

    assert "--flavor dev" in output.printed
    assert "--flavor prod" not in output.printed


def test_another_environment_is_that_of_every_step(tmp_path: Path) -> None:
    output = init(write_project("mobile", tmp_path), "--environment", "staging")

    assert output.printed.count('environment: "staging"') == 3
    assert "production" not in output.printed


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ("shop", "Add the secret SENTRY_AUTH_TOKEN: an organization token"),
        ("shop", "Add the variables SENTRY_PROJECT (the project's slug) and SENTRY_DSN"),
        ("mobile", "Add the variable SENTRY_PROJECT (the project's slug), under"),
        ("mobile", "pubspec.yaml has no build number: the workflow uses the number of the run."),
        ("mobile", ".github/workflows/build.yml:7 builds the app already"),
        ("mobile", "It builds the flavor prod; --flavor chooses another one."),
        ("desktop", "Replace the step Deploy of macOS, Windows, Linux"),
    ],
)
def test_what_else_is_needed_is_listed(project: str, said: str, tmp_path: Path) -> None:
    output = init(write_project(project, tmp_path))

    assert said in output.said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"pubspec.yaml": pubspec("shop").replace("  sentry_flutter: ^9.27.0\n", "")},
            "Add the SDK: `flutter pub add sentry_flutter`",
        ),
        (
            {"pubspec.yaml": pubspec("shop").replace("version: 1.4.0+27\n", "")},
            "Add a version to pubspec.yaml",
        ),
        (
            {
                "lib/main.dart": "import 'package:sentry_flutter/sentry_flutter.dart';\nmain() => SentryFlutter.init((o) => o.release = 'x');\n"
            },
            "run `sentry-release doctor`",
        ),
        (
            {"Makefile": "symbols:\n\tdart run sentry_dart_plugin\n"},
            "A step runs sentry_dart_plugin: remove it",
        ),
    ],
)
def test_what_the_project_lacks_is_reported(
    files: Mapping[str, str], said: str, tmp_path: Path
) -> None:
    assert said in init(app(tmp_path, files)).said


def test_a_folder_without_an_app_is_an_error(tmp_path: Path) -> None:
    output = init(tmp_path)

    assert output.code == 3
    assert "No pubspec.yaml in '.'." in output.said


def test_a_quiet_run_prints_the_workflow_alone(tmp_path: Path) -> None:
    output = init(write_project("shop", tmp_path), "--quiet")

    assert output.said == ""
    assert output.printed == (EXPECTED / "shop/sentry-release.yml").read_text()


def test_the_versions_of_other_actions_are_those_of_the_pages() -> None:
    texts = [path.read_text() for path in EXPECTED.rglob("*.yml")]
    used = {one for text in texts for one in re.findall(r"uses: ([\w/-]+)@(v\d+) ", text + " ")}

    others = {(name, version) for name, version in used if not name.startswith(REPOSITORY)}
    assert others <= set(VERSIONS.items())
