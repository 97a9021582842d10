"""A job that succeeds, in the container: what its later steps and its readers have of it."""

import json

from e2e.app import assert_unseen, git
from e2e.finished_job import RUN, FinishedJob

GITHUB_TOKEN = "ghs_token"  # the one that the runner has for every job


def test_a_later_step_gets_the_name_in_every_form(finished_job: FinishedJob) -> None:
    app, outputs = finished_job.app, dict(finished_job.report.outputs)
    page = f"{app.lab.url}/organizations/lab/releases/{app.package}%401.4.0%2B27/"
    every = json.loads(outputs.pop("json"))

    assert every == outputs
    del outputs["dart-defines-base64"]  # its forms are claimed where they are made
    outputs.pop("commit-count", None)  # there only when Sentry's worker was quick
    assert outputs == {
        "release": app.release,
        "version": "1.4.0",
        "build-number": "27",
        "package": app.package,
        "dist": "27",
        "environment": app.environment,
        "dart-defines-file": ".sentry-release/dart-defines.json",
        "release-url": page,
    }


def test_a_later_step_gets_the_variables_that_sentrys_tools_read(finished_job: FinishedJob) -> None:
    exported = finished_job.report.env
    outputs = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")

    assert [exported[name] for name in outputs] == [
        finished_job.app.release,
        "27",
        finished_job.app.environment,
    ]
    own = {name for name in exported if name not in outputs}
    assert all(name.startswith("SENTRY_RELEASE_EXPORTED") for name in own)


def test_a_later_step_can_read_the_define_file_and_remove_it(finished_job: FinishedJob) -> None:
    file = finished_job.workspace / finished_job.report.outputs["dart-defines-file"]

    assert json.loads(file.read_text("utf-8")) == {
        "SENTRY_RELEASE": finished_job.app.release,
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": finished_job.app.environment,
    }
    assert oct(file.stat().st_mode & 0o777) == "0o644"
    owner = finished_job.workspace.stat().st_uid
    made = (file, file.parent, file.with_name(".gitignore"))
    assert [path.stat().st_uid for path in made] == [owner] * 3


def test_no_secret_is_seen_in_logs_summaries_or_command_lines(finished_job: FinishedJob) -> None:
    assert_unseen(finished_job.report, *finished_job.lab.secrets, GITHUB_TOKEN)


def test_git_sees_no_change_in_the_workspace(finished_job: FinishedJob) -> None:
    assert git(finished_job.workspace, "status", "--porcelain") == ""


def test_the_summary_leads_to_the_release_its_commits_and_the_run(
    finished_job: FinishedJob,
) -> None:
    opened, deployed = finished_job.report.main.summary, finished_job.report.post.summary

    assert opened.startswith(f"### ✅ `{finished_job.app.release}` is open in Sentry")
    head = f"### ✅ `{finished_job.app.release}` is deployed to `{finished_job.app.environment}`"
    assert deployed.startswith(head)
    for link in (
        finished_job.report.outputs["release-url"],
        RUN,
        f"/commits/{finished_job.app.head}",
    ):
        assert link in deployed
    for author in ("Dev", "Stranger", "Zoë"):
        assert author in deployed
