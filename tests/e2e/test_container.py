"""A job that succeeds, in the container: what a real Sentry has afterwards, and whom it tells."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e.app import App, git
from e2e.story import RUN, Story

SENTRY_CLI = Path(sys.executable).with_name("sentry-cli")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_both_stages_end_well_and_nobody_is_bothered(story: Story) -> None:
    assert [(stage.name, stage.exit_code) for stage in story.report.stages] == [
        ("main", 0),
        ("post", 0),
    ]
    assert story.report.annotations == ()
    assert story.report.job_status == "success"


def test_the_release_has_its_commit_its_page_and_its_projects(story: Story) -> None:
    assert story.release["ref"] == story.app.head
    assert story.release["url"] == f"https://github.com/acme/app/commit/{story.app.head}"
    slugs = {project["slug"] for project in story.release["projects"]}
    assert slugs == set(story.app.projects)


def test_its_six_commits_were_resolved_by_sentrys_own_github_integration(story: Story) -> None:
    commits = story.lab.commits(story.app.release)

    history = git(story.lab.bare("acme/app"), "rev-list", "main").split()
    assert [commit["id"] for commit in commits] == history
    assert len(history) == story.release["commitCount"] == 6
    providers = {commit["repository"]["provider"]["id"] for commit in commits}
    assert providers == {"integrations:github"}
    assert "6 commits" in story.report.post.summary
    assert "fetched by Sentry" in story.report.post.summary


def test_the_release_is_finalized(story: Story) -> None:
    released = moment(story.release["dateReleased"])

    assert datetime.now(UTC) - timedelta(minutes=10) < released < datetime.now(UTC)
    assert released > moment(story.release["dateCreated"])


def test_there_is_one_deploy_with_its_start_its_end_and_its_page(story: Story) -> None:
    [deploy] = story.lab.deploys(story.app.release)

    assert deploy["environment"] == story.app.environment
    assert deploy["name"] == "#1"
    assert deploy["url"] == RUN
    started, finished = moment(deploy["dateStarted"]), moment(deploy["dateFinished"])
    # It starts with main, before the release is there, and ends with post.
    assert started < moment(story.release["dateCreated"]) < finished
    assert finished == moment(story.release["dateReleased"])


def test_sentry_knows_the_deploy_in_both_projects(story: Story) -> None:
    expected = {story.app.environment: story.app.release}

    assert [story.lab.deployed(project) for project in story.app.projects] == [expected] * 2


def test_the_author_of_commits_gets_one_mail_about_the_deploy(story: Story) -> None:
    [mail] = story.lab.deploy_mails(story.app.release)

    assert mail["To"] == "dev@example.com"
    assert mail["Subject"].endswith(f"Deployed version 1.4.0 (27) to {story.app.environment}")


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
    story: Story, command: list[str], expected: Callable[[App], list[str]]
) -> None:
    lab = story.lab
    coordinates = {
        "SENTRY_URL": lab.url,
        "SENTRY_AUTH_TOKEN": lab.token,
        "SENTRY_ORG": lab.organization,
    }

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [SENTRY_CLI, *command, story.app.release],
        env=os.environ | coordinates,
        capture_output=True,
        text=True,
        check=True,
    )

    for text in expected(story.app):
        assert text in done.stdout
