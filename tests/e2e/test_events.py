"""Deploys of other workflows, in the container: GitHub's events, once, twice, and malformed."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from e2e.app import ROOT, App
from e2e.between import Fault, between
from e2e.hub import SERVER, Hub, hub
from e2e.runner import Cancel, Report
from receivers import Sink, sink

DEPLOYER_RUN = f"{SERVER}/acme/app/actions/runs/16544301700"


@pytest.fixture
def github(app: App) -> Iterator[Hub]:
    with hub(app.lab.github_url) as found:
        yield found


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Sink]:
    with sink(tmp_path) as found:
        yield found


@pytest.fixture
def opened(app: App) -> App:
    """The release is open, and nothing is marked."""
    app.play(finalize="false", deploy="false")
    return app


def event(name: str, app: App, **changed: object) -> dict[str, Any]:
    """The recorded event, of the app's commit; `changed` is the status, or the run."""
    found: dict[str, Any] = json.loads((ROOT / f"tests/fixtures/{name}.json").read_text())
    if name == "deployment_status":
        found["deployment"]["sha"] = app.head
        # With a sign of the app: Sentry knows an environment in all of the organization.
        found["deployment_status"] |= {"environment": app.environment, **changed}
    else:
        found["workflow_run"] |= {"head_sha": app.head, **changed}
    return found


def create_deploy(
    app: App,
    github: Hub,
    name: str,
    payload: Mapping[str, Any],
    run: str = "9001",
    **more: Any,  # noqa: ANN401 - the arguments of play
) -> Report:
    """A run with the action that the event has started."""
    values = {"api_url": github.url, "run_id": run, "run_number": run[-1]}
    job = app.job(event_name=name, event=payload, github=values)
    return app.play(job, **{"environment": "", "sub_action": "deploy", **more})


def deploys(app: App) -> list[tuple[str, str, str]]:
    found = app.lab.deploys(app.release)
    return sorted((one["environment"], one["name"], one["url"]) for one in found)


def pushed(app: App, github: Hub, *states: str) -> None:
    """The job of another workflow that has deployed to the app's environment."""
    number = github.begin(app.head, app.environment)
    for state in states:
        github.report(number, state, f"{DEPLOYER_RUN}/job/{number}")


def test_a_deployment_is_recorded_with_the_values_of_its_event(opened: App, github: Hub) -> None:
    report = create_deploy(opened, github, "deployment_status", event("deployment_status", opened))

    assert report.annotations == ()
    assert report.outputs["deployed"] == "true"
    [deploy] = opened.lab.deploys(opened.release)
    assert (deploy["name"], deploy["url"]) == ("deployment 901", "https://shop.example.com")
    assert deploy["dateStarted"] == "2026-03-01T11:50:00Z"
    assert opened.lab.release(opened.release)["dateReleased"] == deploy["dateFinished"]
    assert opened.lab.deployed(opened.projects[0]) == {opened.environment: opened.release}
    assert len(opened.lab.deploy_mails(opened.release)) == 1


def test_a_deployment_that_is_reported_twice_is_marked_once(opened: App, github: Hub) -> None:
    payload = event("deployment_status", opened)

    create_deploy(opened, github, "deployment_status", payload)
    again = create_deploy(opened, github, "deployment_status", payload, run="9002")

    assert again.outputs["deployed"] == "true"
    assert "was already deployed to" in again.main.summary
    assert len(deploys(opened)) == 1
    assert len(opened.lab.deploy_mails(opened.release)) == 1


def test_two_events_at_once_are_recorded_once_or_reported_as_two(opened: App, github: Hub) -> None:
    payload = event("deployment_status", opened)

    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(create_deploy, opened, github, "deployment_status", payload, run=run)
            for run in ("9001", "9002")
        ]
    warnings = [text for one in runs for text in one.result().reported("warning")]

    assert set(deploys(opened)) == {
        (opened.environment, "deployment 901", "https://shop.example.com")
    }
    # Which of them comes first is up to the machine; two deploys are never untold.
    assert bool(warnings) == (len(deploys(opened)) == 2)
    assert all("`concurrency: mark-" in text for text in warnings)


@pytest.mark.parametrize("state", ["failure", "error", "in_progress", "inactive"])
def test_a_deployment_that_has_not_succeeded_is_reported_and_not_recorded(
    opened: App, github: Hub, receiver: Sink, state: str
) -> None:
    payload = event("deployment_status", opened, state=state)
    outputs = {"notify_urls": f"json://{receiver.place}/hook", "notify_on": "deploy failure"}

    report = create_deploy(opened, github, "deployment_status", payload, **outputs)

    assert (report.main.exit_code, report.outputs["deployed"]) == (0, "false")
    assert report.annotations == ()
    assert f"`{opened.release}`: no deploy" in report.main.summary
    assert opened.lab.deploys(opened.release) == []
    assert opened.lab.release(opened.release)["dateReleased"] is None
    assert len(receiver.received) == (state in {"failure", "error"})


def test_a_run_of_another_workflow_is_marked_as_that_run(opened: App, github: Hub) -> None:
    pushed(opened, github, "in_progress", "success")
    payload = event("workflow_run", opened)

    first = create_deploy(opened, github, "workflow_run", payload)
    again = create_deploy(opened, github, "workflow_run", payload, run="9002")

    assert first.annotations == again.annotations == ()
    assert deploys(opened) == [(opened.environment, "#57", DEPLOYER_RUN)]
    assert "was already deployed to" in again.main.summary
    [deploy] = opened.lab.deploys(opened.release)
    assert opened.lab.release(opened.release)["dateReleased"] == deploy["dateFinished"]


def test_a_second_attempt_of_that_run_is_a_deploy_of_its_own(opened: App, github: Hub) -> None:
    pushed(opened, github, "success")
    create_deploy(opened, github, "workflow_run", event("workflow_run", opened))
    pushed(opened, github, "success")

    create_deploy(
        opened, github, "workflow_run", event("workflow_run", opened, run_attempt=2), run="9002"
    )

    pages = [DEPLOYER_RUN, f"{DEPLOYER_RUN}/attempts/2"]
    assert [one[1:] for one in deploys(opened)] == [*zip(["#57", "#57.2"], pages, strict=True)]


@pytest.mark.parametrize(
    ("changed", "states", "output"),
    [
        pytest.param({"conclusion": "failure"}, ("success",), "is `failure`", id="it failed"),
        pytest.param({"conclusion": "cancelled"}, (), "is `cancelled`", id="it was cancelled"),
        pytest.param({}, ("in_progress", "failure"), "is `failure`", id="its deployment failed"),
        pytest.param({}, (), "made no deployment", id="its deploying job was skipped"),
        pytest.param(
            {"head_repository": {"full_name": "fork/app"}}, ("success",), "the fork", id="a fork's"
        ),
    ],
)
def test_a_run_that_has_not_deployed_is_reported_and_not_recorded(
    opened: App, github: Hub, changed: dict[str, object], states: tuple[str, ...], output: str
) -> None:
    if states:
        pushed(opened, github, *states)

    report = create_deploy(opened, github, "workflow_run", event("workflow_run", opened, **changed))

    assert (report.main.exit_code, report.outputs["deployed"]) == (0, "false")
    assert output in report.main.summary.replace("\\", "")
    assert DEPLOYER_RUN in report.main.summary
    assert opened.lab.deploys(opened.release) == []


def test_a_lost_answer_and_a_re_run_still_make_one_deploy(opened: App, github: Hub) -> None:
    payload = event("deployment_status", opened)
    with between(opened.lab.url, once=("POST", "/deploys/", Fault.HELD)) as sentry:
        cancel = {"main": Cancel(when=sentry.held)}
        env = {"SENTRY_URL": sentry.url}
        ended = create_deploy(opened, github, "deployment_status", payload, env=env, cancel=cancel)

    again = create_deploy(opened, github, "deployment_status", payload, run="9002")

    assert ended.main.result == "cancelled"
    assert "was already deployed to" in again.main.summary
    assert len(deploys(opened)) == 1


def test_a_missing_release_is_named_with_a_hint(app: App, github: Hub) -> None:
    report = create_deploy(app, github, "deployment_status", event("deployment_status", app))

    assert report.main.exit_code == 4
    assert f"Sentry has no release '{app.release}'" in report.reported("error")[0]
    assert app.lab.release(app.release) is None


@pytest.mark.parametrize("name", ["Vorschau für {}", "x {}"])
def test_an_environment_that_sentry_never_saw_is_marked_up_to_its_longest_name(
    opened: App, github: Hub, name: str
) -> None:
    begin = name.format(opened.package)
    maximum = begin + "y" * (64 - len(begin.encode()))
    payload = event("deployment_status", opened, environment=maximum)

    report = create_deploy(opened, github, "deployment_status", payload)

    assert report.annotations == ()
    assert [one[0] for one in deploys(opened)] == [maximum]
    assert opened.lab.release(opened.release)["dateReleased"] is None


def test_an_environment_that_is_too_long_is_refused_before_any_request(
    opened: App, github: Hub
) -> None:
    payload = event("deployment_status", opened, environment="y" * 65)

    report = create_deploy(opened, github, "deployment_status", payload)

    assert report.main.exit_code == 2
    assert "has 65 characters" in report.reported("error")[0]


@pytest.mark.parametrize("created", ["2036-03-01T12:00:00Z", "2026-03-01T13:30:00+02:00", "soon"])
def test_no_clock_makes_a_deploy_start_after_its_end(
    opened: App, github: Hub, created: str
) -> None:
    payload = event("deployment_status", opened)
    payload["deployment"]["created_at"] = created

    create_deploy(opened, github, "deployment_status", payload)

    [deploy] = opened.lab.deploys(opened.release)
    finished = datetime.fromisoformat(deploy["dateFinished"])
    started = deploy["dateStarted"] and datetime.fromisoformat(deploy["dateStarted"])
    assert started is None or started <= finished
    assert (started is None) == (created == "soon")


def test_the_error_for_a_read_only_token_names_what_it_lacks(opened: App, github: Hub) -> None:
    token = opened.lab.read_only_token
    report = create_deploy(
        opened,
        github,
        "deployment_status",
        event("deployment_status", opened),
        env={"SENTRY_AUTH_TOKEN": token},
    )

    assert report.main.exit_code == 4
    assert "The auth token may not" in report.reported("error")[0]
    assert opened.lab.deploys(opened.release) == []


def test_a_missing_release_is_created_if_requested(app: App, github: Hub) -> None:
    payload = event("deployment_status", app)

    report = create_deploy(app, github, "deployment_status", payload, create_missing_release="true")

    assert report.annotations == ()
    assert [one[1] for one in deploys(app)] == ["deployment 901"]
    release = app.lab.release(app.release)
    assert (release["commitCount"], release["ref"]) == (6, app.head)
    assert release["dateReleased"] is not None
    assert len(app.lab.deploy_mails(app.release)) == 1
