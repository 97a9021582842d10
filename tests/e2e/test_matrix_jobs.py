"""Jobs that release the same at once: nothing is lost, and duplicates are reported."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from e2e.app import git
from e2e.between import between
from e2e.program import Program
from e2e.sentry_lab import Lab

MATRIX_JOBS, RUNS = 12, 6
TIMES = re.compile(r"Sentry has this deploy (\d+) times")
Team = Callable[..., list[Program]]


@pytest.fixture
def team(lab: Lab, tmp_path: Path, checkout: Path) -> Team:
    """Makes so many jobs that release the same; `own` are variables that each has for itself."""
    shared = {
        "package": f"shop_{uuid4().hex[:10]}",
        "INPUT_ENVIRONMENT": f"production-{uuid4().hex[:10]}",
        "INPUT_FINALIZE-ENVIRONMENTS": "production-*",
        "INPUT_SET-COMMITS": "auto",
        "GITHUB_API_URL": lab.github_url,
        "GITHUB_SHA": git(checkout, "rev-parse", "main").strip(),
        "SENTRY_PROJECT": lab.new_project(),
    }
    run = {"GITHUB_RUN_ID": str(uuid4().int % 10**9), "INPUT_JOB-TOTAL": str(MATRIX_JOBS)}

    def make(count: int, own: Callable[[int], dict[str, str]] = lambda _: run) -> list[Program]:
        folders = [tmp_path / f"job-{number}" for number in range(count)]
        return [Program(lab, folder, **shared, **own(n)) for n, folder in enumerate(folders)]

    return make


def play(jobs: list[Program], stage: str, url: str) -> list[str]:
    """What all of them say, each in a process of its own, at the same time."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job.play(stage, url), jobs))


def run_of(number: int) -> dict[str, str]:
    return {"GITHUB_RUN_ID": str(5001 + number), "GITHUB_RUN_NUMBER": str(number)}


def outputs(output: list[str]) -> list[int]:
    """How often the deploy exists, by the reports of the jobs."""
    return [int(times) for text in output for times in TIMES.findall(text)]


def test_twelve_legs_of_a_matrix_release_once_and_lose_nothing(lab: Lab, team: Team) -> None:
    matrix_jobs = team(MATRIX_JOBS)
    name = matrix_jobs[0].release

    mains = play(matrix_jobs, "main", lab.url)
    posts = play(matrix_jobs, "post", lab.url)

    deploys, release = lab.deploys(name), lab.release(name)
    assert len({(one["environment"], one["name"], one["url"]) for one in deploys}) == 1
    assert release["deployCount"] == len(deploys)
    assert release["commitCount"] == 6
    assert release["dateReleased"] is not None
    # Whether two mark it in the same instant is up to the machine; never is it untold.
    assert max(outputs(posts), default=1) == len(deploys)
    assert outputs(mains) == []
    # A leg whose own answer was lost in the crowd finds the deploy of another one, which is its own.
    created = [text for text in posts if f"Created the deploy of {name} to" in text]
    assert len(created) >= len(deploys)
    assert sum(f"{name} was already deployed to" in text for text in posts) == MATRIX_JOBS - len(
        created
    )


def test_twelve_matrix_jobs_that_deploy_at_once_report_all_twelve(lab: Lab, team: Team) -> None:
    matrix_jobs = team(MATRIX_JOBS)
    play(matrix_jobs, "main", lab.url)

    with between(lab.url, together=("POST", "/deploys/", MATRIX_JOBS)) as sentry:
        posts = play(matrix_jobs, "post", sentry.url)

    assert len(lab.deploys(matrix_jobs[0].release)) == MATRIX_JOBS
    assert max(outputs(posts)) == MATRIX_JOBS
    assert "`needs:` all of them" in "".join(posts)


def test_twelve_legs_with_a_last_job_mark_once(lab: Lab, team: Team) -> None:
    run = {"GITHUB_RUN_ID": "77", "INPUT_JOB-TOTAL": str(MATRIX_JOBS)}
    matrix_jobs = team(
        MATRIX_JOBS, lambda _: run | {"INPUT_FINALIZE": "false", "INPUT_DEPLOY": "false"}
    )
    (last,) = team(1, lambda _: {"GITHUB_RUN_ID": "77"})
    name = last.release

    output = [*play(matrix_jobs, "main", lab.url), *play(matrix_jobs, "post", lab.url)]
    open_still = lab.release(name)
    last.play("deploy", lab.url)

    assert (open_still["dateReleased"], open_still["deployCount"]) == (None, 0)
    assert not [
        line for text in output for line in text.splitlines() if line.startswith("::warning")
    ]
    [deploy] = lab.deploys(name)
    assert lab.release(name)["dateReleased"] == deploy["dateFinished"]
    assert lab.release(name)["commitCount"] == 6
    assert len(lab.deploy_mails(name)) == 1


def test_six_runs_at_once_each_mark_their_own_deploy(lab: Lab, team: Team) -> None:
    runs = team(RUNS, run_of)
    name = runs[0].release

    output = [*play(runs, "main", lab.url), *play(runs, "post", lab.url)]

    deploys, release = lab.deploys(name), lab.release(name)
    pages = {f"https://github.com/acme/app/actions/runs/{5001 + number}" for number in range(RUNS)}
    assert {one["url"] for one in deploys} == pages
    assert sorted(one["name"] for one in deploys) == [f"#{number}" for number in range(RUNS)]
    assert release["commitCount"] == 6
    assert release["dateReleased"] in {one["dateFinished"] for one in deploys}
    assert outputs(output) == []
    # A later one changes nothing of what these have made.
    (later,) = team(1, lambda _: run_of(RUNS))
    later.play("main", lab.url)
    later.play("post", lab.url)
    assert len(lab.deploys(name)) == RUNS + 1
    assert lab.release(name)["dateReleased"] == release["dateReleased"]
