"""A job that succeeds, in the container: what its later steps and its readers have of it."""

import json

from e2e.app import assert_unseen, git
from e2e.story import RUN, Story

GITHUB_TOKEN = "ghs_token"  # the one that the runner has for every job


def test_a_later_step_gets_the_name_in_every_form(story: Story) -> None:
    app, outputs = story.app, dict(story.report.outputs)
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


def test_a_later_step_gets_the_variables_that_sentrys_tools_read(story: Story) -> None:
    exported = story.report.env
    told = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")

    assert [exported[name] for name in told] == [story.app.release, "27", story.app.environment]
    ours = {name for name in exported if name not in told}
    assert all(name.startswith("SENTRY_RELEASE_EXPORTED") for name in ours)


def test_a_later_step_can_read_the_define_file_and_remove_it(story: Story) -> None:
    file = story.workspace / story.report.outputs["dart-defines-file"]

    assert json.loads(file.read_text("utf-8")) == {
        "SENTRY_RELEASE": story.app.release,
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": story.app.environment,
    }
    assert oct(file.stat().st_mode & 0o777) == "0o644"
    owner = story.workspace.stat().st_uid
    made = (file, file.parent, file.with_name(".gitignore"))
    assert [path.stat().st_uid for path in made] == [owner] * 3


def test_no_secret_is_seen_in_logs_summaries_or_command_lines(story: Story) -> None:
    assert_unseen(story.report, *story.lab.secrets, GITHUB_TOKEN)


def test_git_sees_no_change_in_the_workspace(story: Story) -> None:
    assert git(story.workspace, "status", "--porcelain") == ""


def test_the_summary_leads_to_the_release_its_commits_and_the_run(story: Story) -> None:
    opened, deployed = story.report.main.summary, story.report.post.summary

    assert opened.startswith(f"### `{story.app.release}` is open in Sentry")
    head = f"### `{story.app.release}` is deployed to `{story.app.environment}`"
    assert deployed.startswith(head)
    for link in (story.report.outputs["release-url"], RUN, f"/commits/{story.app.head}"):
        assert link in deployed
    for author in ("Dev", "Stranger", "Zoë"):
        assert author in deployed
