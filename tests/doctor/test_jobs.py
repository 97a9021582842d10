"""Claims about jobs of workflows: permissions, runners, and what runs in the background."""

from pathlib import PurePosixPath

import pytest

from sentry_release.doctor.app import Job
from sentry_release.doctor.ci_files.jobs import (
    find_given_inputs,
    find_input_values,
    is_check,
    parse_jobs,
)
from sentry_release.flutter.yaml_document import parse_yaml

PATH = PurePosixPath(".github/workflows/ship.yml")


def job(text: str, name: str = "ship") -> Job:
    """The job of a workflow."""
    [found] = [one for one in parse_jobs(PATH, parse_yaml(text, str(PATH))) if one.name == name]
    return found


def running(text: str) -> list[list[str]]:
    """For each step, the names of the steps that may still run when it starts."""
    return [[other.name for other in step.running] for step in job(text).steps]


@pytest.mark.parametrize(
    ("permissions", "may_read"),
    [
        ("permissions: {checks: read}", True),
        ("permissions: {checks: write, contents: read}", True),
        ("permissions: read-all", True),
        ("permissions: write-all", True),
        ("permissions: {contents: read}", False),
        ("permissions: {checks: none}", False),
        ("permissions: {}", False),
        ("name: x", False),
    ],
)
@pytest.mark.parametrize("level", ["workflow", "job"])
def test_permissions_are_those_of_the_job_else_of_the_workflow(
    level: str,
    permissions: str,
    may_read: bool,  # noqa: FBT001 - a column of a table
) -> None:
    above, inside = (permissions, "") if level == "workflow" else ("", permissions)

    found = job(f"{above}\njobs:\n  ship:\n    runs-on: x\n    {inside}\n    steps: []\n")

    assert found.may_read("checks") is may_read
    assert (found.permissions is None) is (permissions == "name: x")


def test_permissions_of_the_job_replace_all_of_the_workflow() -> None:
    found = job("permissions: read-all\njobs:\n  ship:\n    permissions: {contents: read}\n")

    assert not found.may_read("checks")


@pytest.mark.parametrize(
    ("runs_on", "runners"),
    [
        ("ubuntu-slim", ("ubuntu-slim",)),
        ("[self-hosted, linux]", ("self-hosted", "linux")),
        ("{group: big, labels: [ubuntu-slim]}", ("ubuntu-slim",)),
        ("{group: big, labels: x64}", ("x64",)),
        ("${{ matrix.os }}", ("a", "b", "c")),
        ("${{ matrix.of.os }}", ("d",)),
        ("${{ inputs.runner }}", ("${{ inputs.runner }}",)),
        ("", ()),
    ],
)
def test_the_labels_of_a_runner_include_every_value_of_a_matrix(
    runs_on: str, runners: tuple[str, ...]
) -> None:
    matrix = "{os: [a, b], of: [{os: d}], include: [{os: c}]}"

    found = job(f"jobs:\n  ship:\n    runs-on: {runs_on}\n    strategy: {{matrix: {matrix}}}\n")

    assert found.runners == runners


def test_a_background_step_runs_until_a_step_waits_for_it_or_cancels_it() -> None:
    steps = """
jobs:
  ship:
    steps:
      - {id: a, run: first, background: true}
      - {id: b, run: second, background: true}
      - {run: third}
      - {wait: a}
      - {run: fourth}
      - {cancel: b}
      - {run: fifth}
      - {run: sixth, background: true}
      - wait-all:
      - {run: seventh}
"""
    assert running(steps) == [[], ["first"], ["first", "second"], ["second"], [], [], []]


def test_the_steps_of_a_group_run_at_the_same_time_and_end_before_the_next() -> None:
    steps = "jobs:\n  ship:\n    steps:\n      - parallel: [{run: a}, {run: b}]\n      - {run: c}\n"

    assert running(steps) == [["b"], ["a"], []]


@pytest.mark.parametrize(
    "text",
    [
        "jobs: x\n",
        "jobs: {ship: x}\n",
        "jobs: {ship: {steps: x, runs-on: {}}}\n",
        "jobs:\n  ship:\n",
    ],
)
def test_a_workflow_of_another_shape_has_no_steps(text: str) -> None:
    assert [one.steps for one in parse_jobs(PATH, parse_yaml(text, str(PATH)))] in ([], [()])


@pytest.mark.parametrize(
    ("path", "job", "events", "checks"),
    [
        (".github/workflows/ci.yml", "build", {"push", "pull_request"}, True),
        (".github/workflows/ci.yml", "build", {"schedule"}, True),
        (".github/workflows/ci.yml", "build", {"schedule", "workflow_dispatch"}, True),
        (".github/workflows/main.yml", "build", {"schedule", "push"}, False),
        (".github/workflows/main.yml", "build", {"workflow_dispatch"}, False),
        (".github/workflows/main.yml", "build", set(), False),
        (".github/workflows/smoke.yml", "build", {"push"}, True),
        (".github/workflows/main.yml", "smokeTest", {"push"}, True),
        (".github/workflows/main.yml", "size", {"push"}, True),
        (".github/workflows/release.yml", "size", {"push"}, False),
        (".github/workflows/main.yml", None, {"push"}, False),
        ("ios/ci_scripts/ci_post_clone.sh", None, {"pull_request"}, False),
    ],
)
def test_a_build_only_checks_the_app_for_pull_requests_on_a_schedule_or_by_its_name(
    path: str,
    job: str | None,
    events: set[str],
    checks: bool,  # noqa: FBT001 - a column of a table
) -> None:
    assert is_check(PurePosixPath(path), job, frozenset(events)) is checks


def test_the_inputs_of_an_action_are_what_all_its_callers_pass() -> None:
    workflow = parse_yaml(
        "jobs:\n"
        "  a: {uses: ./.github/workflows/build.yml, with: {target: apk, flavor: prod}}\n"
        "  b: {uses: ./.github/workflows/build.yml, with: {target: web, flavor: '${{ github.x }}'}}\n"
        "  c: {steps: [{uses: ./build/, with: {target: ipa}}, {uses: acme/x@v1, with: {y: z}}]}\n",
        "ci.yml",
    )
    action = parse_yaml("runs: {steps: [{uses: ./build, with: {target: ipa, mode: x}}]}", "a.yml")

    assert find_given_inputs([workflow, action]) == {
        ".github/workflows/build.yml": {"target": ("apk", "web"), "flavor": ()},
        "build": {"target": ("ipa",), "mode": ("x",)},
    }


@pytest.mark.parametrize(
    ("text", "given", "values"),
    [
        ("inputs: {a: {default: x}}", {}, {"a": ("x",)}),
        ("inputs: {a: {default: x}}", {"a": ("y",)}, {"a": ("y", "x")}),
        ("inputs: {a: {default: x}}", {"a": ()}, {"a": ()}),
        ("inputs: {a: {}}", {}, {"a": ()}),
        ("on: {workflow_dispatch: {inputs: {a: {options: [x, y], default: x}}}}", {},
         {"a": ("x", "y")}),
        ("on: {workflow_call: {inputs: {a: {default: z}}}, "
         "workflow_dispatch: {inputs: {a: {options: [x]}}}}", {"a": ("y",)}, {"a": ("y", "z", "x")}),
        ("on: push", {"a": ("y",)}, {}),
    ],
)  # fmt: skip
def test_an_input_has_the_values_of_its_callers_and_its_default_or_its_options(
    text: str, given: dict[str, tuple[str, ...]], values: dict[str, tuple[str, ...]]
) -> None:
    assert find_input_values(parse_yaml(text, "a.yml"), given) == values
