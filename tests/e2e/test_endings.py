"""How a job may end, and begin again: a deploy is marked once, and only if it is true."""

import subprocess
from signal import SIGINT, SIGTERM, Signals

import pytest

from e2e.app import App
from e2e.between import Fault, between
from e2e.runner import Cancel, Report, StageName

START_S = 10  # of a container, on a busy machine


def not_deployed(app: App, report: Report, status: str) -> bool:
    """Whether neither Sentry nor the summary has a deploy."""
    release = app.lab.release(app.release)
    summary = report.post.summary
    assert report.post.exit_code == 0
    assert f"no deploy to `{app.environment}` recorded" in summary
    assert f"ended with the status `{status}`" in summary
    return release["dateReleased"] is None and app.lab.deploys(app.release) == []


def test_a_post_that_runs_again_changes_nothing(app: App) -> None:
    report = app.play(posts=2)

    [deploy] = app.lab.deploys(app.release)
    assert [post.exit_code for post in report.posts] == [0, 0]
    assert "is deployed" in report.posts[0].summary
    assert "was already deployed to" in report.posts[1].summary
    # Each post dates the release with its own moment, and the one deploy has that of the first.
    assert app.lab.release(app.release)["dateReleased"] == deploy["dateFinished"]
    assert len(app.lab.deploy_mails(app.release)) == 1


def test_a_job_that_failed_leaves_an_open_release_without_a_deploy(app: App) -> None:
    report = app.play(then="failure")

    assert not_deployed(app, report, "failure")


def test_a_job_cancelled_after_our_step_leaves_no_deploy_either(app: App) -> None:
    report = app.play(then="cancelled")

    assert not_deployed(app, report, "cancelled")


CANCELLED = [
    pytest.param(stage, method, path, fault, first, id=f"{stage}: {method}, {first.name}, {fault}")
    for stage, method, path in (
        ("main", "POST", "/releases/"),
        ("post", "PUT", "/"),
        ("post", "POST", "/deploys/"),
        ("deploy", "POST", "/deploys/"),
    )
    for fault, first in ((Fault.HELD, SIGINT), (Fault.IGNORED, SIGTERM))
]


@pytest.mark.parametrize(("stage", "method", "path", "fault", "first"), CANCELLED)
def test_a_job_cancelled_while_it_waits_for_sentry_is_completed_by_its_re_run(
    app: App, stage: str, method: str, path: str, fault: Fault, first: Signals
) -> None:
    sub_action = "deploy" if stage == "deploy" else "."
    if stage == "deploy":
        app.play(finalize="false", deploy="false")
    with between(app.lab.url, once=(method, path, fault)) as sentry:
        cancel = Cancel(when=sentry.held, first=first)
        at: StageName = "post" if stage == "post" else "main"
        env = {"SENTRY_URL": sentry.url}
        report = app.play(env=env, cancel={at: cancel}, sub_action=sub_action)
    remaining = app.lab.release(app.release)
    before = [one["name"] for one in app.lab.deploys(app.release)] if remaining else []

    again = app.play(app.job(github={"run_attempt": "2"}), sub_action=sub_action)

    ended = report.main if at == "main" else report.post
    assert (ended.result, ended.exit_code) == ("cancelled", 130)
    assert not is_known_to_docker(ended.command)
    carried_out = fault is Fault.HELD
    assert before == (["#1"] if path == "/deploys/" and carried_out else [])
    assert again.annotations == ()
    release = app.lab.release(app.release)
    assert sorted(one["name"] for one in app.lab.deploys(app.release)) == [*before, "#1.2"]
    assert release["commitCount"] == 6
    assert release["dateReleased"] is not None
    assert release["dateReleased"] == (
        (remaining or {}).get("dateReleased") or release["dateReleased"]
    )


def test_a_job_cancelled_in_our_step_has_the_name_and_says_that_nothing_was_marked(
    app: App,
) -> None:
    with between(app.lab.url, once=("POST", "/releases/", Fault.HELD)) as sentry:
        cancel = Cancel(when=sentry.held)
        report = app.play(env={"SENTRY_URL": sentry.url}, cancel={"main": cancel})

    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == app.release
    assert not_deployed(app, report, "cancelled")
    # The first signal was enough; the second would have come after 7.5 s.
    assert report.main.seconds < START_S + 4


def test_a_second_attempt_keeps_the_date_and_marks_its_own_deploy(app: App) -> None:
    app.play()
    released = app.lab.release(app.release)["dateReleased"]

    app.play(app.job(github={"run_attempt": "2"}))

    release = app.lab.release(app.release)
    page = "https://github.com/acme/app/actions/runs/1"
    deploys = {one["name"]: one["url"] for one in app.lab.deploys(app.release)}
    assert deploys == {"#1": page, "#1.2": f"{page}/attempts/2"}
    assert release["dateReleased"] == released
    assert release["commitCount"] == 6


def test_a_later_job_marks_the_deploy_by_the_name_alone(app: App) -> None:
    first = app.play(finalize="false", deploy="false")
    assert app.lab.deploys(app.release) == []

    deploying = app.job(checked_out=False)
    report = app.play(deploying, sub_action="deploy", release=first.outputs["release"])

    [deploy] = app.lab.deploys(app.release)
    assert report.outputs["deployed"] == "true"
    assert report.outputs["deploy-id"] == deploy["id"]
    assert report.outputs["commit-count"] == "6"
    assert app.lab.release(app.release)["dateReleased"] == deploy["dateFinished"]
    assert report.annotations == ()
    assert len(app.lab.deploy_mails(app.release)) == 1


def is_known_to_docker(command: tuple[str, ...]) -> bool:
    """Whether a container still runs, or has been left behind."""
    name = command[command.index("--name") + 1]
    listing = ["docker", "ps", "--all", "--quiet", "--filter", f"name={name}"]
    done = subprocess.run(listing, capture_output=True, text=True, check=True)  # noqa: S603 - a list
    return bool(done.stdout.strip())
