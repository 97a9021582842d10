"""action.yml, Config, the program's outputs and the README say the same."""

import importlib.util
import re
from dataclasses import fields
from types import ModuleType

import pytest
import yaml

from sentry_release.decisions.naming import DEFAULT_TEMPLATE
from sentry_release.facts.config import Config
from stage import ROOT, Job
from standin import StandIn

ACTION = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)  # noqa: S506 - texts only
README = (ROOT / "README.md").read_text()
STATIC_DEFAULTS = {
    name: spec["default"]
    for name, spec in ACTION["inputs"].items()
    if "default" in spec and "${{" not in spec["default"]
}

VARIABLES = {
    name: found[1]
    for name, spec in ACTION["inputs"].items()
    if (found := re.search(r"\[(SENTRY_\w+)\]$", spec["description"]))
}


def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", ROOT / "scripts/tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_inputs_and_fields_are_the_same_in_the_same_order() -> None:
    assert list(ACTION["inputs"]) == [field.name.replace("_", "-") for field in fields(Config)]


def test_the_defaults_of_action_yml_are_those_of_the_program() -> None:
    written = Config.from_env({f"INPUT_{k.upper()}": v for k, v in STATIC_DEFAULTS.items()})

    assert written == Config.from_env({})


@pytest.mark.parametrize(("name", "variable"), sorted(VARIABLES.items()))
def test_a_variable_named_in_the_description_is_read_when_the_input_is_empty(
    name: str, variable: str
) -> None:
    sample = "https://sentry.example.com" if name in {"url", "dsn"} else "sample"
    needed = {"SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop"}

    config = Config.from_env(needed | {variable: sample})

    assert getattr(config, name.replace("-", "_")) in {sample, (sample,)}


def test_every_output_that_is_declared_is_told_and_no_other(job: Job, sentry: StandIn) -> None:
    first = job.main()
    sentry.land_commits()
    job.post()
    sentry.repository.commit("feat: next")
    job.environ["GITHUB_SHA"] = sentry.repository.branches["main"]
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    second = job.main(commits="github")
    third = job.main(phase="deploy")
    sentry.count("shop@1.5.0+28", 1000, 1)
    fourth = job.main(phase="health")
    fifth = job.main(phase="doctor")

    told = {name for stage in (first, second, third, fourth, fifth) for name in stage.outputs}
    assert told == ACTION["outputs"].keys()


def test_the_post_stage_always_runs_and_learns_how_the_job_ended() -> None:
    assert ACTION["runs"]["post-if"] == "always()"
    assert ACTION["inputs"]["job-status"]["default"] == "${{ job.status }}"


def test_no_shell_stands_between_the_runner_and_the_program() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert ACTION["runs"]["entrypoint"] == "/action/main"
    assert ACTION["runs"]["post-entrypoint"] == "/action/post"
    assert "ln -s entrypoint.py main && ln -s entrypoint.py post" in dockerfile
    assert "args" not in ACTION["runs"]


def test_the_tables_of_the_readme_are_in_step() -> None:
    assert tables().with_tables(README, ACTION) == README
    assert "| `defines-file` |" in README


def test_the_readme_shows_the_default_template() -> None:
    assert DEFAULT_TEMPLATE in README
