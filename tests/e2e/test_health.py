"""The action health in the container, against a real Sentry whose sessions the laboratory sets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from e2e.app import ROOT, App
from e2e.between import between
from e2e.conftest import AppMaker
from e2e.runner import Report
from fake_sentry import FakeServers
from receivers import Sink, sink


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Sink]:
    with sink(tmp_path) as found:
        yield found


@pytest.fixture(scope="module", autouse=True)
def waiting(new_app: AppMaker) -> Iterator[Future[Report]]:
    """A job that waits for sessions, which come after ten seconds; the others run meanwhile."""
    app = new_app()

    def wait() -> Report:
        app.play()
        timer = Timer(10, count, (app, app.release, 1000, 5))
        timer.start()
        try:
            return evaluated(app, min_crash_free_sessions="99", health_wait="3m")
        finally:
            timer.join()

    with ThreadPoolExecutor() as pool:
        yield pool.submit(wait)


def count(app: App, release: str, *counts: int) -> None:
    """Give a release sessions, crashes, users and crashed users, as far as they are given."""
    command = [sys.executable, str(ROOT / "lab/sentry/set_health.py"), release, *map(str, counts)]
    environ = os.environ | {"SENTRY_LAB": str(app.lab.folder)}
    subprocess.run(command, check=True, env=environ)  # noqa: S603 - a list, no shell


def before(app: App) -> str:
    """Another release of the app, which is deployed first."""
    app.play(app.job(pubspec=f"name: {app.package}\nversion: 1.3.0+26\n"))
    return f"{app.package}@1.3.0+26"


def evaluated(app: App, env: dict[str, str] | None = None, **inputs: Any) -> Report:  # noqa: ANN401 - texts
    return app.play(env=env, sub_action="health", **inputs)


def test_a_healthy_release_is_reported_with_its_figures_and_nothing_is_changed(app: App) -> None:
    app.play()
    count(app, app.release, 1000, 5, 400, 4)

    with between(app.lab.url) as sentry:
        env = {"SENTRY_URL": sentry.url}
        report = evaluated(app, env, min_crash_free_sessions="99.5", min_crash_free_users="99")

    assert [stage.exit_code for stage in report.stages] == [0]
    assert report.annotations == ()
    assert sentry.methods == {"GET"}
    assert report.outputs["healthy"] == "true"
    assert report.outputs["crash-free-sessions"] == "99.5"
    assert report.outputs["crash-free-users"] == "99"
    assert report.outputs["environment"] == app.environment
    assert "is healthy in" in report.main.summary


def test_an_unhealthy_release_fails_the_job_and_is_notified(app: App, receiver: Sink) -> None:
    previous = before(app)
    app.play()
    count(app, previous, 5000, 5)
    count(app, app.release, 1000, 30)
    notify = f"json://{receiver.place}/hook-t0ken-1"

    report = evaluated(
        app, min_crash_free_sessions="99", max_drop="0.5", notify_urls=notify, notify_on="health"
    )

    assert (report.main.exit_code, report.main.result) == (6, "failure")
    assert report.outputs["healthy"] == "false"
    assert report.outputs["previous-release"] == previous
    assert report.outputs["failed-gates"] == "min-crash-free-sessions max-drop"
    [note] = [one for one in report.annotations if one.kind == "error"]
    assert f"{app.release} is unhealthy in {app.environment}." in note.message
    assert "min-crash-free-sessions: 97 % (minimum 99 %)." in note.message
    assert "max-drop: 99.9 % before, 97 % now: at least 1.77" in note.message
    assert "❌ failed" in report.main.summary
    [outputs] = receiver.received
    assert "is unhealthy in" in outputs.json["title"]


def test_a_drop_that_three_sessions_make_decides_nothing(app: App) -> None:
    previous = before(app)
    app.play()
    count(app, previous, 5000, 5)
    count(app, app.release, 3, 3)

    report = evaluated(app, max_drop="0", min_sessions="1")

    assert report.main.exit_code == 0
    assert report.outputs["healthy"] == "unknown"


def test_a_release_without_sessions_is_a_warning_with_what_may_be_the_cause(app: App) -> None:
    app.play()

    report = evaluated(app, min_crash_free_sessions="99")

    assert (report.main.exit_code, report.outputs["healthy"]) == (0, "unknown")
    [warning] = report.reported("warning")
    assert "no release has sent a session" in warning


def test_an_organization_token_reads_the_release_itself_and_says_what_it_cannot(app: App) -> None:
    app.play()
    count(app, app.release, 1000, 5)

    report = evaluated(
        app,
        {"SENTRY_AUTH_TOKEN": app.lab.organization_token},
        min_crash_free_sessions="99",
        max_new_issues="0",
    )

    # The laboratory's Snuba knows the sessions of lists only, so this is how no sessions look.
    assert (report.main.exit_code, report.outputs["healthy"]) == (0, "unknown")
    assert "requires the scope org:read" in report.main.summary
    assert "max-new-issues | ✅ passed" in report.main.summary
    assert not any("release thresholds" in line for line in report.log)


def test_a_server_before_25_10_has_no_unhandled_sessions_and_that_gate_is_unknown(
    app: App,
) -> None:
    app.play()
    count(app, app.release, 1000, 5)

    report = evaluated(app, min_crash_free_sessions="99", min_unhandled_free_sessions="99")

    assert (report.main.exit_code, report.outputs["healthy"]) == (0, "unknown")
    assert "unhandled-free-sessions" not in report.outputs
    [warning] = report.reported("warning")
    reason = "this Sentry server does not report unhandled sessions; Sentry 25.10 and later do"
    assert f"min-unhandled-free-sessions: {reason}." in warning
    assert warning.count("unhandled sessions") == 1
    assert "min-crash-free-sessions | ✅ passed" in report.main.summary


def test_a_newer_server_reports_unhandled_sessions_and_their_gate_fails(
    app: App, receiver: Sink
) -> None:
    """No such server can be installed here, so the fake one answers as Sentry 25.10 does."""
    with FakeServers(organization="acme", projects=("shop",)) as newer:
        env = {
            "SENTRY_URL": newer.url,
            "SENTRY_AUTH_TOKEN": newer.token,
            "SENTRY_ORG": "acme",
            "SENTRY_PROJECT": "shop",
        }
        job = app.job(github={"api_url": newer.github_url})
        previous = app.job(
            pubspec=f"name: {app.package}\nversion: 1.3.0+26\n",
            github={"api_url": newer.github_url},
        )
        app.play(previous, env=env)
        app.play(job, env=env)
        newer.count(f"{app.package}@1.3.0+26", 5000, 5, unhandled=5)
        newer.count(app.release, 1000, 1, unhandled=30)

        report = app.play(
            job,
            env=env | {"SENTRY_AUTH_TOKEN": newer.readonly_token},
            sub_action="health",
            min_crash_free_sessions="99",
            min_unhandled_free_sessions="99",
            max_drop="0.5",
            notify_urls=f"json://{receiver.place}/hook-t0ken-1",
            notify_on="health",
        )

    assert (report.main.exit_code, report.outputs["healthy"]) == (6, "false")
    assert report.outputs["crash-free-sessions"] == "99.9"
    assert report.outputs["unhandled-free-sessions"] == "97"
    assert report.outputs["failed-gates"] == "min-unhandled-free-sessions max-drop"
    assert report.outputs["previous-release"] == f"{app.package}@1.3.0+26"
    assert "| Unhandled-free sessions | 97 % | 99.9 % |" in report.main.summary
    [sent] = receiver.received
    assert "min-unhandled-free-sessions: 97 % (minimum 99 %)" in sent.json["message"]


def test_a_release_that_was_never_opened_is_a_mistake(app: App) -> None:
    report = evaluated(app, min_crash_free_sessions="99")

    assert report.main.exit_code == 4
    assert "Sentry has no release" in report.reported("error")[0]


def test_an_environment_that_sentry_does_not_know_is_reported(app: App) -> None:
    app.play()
    count(app, app.release, 1000, 5)

    report = evaluated(app, environment=f"{app.environment}-typo", min_crash_free_sessions="99")

    assert (report.main.exit_code, report.outputs["healthy"]) == (0, "unknown")
    assert "does not exist in Sentry" in report.reported("warning")[0]


def test_without_a_checkout_the_release_that_was_deployed_last_is_evaluated(app: App) -> None:
    app.play()
    count(app, app.release, 1000, 5)

    report = app.play(app.job(checked_out=False), sub_action="health", min_crash_free_sessions="99")

    assert report.outputs["release"] == app.release
    assert report.outputs["healthy"] == "true"


def test_it_waits_for_sessions(waiting: Future[Report]) -> None:
    report = waiting.result()

    assert report.outputs["healthy"] == "true"
    assert any("0 of 100 sessions. Next query in 60 s" in line for line in report.log)
    assert 60 <= report.main.seconds < 120
