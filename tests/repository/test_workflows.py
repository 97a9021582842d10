"""Our workflows keep the rules that no linter knows."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from job import ROOT
from recipes import folder_of, uses_our_action
from self_test.claims import CLAIMS
from self_test.verdict import ON_PURPOSE
from sentry_release.config.input_table import INPUTS, get_group

FOLDER = ROOT / ".github/workflows"
FILES = sorted(FOLDER.glob("*.yml"))
EXAMPLES = sorted(ROOT.glob("examples/workflows/*.yml"))
SENTRY = "./.github/actions/sentry"
OWN_ACTIONS = {
    "./" + str(path.parent.relative_to(ROOT)).removeprefix(".")
    for path in (ROOT / "action.yml", *ROOT.glob("*/action.yml"), *ROOT.glob("host/*/action.yml"))
}
_PIN = re.compile(r"^ *(?:- )?uses: ([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$")


def read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), yaml.CBaseLoader)  # type: ignore[no-any-return] # noqa: S506 - texts only


WORKFLOWS = {path.name: read(path) for path in FILES}
SELF_TEST = WORKFLOWS["self-test.yml"]["jobs"]
PUBLISH = WORKFLOWS["publish.yml"]["jobs"]
PLAYED = {name: job for name, job in SELF_TEST.items() if "steps" in job}


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each step of each job, with where it stands."""
    for name, workflow in WORKFLOWS.items():
        for key, job in workflow["jobs"].items():
            for step in job.get("steps", ()):
                yield f"{name}: {key}", step


def test_a_third_party_action_is_pinned_to_the_same_commit_everywhere() -> None:
    lines = [line for path in FILES for line in path.read_text().splitlines()]
    named = [line for line in lines if re.match(r"^ *(?:- )?uses: (?!\./)", line)]
    pins = [_PIN.match(line) for line in named]

    assert [line for line, pin in zip(named, pins, strict=True) if pin is None] == []
    commits: dict[str, set[tuple[str, str]]] = {}
    for pin in filter(None, pins):
        commits.setdefault(pin[1], set()).add((pin[2], pin[3]))
    assert {name: found for name, found in commits.items() if len(found) > 1} == {}


def test_only_actions_of_github_itself_are_used() -> None:
    used = {step["uses"].split("@")[0] for _, step in steps() if "uses" in step}

    assert {one for one in used if not one.startswith(("actions/", "."))} == set()


def test_a_shell_step_is_at_most_three_lines() -> None:
    long = [where for where, step in steps() if len(step.get("run", "").splitlines()) > 3]

    assert long == []


def test_no_expression_is_pasted_into_a_shell() -> None:
    assert [where for where, step in steps() if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_permissions_and_each_job_lists_its_own(name: str) -> None:
    workflow = WORKFLOWS[name]

    assert workflow["permissions"] == {}
    assert [key for key, job in workflow["jobs"].items() if "permissions" not in job] == []


def test_the_job_that_may_write_to_the_repository_runs_nothing_that_was_installed() -> None:
    writers = {
        f"{name}: {key}": job
        for name, workflow in WORKFLOWS.items()
        for key, job in workflow["jobs"].items()
        if job["permissions"].get("contents") == "write"
    }

    assert list(writers) == ["publish.yml: publish"]
    [job] = writers.values()
    used = {step["uses"].split("@")[0] for step in job["steps"] if "uses" in step}
    assert used == {"actions/checkout", "actions/download-artifact"}
    commands = " ".join(step.get("run", "") for step in job["steps"])
    assert not re.search(r"\b(pip|npm|make|docker|curl)\b", commands)
    assert job["environment"] == "release"


def test_nothing_is_tagged_before_the_image_was_tried_and_v1_comes_last() -> None:
    assert {"image", "rehearse", "wheel"} <= set(PUBLISH["publish"]["needs"])
    assert {"test", "self-test"} <= set(PUBLISH["build"]["needs"])
    runs = [step["run"] for step in PUBLISH["publish"]["steps"] if "run" in step]
    order = [
        next(i for i, run in enumerate(runs) if word in run)
        for word in ("shipping publish", "gh release create", "shipping move")
    ]
    assert order == sorted(order)
    assert order[-1] == len(runs) - 1


def test_the_package_index_gets_the_attested_files_after_the_release_and_no_password() -> None:
    job = PUBLISH["index"]

    assert "publish" in job["needs"]
    assert job["environment"]["name"] == "pypi"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    [artifact] = [
        step["with"]["name"] for step in PUBLISH["wheel"]["steps"] if "name" in step.get("with", {})
    ]
    [download] = [step["with"] for step in job["steps"] if "download" in step.get("uses", "")]
    assert (download["name"], download["path"]) == (artifact, "dist")
    commands = "\n".join(step["run"] for step in job["steps"] if "run" in step)
    assert "--require-hashes" in commands
    assert "uv publish --trusted-publishing always" in commands
    assert "secrets." not in (FOLDER / "publish.yml").read_text()


def test_a_command_of_shipping_is_called_as_it_wants_to_be() -> None:
    main = __import__("shipping.__main__", fromlist=["_parser"])
    words = [
        re.sub(r'"?\$[A-Z_]+(@\$[A-Z_]+)?"?', "x", part).split()
        for _, step in steps()
        for part in re.findall(r"-m shipping ([^\n]+)", step.get("run", ""))
    ]

    assert {word[0] for word in words} == {
        "base", "candidate", "index", "move", "publish", "rewrite",
    }  # fmt: skip
    for word in words:
        main._parser().parse_args(word)  # noqa: SLF001 - it exits where it does not understand


# self-test.yml


@pytest.mark.parametrize(
    "name", [name for name in PLAYED if name not in {"kept", "built-elsewhere"}]
)
def test_each_claim_in_the_workflow_exists(name: str) -> None:
    used = [step.get("uses") for step in PLAYED[name]["steps"]]
    claims = [
        step["with"]["expect"] for step in PLAYED[name]["steps"] if step.get("uses") == SENTRY
    ]

    assert len(claims) == 1
    assert claims[0] in CLAIMS
    own = [place for place, action in enumerate(used) if action in OWN_ACTIONS]
    assert own
    assert used.index(SENTRY) < min(own)


def test_the_last_job_waits_for_all_others() -> None:
    assert set(SELF_TEST["kept"]["needs"]) == SELF_TEST.keys() - {"kept"}
    assert SELF_TEST["kept"]["if"] == "always()"
    script = SELF_TEST["kept"]["steps"][-1]["run"]
    assert f'"{SELF_TEST["kept"]["name"]}"' in script


def test_jobs_that_may_fail_are_those_that_must() -> None:
    may = {name for name, job in PLAYED.items() if job.get("continue-on-error") == "true"}
    must = {
        name
        for name, job in PLAYED.items()
        if any(step.get("name") == ON_PURPOSE for step in job["steps"])
    }

    assert may == must == {"failing", "host-failing"}


def test_both_forms_of_the_action_are_tried_on_every_machine_they_are_for() -> None:
    machines = {"ubuntu-24.04", "macos-15", "windows-2025"}

    for name in ("host-succeeding", "host-uploading", "host-failing", "host-refused"):
        assert set(PLAYED[name]["strategy"]["matrix"]["machine"]) == machines
    assert machines <= set(WORKFLOWS["ci.yml"]["jobs"]["host"]["strategy"]["matrix"]["machine"])


def test_required_waits_for_every_job_of_ci() -> None:
    jobs = WORKFLOWS["ci.yml"]["jobs"]

    assert set(jobs["required"]["needs"]) == jobs.keys() - {"required"}


# release.yml


def test_the_reusable_workflow_is_in_step_with_the_table_of_inputs() -> None:
    text = (FOLDER / "release.yml").read_text()

    assert import_module("reusable").with_marks(text) == text


def test_every_input_and_output_of_the_action_is_there_or_left_out_for_a_reason() -> None:
    reusable = import_module("reusable")
    action = read(ROOT / "action.yml")
    call = WORKFLOWS["release.yml"]["on"]["workflow_call"]
    [job] = WORKFLOWS["release.yml"]["jobs"].values()
    values = job["steps"][-1]["with"]
    left_out = {name for name in INPUTS if get_group(name) in reusable.NOT_TAKEN_GROUPS}
    left_out |= reusable.NOT_TAKEN

    assert values.keys() - {"finalize", "deploy"} == action["inputs"].keys() - left_out
    assert (values["finalize"], values["deploy"]) == ("false", "false")
    assert call["inputs"].keys() == values.keys() - left_out - reusable.SECRETS | {
        "ref",
        "timeout-minutes",
    }
    assert call["secrets"].keys() == reusable.SECRETS
    assert call["outputs"].keys() == action["outputs"].keys() - reusable.NOT_GIVEN
    assert action["inputs"].keys() >= reusable.NOT_TAKEN


def test_the_example_of_the_reusable_workflow_uses_existing_inputs_and_outputs() -> None:
    call = WORKFLOWS["release.yml"]["on"]["workflow_call"]
    text = (ROOT / "examples/workflows/reusable.yml").read_text()
    jobs = read(ROOT / "examples/workflows/reusable.yml")["jobs"]
    [job] = [job for job in jobs.values() if "/release.yml@" in job.get("uses", "")]

    assert job["with"].keys() <= call["inputs"].keys()
    assert job["secrets"].keys() <= call["secrets"].keys()
    used_outputs = set(re.findall(r"needs\.release\.outputs\.([a-z-]+)", text))
    assert used_outputs
    assert used_outputs <= call["outputs"].keys()


def test_our_workflows_give_each_action_only_inputs_that_it_has() -> None:
    used = [step for _, step in steps() if step.get("uses") in OWN_ACTIONS]

    assert used
    for step in used:
        action = read(ROOT / step["uses"].removeprefix("./") / "action.yml")
        assert step.get("with", {}).keys() <= action["inputs"].keys()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_give_each_action_only_inputs_that_it_has(path: Path) -> None:
    used = [step for job in read(path)["jobs"].values() for step in job.get("steps", ())]
    own = [step for step in used if uses_our_action(step)]

    assert own
    for step in own:
        action = read(ROOT / folder_of(step) / "action.yml")
        assert step.get("with", {}).keys() <= action["inputs"].keys()
