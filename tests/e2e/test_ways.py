"""Other ways to the same end: other tokens, repositories, folders, and jobs that may do less."""

import json

import pytest

from e2e.app import SECRETLESS, App, git
from e2e.between import between
from e2e.conftest import AppMaker


@pytest.mark.parametrize("token", ["organization_token", "releases_only_token"])
def test_a_token_that_may_do_little_is_enough(app: App, token: str) -> None:
    report = app.play(env={"SENTRY_AUTH_TOKEN": getattr(app.lab, token)})

    assert report.annotations == ()
    assert app.lab.release(app.release)["commitCount"] == 6
    assert len(app.lab.deploys(app.release)) == 1
    assert len(app.lab.deploy_mails(app.release)) == 1


def test_an_organization_token_contains_organization_and_server(app: App) -> None:
    env = {"SENTRY_AUTH_TOKEN": app.lab.organization_token, "SENTRY_ORG": "", "SENTRY_URL": ""}

    report = app.play(env=env)

    assert report.annotations == ()
    assert len(app.lab.deploys(app.release)) == 1


def test_a_repository_unknown_to_sentry_gets_its_commits_from_github(new_app: AppMaker) -> None:
    app = new_app(unlinked=True)

    report = app.play()

    commits = app.lab.commits(app.release)
    assert report.annotations == ()
    assert [commit["message"].split("\n")[0] for commit in commits] == [
        "feat: unicode ✓",
        "chore: drop c",
        "refactor: b -> c",
        "fix: a (#7)",
        "feat: add b",
        "feat: first",
    ]
    assert {commit["repository"]["name"] for commit in commits} == {app.repository}
    assert {("A", "c.py"), ("D", "b.py"), ("A", "d é.py")} <= app.lab.files(app.release)
    assert "read from GitHub" in report.post.summary
    [mail] = app.lab.deploy_mails(app.release)
    assert mail["To"] == "dev@example.com"


def test_the_next_release_begins_where_the_environment_stood(new_app: AppMaker) -> None:
    app = new_app(unlinked=True)
    app.play()
    after = app.commit("fix: a seventh")

    report = after.play(after.job(pubspec=f"name: {app.package}\nversion: 1.5.0+28\n"))

    assert report.outputs["previous-release"] == app.release
    assert report.outputs["previous-commit"] == app.head
    commits = app.lab.commits(f"{app.package}@1.5.0+28")
    assert [commit["message"] for commit in commits] == ["fix: a seventh"]


def test_a_dry_run_asks_but_changes_nothing(app: App) -> None:
    with between(app.lab.url) as sentry:
        report = app.play(env={"SENTRY_URL": sentry.url}, dry_run="true")

    assert [stage.exit_code for stage in report.stages] == [0, 0]
    assert sentry.methods == {"GET"}
    assert app.lab.release(app.release) is None
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == app.release
    assert "would be created in Sentry" in report.main.summary


def test_the_environment_is_the_jobs_own_when_none_is_named(app: App) -> None:
    with app.lab.check_run(app.environment) as number:
        report = app.play(app.job(job={"check_run_id": number}), environment="")

    [deploy] = app.lab.deploys(app.release)
    assert deploy["environment"] == app.environment
    assert report.outputs["environment"] == report.env["SENTRY_ENVIRONMENT"] == app.environment


def test_a_job_without_an_environment_finalizes_and_marks_no_deploy(app: App) -> None:
    with app.lab.check_run(None) as number:
        report = app.play(app.job(job={"check_run_id": number}), environment="")

    assert app.lab.release(app.release)["dateReleased"] is not None
    assert app.lab.deploys(app.release) == []
    assert "No deploy recorded: the job has no environment." in report.post.summary


def test_a_pull_request_from_a_fork_gets_its_name_and_one_notice(app: App) -> None:
    head = {"sha": "1" * 40, "repo": {"full_name": "fork/app"}}
    job = app.job(event_name="pull_request", event={"pull_request": {"head": head}})

    with between(app.lab.url) as sentry:
        report = app.play(job, env=SECRETLESS | {"SENTRY_URL": sentry.url})

    assert [stage.exit_code for stage in report.stages] == [0, 0]
    assert [(note.kind, note.stage) for note in report.annotations] == [("notice", "main")]
    assert "a pull request from a fork gets no secrets" in report.annotations[0].message
    assert sentry.observed == []
    assert report.env["SENTRY_RELEASE"] == app.release
    defines = json.loads((job.workspace / report.outputs["dart-defines-file"]).read_text())
    assert defines["SENTRY_RELEASE"] == app.release


def test_an_app_in_a_folder_gets_its_define_file_where_its_build_runs(app: App) -> None:
    job = app.job(folder="apps/shop")

    report = app.play(job, working_directory="apps/shop", dry_run="true")

    defines = job.workspace / "apps/shop" / report.outputs["dart-defines-file"]
    assert json.loads(defines.read_text())["SENTRY_RELEASE"] == app.release
    assert git(job.workspace, "status", "--porcelain") == ""


def test_a_second_app_of_the_job_does_not_take_the_name_of_the_first(app: App) -> None:
    job = app.job(folder="apps/shop")
    second = job.workspace / "apps/courier"
    second.mkdir()
    (second / "pubspec.yaml").write_text("name: courier\nversion: 2.0.0+3\n")

    app.play(job, working_directory="apps/shop", dry_run="true")
    report = app.play(job, working_directory="apps/courier", dry_run="true")

    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == "courier@2.0.0+3"
    assert report.outputs["dist"] == report.env["SENTRY_DIST"] == "3"
