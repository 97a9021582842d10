"""A job that succeeds, in the container: what a real Sentry has afterwards, and whom it notifies."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e.app import App, git
from e2e.finished_job import RUN, FinishedJob

SENTRY_CLI = Path(sys.executable).with_name("sentry-cli")


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_both_stages_end_well_without_a_message(finished_job: FinishedJob) -> None:
    assert [(stage.name, stage.exit_code) for stage in finished_job.report.stages] == [
        ("main", 0),
        ("post", 0),
    ]
    assert finished_job.report.annotations == ()
    assert finished_job.report.job_status == "success"


def test_the_release_has_its_commit_its_page_and_its_projects(finished_job: FinishedJob) -> None:
    assert finished_job.release["ref"] == finished_job.app.head
    assert (
        finished_job.release["url"] == f"https://github.com/acme/app/commit/{finished_job.app.head}"
    )
    slugs = {project["slug"] for project in finished_job.release["projects"]}
    assert slugs == set(finished_job.app.projects)


def test_its_six_commits_were_resolved_by_sentrys_own_github_integration(
    finished_job: FinishedJob,
) -> None:
    commits = finished_job.lab.commits(finished_job.app.release)

    history = git(finished_job.lab.bare("acme/app"), "rev-list", "main").split()
    assert [commit["id"] for commit in commits] == history
    assert len(history) == finished_job.release["commitCount"] == 6
    providers = {commit["repository"]["provider"]["id"] for commit in commits}
    assert providers == {"integrations:github"}
    assert "6 commits" in finished_job.report.post.summary
    assert "fetched by Sentry" in finished_job.report.post.summary


def test_the_release_is_finalized(finished_job: FinishedJob) -> None:
    released = time(finished_job.release["dateReleased"])

    assert datetime.now(UTC) - timedelta(minutes=10) < released < datetime.now(UTC)
    assert released > time(finished_job.release["dateCreated"])


def test_there_is_one_deploy_with_its_start_its_end_and_its_page(finished_job: FinishedJob) -> None:
    [deploy] = finished_job.lab.deploys(finished_job.app.release)

    assert deploy["environment"] == finished_job.app.environment
    assert deploy["name"] == "#1"
    assert deploy["url"] == RUN
    started, finished = time(deploy["dateStarted"]), time(deploy["dateFinished"])
    # It starts with main, before the release is there, and ends with post.
    assert started < time(finished_job.release["dateCreated"]) < finished
    assert finished == time(finished_job.release["dateReleased"])


def test_sentry_knows_the_deploy_in_both_projects(finished_job: FinishedJob) -> None:
    expected = {finished_job.app.environment: finished_job.app.release}

    assert [finished_job.lab.deployed(project) for project in finished_job.app.projects] == [
        expected
    ] * 2


def test_the_author_of_commits_gets_one_mail_about_the_deploy(finished_job: FinishedJob) -> None:
    [mail] = finished_job.lab.deploy_mails(finished_job.app.release)

    assert mail["To"] == "dev@example.com"
    assert mail["Subject"].endswith(
        f"Deployed version 1.4.0 (27) to {finished_job.app.environment}"
    )


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(
            ["releases", "info", "--show-projects", "--show-commits"],
            lambda app: [app.release, app.head, *app.projects],
            id="releases info",
        ),
        pytest.param(
            ["deploys", "list", "--release"],
            lambda app: [app.environment, "#1"],
            id="deploys list",
        ),
    ],
)
def test_sentry_cli_reads_back_what_we_wrote(
    finished_job: FinishedJob, command: list[str], expected: Callable[[App], list[str]]
) -> None:
    lab = finished_job.lab
    coordinates = {
        "SENTRY_URL": lab.url,
        "SENTRY_AUTH_TOKEN": lab.token,
        "SENTRY_ORG": lab.organization,
    }

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [SENTRY_CLI, *command, finished_job.app.release],
        env=os.environ | coordinates,
        capture_output=True,
        text=True,
        check=True,
    )

    for text in expected(finished_job.app):
        assert text in done.stdout
