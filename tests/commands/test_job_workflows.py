"""Which workflows a run has, and which job of them has an environment without a deployment."""

from pathlib import PurePosixPath

import pytest

from sentry_release.commands.steps.job_setup import (
    find_workflow_path,
    has_no_deployment,
    list_called_workflows,
)
from sentry_release.flutter.yaml_document import parse_yaml
from sentry_release.flutter.yaml_node import YamlNode


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        ("acme/app/.github/workflows/ci.yml@refs/heads/main", ".github/workflows/ci.yml"),
        ("acme/app/.github/workflows/ci.yaml@v1", ".github/workflows/ci.yaml"),
        ("acme/other/.github/workflows/ci.yml@refs/heads/main", None),
        ("acme/app/.github/workflows/../ci.yml@main", None),
        ("", None),
        (None, None),
    ],
)
def test_the_workflow_of_the_run_is_a_file_of_its_repository(
    ref: str | None, path: str | None
) -> None:
    found = find_workflow_path(ref, "acme/app")

    assert found == (PurePosixPath(path) if path else None)


def workflow(jobs: str) -> YamlNode:
    return parse_yaml(f"jobs: {{{jobs}}}", "ci.yml")


def test_workflows_that_jobs_call_are_listed_once_if_they_are_of_the_repository() -> None:
    calls = workflow(
        "a: {uses: ./.github/workflows/one.yml}, "
        "b: {uses: acme/app/.github/workflows/two.yml@main}, "
        "c: {uses: acme/other/.github/workflows/three.yml@main}, "
        "d: {uses: ./.github/workflows/one.yml}, e: {steps: []}"
    )

    assert list(map(str, list_called_workflows(calls, "acme/app"))) == [
        ".github/workflows/one.yml",
        ".github/workflows/two.yml",
    ]


STEPS = "steps: [{run: make}]"
NO_DEPLOYMENT = "environment: {name: production, deployment: false}"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (NO_DEPLOYMENT, True),
        (NO_DEPLOYMENT.replace("false", "'${{ inputs.deployment }}'"), True),
        (NO_DEPLOYMENT.replace("false", "true"), False),
        (NO_DEPLOYMENT.replace("false", "True"), False),
        ("environment: {name: production}", False),
        ("environment: production", False),
        ("timeout-minutes: 5", False),
    ],
)
def test_only_a_job_that_says_so_has_no_deployment(environment: str, *, expected: bool) -> None:
    assert (
        has_no_deployment([workflow(f"deploy: {{{environment}, {STEPS}}}")], "deploy") is expected
    )


def test_of_two_workflows_with_a_job_of_that_name_it_is_unknown_which_one_runs() -> None:
    without = workflow(f"deploy: {{{NO_DEPLOYMENT}, {STEPS}}}")
    calling = workflow("deploy: {uses: ./.github/workflows/deploy.yml}")

    assert has_no_deployment([calling, without], "deploy")
    assert not has_no_deployment([without, without], "deploy")
    assert not has_no_deployment([calling], "deploy")
    assert not has_no_deployment([without], "build")
