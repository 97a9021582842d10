"""After the job: when a matrix job waits for another one, and when another may have been faster."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.model.commits import CommitSource
from sentry_release.release.deploy import FinishPlan, plan_finish
from sentry_release.release.post_state import PostState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STATE = PostState(
    release="shop@1.4.0+27",
    environment="production",
    environment_problem=None,
    is_production=True,
    started=NOON,
    commit="b" * 40,
    repository="acme/app",
    commit_why=None,
    head=None,
    previous_release=None,
    previous_commit=None,
    commit_source=CommitSource.GITHUB,
    is_created=True,
    created_here=True,
    skip_reason=None,
)
RUN = Context.from_env({"GITHUB_REPOSITORY": "acme/app", "GITHUB_SHA": "b" * 40}, {})


def plan(
    jobs: str,
    *,
    created_here: bool,
    command: Command = Command.RELEASE,
    context: Context = RUN,
) -> FinishPlan:
    config = Config.from_env({"INPUT_JOB-TOTAL": jobs}, command)
    return plan_finish(config, context, replace(STATE, created_here=created_here), NOON)


@pytest.mark.parametrize(
    ("jobs", "created_here", "waits"),
    [
        ("", True, False),
        ("", False, False),
        ("1", False, False),
        ("2", True, False),
        ("2", False, True),
    ],
)
def test_a_matrix_job_waits_for_the_one_that_created_the_release(
    jobs: str, *, created_here: bool, waits: bool
) -> None:
    assert plan(jobs, created_here=created_here).should_wait is waits


@pytest.mark.parametrize(
    ("jobs", "created_here", "may_race"),
    [
        ("", True, False),
        ("1", True, False),
        ("2", True, True),
        ("", False, True),
    ],
)
def test_another_job_may_have_created_the_deploy(
    jobs: str, *, created_here: bool, may_race: bool
) -> None:
    found = plan(jobs, created_here=created_here)

    assert (found.may_race, found.must_check_duplicates) == (may_race, may_race)


def test_the_action_deploy_looks_again_whoever_created_the_release() -> None:
    for created_here in (True, False):
        found = plan("", created_here=created_here, command=Command.DEPLOY)
        assert (found.may_race, found.must_check_duplicates) == (False, True)


def test_an_event_that_was_delivered_twice_may_have_created_the_deploy() -> None:
    event = DeploymentEvent(event="deployment_status", state="success", sha="b" * 40)

    assert plan("", created_here=True, context=replace(RUN, deployment_event=event)).may_race


@pytest.mark.parametrize(("head", "expected"), [("a" * 40, "a" * 40), (None, "b" * 40)])
def test_the_expected_commits_end_at_the_head_that_the_main_step_sent(
    head: str | None, expected: str
) -> None:
    found = plan_finish(Config.from_env({}), RUN, replace(STATE, head=head), NOON)

    assert found.commits is not None
    assert found.commits.head == expected


@pytest.mark.parametrize(
    ("jobs", "created_here", "began"),
    [("", True, None), ("", False, NOON), ("2", False, None), ("2", True, None)],
)
def test_a_release_of_another_run_is_recognized_by_the_time_at_which_this_job_began(
    jobs: str, began: datetime | None, *, created_here: bool
) -> None:
    assert plan(jobs, created_here=created_here).began == began


@pytest.mark.parametrize(
    ("created_here", "deploy", "needs_lookup"),
    [(True, "true", False), (False, "true", True), (True, "false", True)],
)
def test_only_a_job_that_created_the_release_and_deploys_it_needs_no_lookup(
    deploy: str, *, created_here: bool, needs_lookup: bool
) -> None:
    config = Config.from_env({"INPUT_DEPLOY": deploy}, Command.RELEASE)
    state = replace(STATE, created_here=created_here)

    assert plan_finish(config, RUN, state, NOON).needs_lookup is needs_lookup
