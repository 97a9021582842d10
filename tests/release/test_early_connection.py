"""Whether a job certainly needs GitHub, so that PyGithub is imported while Sentry responds."""

import json
from collections.abc import Mapping

import pytest

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.release.commit_source import needs_github

ON_ACTIONS = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/app", "GITHUB_SHA": "a" * 40}
RUN = {"id": 7, "head_sha": "a" * 40, "conclusion": "success", "status": "completed"}
KNOWN = {"environment": "production"}
AFTER_MAIN = {"STATE_HANDOVER": json.dumps({"release": "a@1"})}


def foreseen(
    inputs: Mapping[str, str],
    command: Command = Command.RELEASE,
    variables: Mapping[str, str] | None = None,
    payload: Mapping[str, object] | None = None,
) -> bool:
    """Whether a step with these inputs certainly sends requests to GitHub."""
    values = {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()}
    context = Context.from_env({**ON_ACTIONS, **(variables or {})}, payload or {})
    return needs_github(Config.from_env(values, command), context)


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param({}, id="which environment the job has is not known"),
        pytest.param({**KNOWN, "set_commits": "github"}, id="the commits are to come from there"),
        pytest.param({**KNOWN, "commit_paths": "apps/**"}, id="commits are to be left out"),
        pytest.param({**KNOWN, "notes_dir": "notes"}, id="notes are made of the commits there"),
    ],
)
def test_github_is_certainly_queried(inputs: dict[str, str]) -> None:
    assert foreseen(inputs)


def test_github_is_certainly_queried_whether_the_deployment_succeeded() -> None:
    assert foreseen({**KNOWN, "check_run_id": "7"}, Command.DEPLOY)


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(KNOWN, id="Sentry fetches the commits"),
        pytest.param(
            {**KNOWN, "commit_paths": "apps/**", "set_commits": "skip"}, id="none are wanted"
        ),
        pytest.param({**KNOWN, "set_commits": "github", "dry_run": "true"}, id="nothing is opened"),
    ],
)
def test_github_is_not_certainly_queried(inputs: dict[str, str]) -> None:
    assert not foreseen(inputs)


@pytest.mark.parametrize("command", [Command.DEPLOY, Command.HEALTH])
def test_github_is_not_certainly_queried_by_other_actions(command: Command) -> None:
    assert not foreseen(KNOWN, command)


def test_after_the_job_github_has_been_queried_already() -> None:
    assert not foreseen({"set_commits": "github"}, variables=AFTER_MAIN)


def test_after_the_job_github_is_queried_for_what_is_announced() -> None:
    assert foreseen({"announce": "issues"}, variables=AFTER_MAIN)


def test_outside_of_actions_no_job_has_an_environment_to_read() -> None:
    assert not foreseen({}, variables={"GITHUB_ACTIONS": ""})


@pytest.mark.parametrize(
    ("name", "payload", "requests"),
    [
        pytest.param("workflow_run", {"workflow_run": RUN}, True, id="a run"),
        pytest.param(
            "deployment_status",
            {
                "deployment_status": {"state": "success", "environment": "production"},
                "deployment": {"id": 9, "sha": "a" * 40, "environment": "production"},
            },
            False,
            id="a deployment, which contains everything",
        ),
    ],
)
def test_what_an_event_does_not_contain_is_read_from_github(
    name: str,
    payload: dict[str, object],
    requests: bool,  # noqa: FBT001 - what is expected
) -> None:
    inputs = {**KNOWN, "check_run_id": "7"}

    assert foreseen(inputs, Command.DEPLOY, {"GITHUB_EVENT_NAME": name}, payload) is requests
