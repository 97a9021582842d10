"""The table of inputs and outputs, Config, every action.yml, the README and the program agree."""

from dataclasses import fields
from importlib import import_module
from typing import Any

import pytest
import yaml

from fake_sentry import FakeServers
from job import ROOT, Job
from sentry_release.config.config import Config
from sentry_release.config.input_table import INPUTS, list_inputs
from sentry_release.config.inputs import ACTIONS, Command
from sentry_release.config.outputs import list_outputs
from sentry_release.release.release_name import DEFAULT_TEMPLATE

README = (ROOT / "README.md").read_text()
STATIC_DEFAULTS = {
    name: one.default for name, one in INPUTS.items() if one.default and "${{" not in one.default
}
VARIABLES = {name: one.variable for name, one in INPUTS.items() if one.variable}
MARKETPLACE_LIMIT = 125  # characters of an action's description


def action(command: Command, *, on_host: bool = False) -> dict[str, Any]:
    """An action.yml as the runner reads it."""
    folder = ROOT / "host" if on_host else ROOT
    path = folder / ("" if command is Command.RELEASE else command) / "action.yml"
    return yaml.load(path.read_text(), yaml.CBaseLoader)  # type: ignore[no-any-return] # noqa: S506 - texts only


def test_inputs_and_fields_are_the_same_in_the_same_order() -> None:
    names = [field.name.replace("_", "-") for field in fields(Config) if field.metadata]

    assert list(INPUTS) == names


def test_every_action_file_is_in_step_with_the_tables() -> None:
    for path, text in import_module("action_files").action_files().items():
        assert (ROOT / path).read_text() == text, f"{path}: run make tables"


@pytest.mark.parametrize("command", ACTIONS)
@pytest.mark.parametrize("on_host", [False, True], ids=["container", "host"])
def test_an_action_has_its_own_inputs_and_outputs_only(command: Command, *, on_host: bool) -> None:
    found = action(command, on_host=on_host)

    assert list(found["inputs"]) == list(list_inputs(command))
    assert list(found["outputs"]) == list(list_outputs(command))


@pytest.mark.parametrize(
    ("command", "max_count"),
    [
        # Promoted builds (define-environment) and announcements (announce, notes-dir) belong to
        # the job that builds and deploys, so no sub-action can have them instead.
        (Command.RELEASE, 43),
        (Command.DEPLOY, 32),
        (Command.HEALTH, 30),
        (Command.DOCTOR, 30),
    ],
)
def test_no_action_has_more_inputs_than_a_user_can_survey(command: Command, max_count: int) -> None:
    assert len(action(command)["inputs"]) <= max_count


@pytest.mark.parametrize("command", ACTIONS)
def test_the_marketplace_accepts_every_description(command: Command) -> None:
    assert len(str(action(command)["description"])) < MARKETPLACE_LIMIT


def test_the_defaults_of_action_yml_are_those_of_the_program() -> None:
    written = Config.from_env({f"INPUT_{k.upper()}": v for k, v in STATIC_DEFAULTS.items()})

    assert written == Config.from_env({})


@pytest.mark.parametrize(("name", "variable"), sorted(VARIABLES.items()))
def test_a_variable_named_in_the_table_is_read_when_the_input_is_empty(
    name: str, variable: str
) -> None:
    sample = "https://sentry.example.com" if name in {"url", "dsn"} else "sample"
    needed = {"SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop"}

    config = Config.from_env(needed | {variable: sample})

    assert getattr(config, name.replace("-", "_")) in {sample, (sample,)}


def test_every_action_sets_the_outputs_that_it_declares_and_no_other(
    job: Job, sentry: FakeServers
) -> None:
    first = job.main()
    sentry.land_commits()
    job.post()
    sentry.repository.commit("feat: next")
    job.environ["GITHUB_SHA"] = sentry.repository.branches["main"]
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    second = job.main(set_commits="github", notes_dir="notes")
    deploy = job.play("deploy", notes_dir="notes")
    sentry.count("shop@1.5.0+28", 1000, 1)

    assert {*first.outputs, *second.outputs} == list_outputs(Command.RELEASE).keys()
    assert deploy.outputs.keys() == list_outputs(Command.DEPLOY).keys()
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token
    health = job.play("health", min_crash_free_sessions="100")
    assert health.outputs.keys() == list_outputs(Command.HEALTH).keys()
    assert job.play("doctor").outputs.keys() == list_outputs(Command.DOCTOR).keys()


def test_the_post_stage_always_runs_and_learns_how_the_job_ended() -> None:
    root = action(Command.RELEASE)

    assert root["runs"]["post-if"] == "always()"
    assert root["inputs"]["job-status"]["default"] == "${{ job.status }}"


@pytest.mark.parametrize("command", ACTIONS)
def test_no_shell_stands_between_the_runner_and_the_program(command: Command) -> None:
    runs = action(command)["runs"]
    name = "main" if command is Command.RELEASE else command

    assert runs["entrypoint"] == f"/action/{name}"
    assert runs.get("post-entrypoint") == ("/action/post" if name == "main" else None)
    assert "args" not in runs
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert (
        "for name in main post upload deploy health doctor; do ln -s entrypoint.py $name"
        in dockerfile
    )


def test_the_tables_of_the_readme_are_in_step() -> None:
    assert import_module("tables").with_tables(README) == README
    assert "| `dart-defines-file` |" in README


def test_the_readme_shows_the_default_template() -> None:
    assert DEFAULT_TEMPLATE in README
