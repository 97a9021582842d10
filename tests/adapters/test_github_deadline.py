"""Whatever hangs at GitHub, a stage ends in time, and Sentry gets its part of it."""

import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from threading import Event

import pytest

from fake_sentry import Delay, Drip, FakeServers, Fault, Status
from job import ROOT, Job

NAME = "shop@1.4.0+27"
HERE = "https://github.com/acme/app/actions/runs/16544301843"
TIMEOUT_S = 5
START_S = 10  # of a process, on a busy machine


def endless(job: Job, kind: str) -> Fault:
    """An answer that does not come, or does not end."""
    begins = partial(job.time.hang, 1000)
    if kind == "no answer":
        return Delay(seconds=10, begins=begins)
    return Drip(part="body", begins=begins)


@pytest.mark.parametrize("kind", ["no answer", "a body without end"])
def test_a_job_whose_environment_github_does_not_report_creates_its_release_in_time(
    job: Job, sentry: FakeServers, kind: str
) -> None:
    sentry.fail("GET", "/github/**", endless(job, kind), times=None)

    main = job.main(environment="")

    assert main.exit_code == 0
    assert job.time.passed_s <= 30
    assert NAME in sentry.releases
    assert "it took more than 30 s" in main.annotations[0]
    assert "get half of the time that is left of `timeout`" in main.annotations[0]


def test_a_deploy_is_marked_although_github_does_not_say_whether_it_succeeded(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.state.clear()
    sentry.fail("GET", "/github/**", endless(job, "no answer"), times=None)

    deploy = job.play("deploy", check_run_id="4712")

    assert (deploy.exit_code, deploy.outputs["deployed"]) == (0, "true")
    assert job.time.passed_s <= 60


def test_commits_that_github_does_not_give_cost_no_deploy(job: Job, sentry: FakeServers) -> None:
    sentry.fail("GET", "/github/**", endless(job, "no answer"), times=None)

    job.main(set_commits="github")
    post = job.post(set_commits="github")

    assert post.exit_code == 0
    assert len(sentry.releases[NAME].deploys) == 1
    assert job.time.passed_s <= 120


@pytest.mark.parametrize(
    ("budget", "requests"),
    [
        pytest.param("60", 2, id="it is waited for where there is time"),
        pytest.param("5", 1, id="it is not where there is none"),
    ],
)
def test_a_wait_that_github_asks_for(
    job: Job, sentry: FakeServers, budget: str, requests: int
) -> None:
    later = Status(
        status=403, body={"message": "secondary rate limit"}, headers={"Retry-After": "3"}
    )
    sentry.fail("GET", "/github/**check-runs/*", later, times=1)
    sentry.repository.check_run(4711, environment="production")

    job.main(environment="", timeout=budget)

    requested = [line for line in sentry.ledger.lines("github") if "/check-runs/" in line]
    assert len(requested) == requests


def test_the_program_ends_although_a_request_to_github_still_hangs(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("GET", "/github/**", Delay(seconds=60), times=None)
    values = {"INPUT_ENVIRONMENT": "", "INPUT_TIMEOUT": str(TIMEOUT_S)}
    began = time.monotonic()

    ended = subprocess.run(  # noqa: S603 - a list, no shell
        [sys.executable, str(ROOT / "entrypoint.py"), "main"],
        env={"PATH": os.environ["PATH"], **job.environ, **values},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.search(r"it took more than \d(\.\d)? s", ended.stdout)
    assert time.monotonic() - began < TIMEOUT_S + START_S


def test_a_cancelled_job_does_not_wait_for_github(job: Job, sentry: FakeServers) -> None:
    requests = Event()
    sentry.fail("GET", "/github/**", Delay(seconds=60, begins=requests.set), times=None)
    command = [sys.executable, str(ROOT / "entrypoint.py"), "main"]
    environ = {"PATH": os.environ["PATH"], **job.environ, "INPUT_ENVIRONMENT": ""}

    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - a list, no shell
        assert requests.wait(START_S)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=START_S)

    assert process.returncode == 130
    assert "Cancelled." in output


def test_all_questions_to_github_share_a_connection(job: Job, sentry: FakeServers) -> None:
    sentry.repository.check_run(4711)
    sentry.repository.deployment("production", ("success", f"{HERE}/job/4711"))

    job.main(environment="", set_commits="github")

    entries = [entry for entry in sentry.ledger.entries if entry.path.startswith("/github/")]
    questions = [entry for entry in entries if "/commits/" not in entry.path]
    assert len(questions) > 1
    assert len({entry.connection for entry in questions}) == 1
