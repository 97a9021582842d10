"""Sentry cannot be reached: the build has its name all the same."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from e2e.app import App
from e2e.conftest import AppMaker
from e2e.runner import Report

CLOSED = "http://127.0.0.1:1"
TIMEOUT_S = 20  # of one stage, for all its requests
START_S = 10  # of a container, on a busy machine


def without_tls(app: App) -> str:
    """An address where a server listens, but without TLS, which no retry can fix."""
    return f"https://{urlsplit(app.lab.github_url).netloc}"


@pytest.fixture(scope="module", autouse=True)
def patient(new_app: AppMaker) -> Iterator[Future[Report]]:
    """A job that tries a closed port until its `timeout`; the others are played meanwhile."""
    app = new_app()
    with ThreadPoolExecutor() as pool:
        env = {"SENTRY_URL": CLOSED}
        yield pool.submit(app.play, env=env, on_outage="fail", timeout=str(TIMEOUT_S))


def test_an_outage_costs_a_warning_and_never_the_name(app: App) -> None:
    job = app.job()

    report = app.play(job, env={"SENTRY_URL": without_tls(app)})

    assert [stage.exit_code for stage in report.stages] == [0, 0]
    assert [(note.kind, note.stage) for note in report.annotations] == [
        ("warning", "main"),
        ("warning", "post"),
    ]
    assert report.job_status == "success"
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == app.release
    defines = json.loads((job.workspace / report.outputs["dart-defines-file"]).read_text())
    assert defines["SENTRY_RELEASE"] == app.release
    assert "not yet created in Sentry" in report.main.summary
    assert f"no deploy to `{app.environment}` recorded" in report.post.summary


def test_an_outage_fails_the_job_if_requested(app: App) -> None:
    report = app.play(env={"SENTRY_URL": without_tls(app)}, on_outage="fail")

    assert (report.main.exit_code, report.job_status) == (5, "failure")
    assert [note.kind for note in report.annotations] == ["error"]
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == app.release


def test_a_closed_port_is_tried_until_the_timeout_and_no_longer(patient: Future[Report]) -> None:
    report = patient.result()

    assert report.main.exit_code == 5
    assert TIMEOUT_S / 2 < report.main.seconds < TIMEOUT_S + START_S
    assert "could not be reached" in report.reported("error")[0]
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"]
