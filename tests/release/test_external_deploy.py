"""Which deployment of another workflow is recorded, and with which values."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError
from sentry_release.model.job import EventKind
from sentry_release.model.release import Deployment
from sentry_release.release.event_policy import (
    SkipReason,
    apply_deployed_ref,
    apply_external_deploy,
    find_environment_mismatch,
    find_recorded_name,
    find_skip_reason,
    match_run_deployment,
)

SHA = "b" * 40
NOON, LATER = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)
EVENT = DeploymentEvent(
    event="deployment_status",
    state="success",
    sha=SHA,
    environment="Production",
    deployment_id=7,
    started=NOON,
)
RUN = DeploymentEvent(event="workflow_run", state="success", sha=SHA, run_id="42", run_number="5")


def config(environment: str = "", **others: str) -> Config:
    inputs: Mapping[str, str] = {"environment": environment, **others}
    environ = {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()}
    return Config.from_env(environ, Command.DEPLOY)


def made(environment: str = "Production", state: str = "success") -> Deployment:
    return Deployment(id=7, environment=environment, state=state, is_production=False)


@pytest.mark.parametrize(
    ("environment", "deployed", "recorded"),
    [
        pytest.param("", "Production", "Production", id="as GitHub names it"),
        pytest.param("", None, None, id="no environment"),
        pytest.param("production", "Production", "production", id="in the case of the input"),
        pytest.param("production", "Preview", None, id="another one"),
        pytest.param("production", None, None, id="another than none"),
        pytest.param("Preview=staging", "preview", "staging", id="mapped"),
        pytest.param("Preview=staging", "production", None, id="not mapped"),
    ],
)
def test_a_deployed_environment_is_recorded_if_the_input_is_about_it(
    environment: str, deployed: str | None, recorded: str | None
) -> None:
    assert find_recorded_name(config(environment), deployed) == recorded


def test_a_deployment_to_another_environment_is_not_recorded_and_the_reason_names_both() -> None:
    given = config("production")

    assert find_environment_mismatch(given, ["Preview", "Production"]) is None
    assert find_environment_mismatch(given, ["Preview", "qa"]) == SkipReason(
        text="The deployment is to 'Preview', 'qa', not to 'production'. "
        "`environment` can map names: `GitHub's name=name in Sentry`."
    )
    none = find_environment_mismatch(config("a=x\nb=y"), [])
    assert none is not None
    assert none.text.startswith("The deployment is to no environment, not to 'a', 'b'.")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (EVENT, None),
        (RUN, None),
        (
            replace(EVENT, state="failure"),
            SkipReason(
                text="The state of the deployment to 'Production' is `failure`.", failed=True
            ),
        ),
        (
            replace(EVENT, state="in_progress", environment=None),
            SkipReason(text="The state of the deployment to '' is `in_progress`."),
        ),
        (
            replace(RUN, state="cancelled"),
            SkipReason(text="The state of the run is `cancelled`.", failed=True),
        ),
        (
            replace(RUN, fork="evil/app", state="failure"),
            SkipReason(text="The run is of the fork evil/app, whose deployments are not recorded."),
        ),
    ],
)
def test_only_a_deployment_that_succeeded_is_recorded(
    event: DeploymentEvent, reason: SkipReason | None
) -> None:
    assert find_skip_reason(event) == reason


@pytest.mark.parametrize("event", [replace(EVENT, state=None), replace(EVENT, sha=None)])
def test_an_event_without_state_or_commit_is_an_error(event: DeploymentEvent) -> None:
    with pytest.raises(WorkflowError, match="`deployment_status` contains no deployment"):
        find_skip_reason(event)


def test_of_the_deployments_of_a_run_the_one_that_the_input_is_about_is_recorded() -> None:
    both = (made("Preview"), made("Production"))

    assert match_run_deployment(config("production"), RUN, both) == (both[1], None)
    assert match_run_deployment(config(), RUN, both[:1]) == (both[0], None)
    inactive = made(state="inactive")  # a later deployment has replaced it
    assert match_run_deployment(config(), RUN, (inactive,)) == (inactive, None)


@pytest.mark.parametrize(("state", "failed"), [("failure", True), ("waiting", False)])
def test_a_deployment_of_a_run_that_has_not_succeeded_is_not_recorded(
    state: str, *, failed: bool
) -> None:
    found, reason = match_run_deployment(config(), RUN, (made(state=state),))

    assert found is None
    assert reason == SkipReason(text=f"Its deployment to 'Production' is `{state}`.", failed=failed)


def test_a_run_without_a_deployment_has_deployed_nothing() -> None:
    nameless = replace(RUN, run_number=None)

    assert match_run_deployment(config(), RUN, ()) == (
        None,
        SkipReason(text="The run #5 made no deployment."),
    )
    assert match_run_deployment(config(), nameless, ()) == (
        None,
        SkipReason(text="The run 42 made no deployment."),
    )
    found, reason = match_run_deployment(config("production"), RUN, (made("Preview"),))
    assert found is None
    assert "not to 'production'" in (reason.text if reason else "")


def test_several_deployments_that_could_be_meant_are_an_error() -> None:
    with pytest.raises(WorkflowError, match="#5 deployed to several environments: 'a', 'b'"):
        match_run_deployment(config(), RUN, (made("a"), made("b")))


CONTEXT = Context.from_env({"GITHUB_ACTOR": "runner", "GITHUB_RUN_ID": "1"}, {})


def test_the_deploy_has_the_values_of_the_deployment_that_the_run_made() -> None:
    deployment = replace(made("Preview"), url="https://preview.test", started=LATER)
    event = replace(RUN, started=NOON, creator="dev", run_attempt=3, log_url="https://log.test")

    inputs, context = apply_external_deploy(config("Preview=staging"), CONTEXT, event, deployment)

    assert (inputs.environment, inputs.environment_pairs) == ("staging", ())
    assert inputs.deploy_url == "https://preview.test"
    assert (context.sha, context.actor, context.deploy_started) == (SHA, "dev", LATER)
    assert (context.run_id, context.run_number, context.run_attempt) == ("42", "5", 3)


@pytest.mark.parametrize(("deployment", "environment"), [(None, "staging"), (made("qa"), "qa")])
def test_a_page_names_the_environment_that_was_deployed_even_if_it_is_not_recorded(
    deployment: Deployment | None, environment: str
) -> None:
    inputs, _ = apply_external_deploy(config("staging"), CONTEXT, RUN, deployment)

    assert inputs.environment == environment


def test_what_the_event_does_not_have_comes_from_the_run() -> None:
    event = replace(EVENT, log_url="https://log.test")

    inputs, context = apply_external_deploy(config(), CONTEXT, event, None)

    assert (inputs.environment, inputs.deploy_url) == ("Production", "https://log.test")
    assert (context.actor, context.deploy_started, context.deployment_id) == ("runner", NOON, 7)
    assert context.run_id == "1"


@pytest.mark.parametrize(
    ("own", "event", "of_deployment", "used"),
    [
        pytest.param("https://own.test", "https://e.test", "https://d.test", "https://own.test",
                     id="the input first"),
        pytest.param("", "https://e.test", "https://d.test", "https://e.test", id="then the event"),
        pytest.param("", None, "https://d.test", "https://d.test", id="then the deployment"),
        pytest.param("", None, "javascript:x", "https://log.test", id="never another scheme"),
        pytest.param("", None, None, "https://log.test", id="the log at last"),
    ],
)  # fmt: skip
def test_the_page_of_a_deploy_is_the_first_that_is_known(
    own: str, event: str | None, of_deployment: str | None, used: str
) -> None:
    given = replace(EVENT, url=event, log_url="https://log.test")
    deployment = replace(made(), url=of_deployment)

    inputs, _ = apply_external_deploy(config(deploy_url=own), CONTEXT, given, deployment)

    assert inputs.deploy_url == used


@pytest.mark.parametrize(
    ("kind", "ref", "expected"),
    [
        (EventKind.OWN, "refs/pull/7/merge", EventKind.TRIAL),
        (EventKind.OWN, "main", EventKind.OWN),
        (EventKind.OWN, None, EventKind.OWN),
        (EventKind.FORK, "refs/pull/7/merge", EventKind.FORK),
    ],
)
def test_a_deployment_of_a_pull_request_is_a_trial_whoever_started_the_run(
    kind: EventKind, ref: str | None, expected: EventKind
) -> None:
    assert apply_deployed_ref(kind, replace(made(), ref=ref)) is expected
    assert apply_deployed_ref(kind, None) is kind
