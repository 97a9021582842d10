"""Claims about hints for values that GitHub leaves empty: secrets and job outputs."""

import pytest

from fake_sentry import FakeServers
from job import Job

REUSABLE = (
    "A reusable workflow gets only secrets that the calling job passes: `secrets: inherit`, or "
    "each one by its name if the called workflow declares it under `on: workflow_call: secrets:`."
)


def test_a_secret_that_a_called_workflow_does_not_get_is_explained(job: Job) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = ""

    [error] = job.main().annotations

    assert "check the name of the secret, and which environment it belongs to" in error
    assert "Add `env:" not in error
    assert error.endswith(REUSABLE)


def test_a_token_that_no_variable_holds_is_explained_by_the_line_to_add(job: Job) -> None:
    del job.environ["SENTRY_AUTH_TOKEN"]

    [error] = job.main().annotations

    assert "Add `env: {SENTRY_AUTH_TOKEN: '${{ secrets.SENTRY_AUTH_TOKEN }}'}`" in error
    assert error.endswith(REUSABLE)


@pytest.mark.parametrize("command", ["deploy", "upload"])
def test_an_output_that_github_dropped_is_named_as_the_cause_of_a_missing_name(
    job: Job, sentry: FakeServers, command: str
) -> None:
    (job.workspace / "pubspec.yaml").unlink()

    stage = job.play(command, release="")

    assert stage.exit_code == 3
    assert "No pubspec.yaml in '.'." in stage.annotations[0]
    assert stage.annotations[0].endswith(
        "If `release` comes from another job, it may be empty: GitHub drops a job output that "
        "contains a secret, so store organization and project as variables (`vars`)."
    )
    assert sentry.ledger.lines() == []


def test_the_root_action_without_a_checkout_mentions_no_other_job(job: Job) -> None:
    (job.workspace / "pubspec.yaml").unlink()

    assert "another job" not in job.main().annotations[0]
