"""Claims about jobs of workflows: permissions, runners, and what runs in the background."""

from pathlib import PurePosixPath

import pytest

from sentry_release.doctor.app import Job
from sentry_release.doctor.ci_files.jobs import parse_jobs
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
