"""Whole jobs with `notes-dir`: which files are written, from which commits, and which are left."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from fake_sentry import NOT_ACCESSIBLE, Change, FakeServers, Repository, Status
from job import Job, Stage

FILES = {
    "notes.md",
    "app-store.txt",
    "whatsnew/whatsnew-en-US",
    "fastlane/android/en-US/changelogs/default.txt",
    "fastlane/ios/en-US/release_notes.txt",
}
PLAY, APP_STORE = "whatsnew/whatsnew-en-US", "app-store.txt"
HOSTILE = (
    "feat: @everyone see [this](https://evil.test) <img src=https://evil.test/x> "
    "![x](http://evil.test) fixes #12, GH-12 and acme/app#12 `a` --> & www.evil.test | x"
)


def next_run(job: Job, sentry: FakeServers) -> None:
    """The next run, of the newest commit, with the next version."""
    job.environ |= {"GITHUB_RUN_ID": "9", "GITHUB_RUN_NUMBER": "129"}
    job.environ["GITHUB_SHA"] = sentry.repository.branches["main"]
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    job.state.clear()


def after(job: Job, sentry: FakeServers, *messages: str, **inputs: str) -> Stage:
    """The main step of a job whose commits since the last deploy are these, the oldest first."""
    job.release()
    sentry.land_commits()
    for message in messages:
        sentry.repository.commit(message, Change(status="added", path=f"lib/{len(message)}.dart"))
    next_run(job, sentry)
    return job.main(notes_dir="notes", **inputs)


def files_in(folder: Path) -> set[str]:
    """All files that a later step would see, by their path."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {path for path in found if not path.rpartition("/")[2].startswith(".")}


@pytest.fixture
def notes(job: Job) -> Path:
    return job.workspace / "notes"


@pytest.fixture
def github(sentry: FakeServers) -> Repository:
    return sentry.repository


def test_the_notes_are_of_the_commits_since_the_last_deploy(
    job: Job, sentry: FakeServers, github: Repository, notes: Path
) -> None:
    main = after(job, sentry, "feat: pay by card", "fix(cart): total is wrong (#8)", "chore: bump")

    assert main.outputs["notes-dir"] == "notes"
    assert json.loads(main.outputs["json"])["notes-dir"] == "notes"
    assert files_in(notes) == FILES
    text = (notes / "notes.md").read_text()
    assert text.startswith(
        "# `shop@1.5.0+28`\n\n3 commits since the last deploy to `production`, of `shop@1.4.0+27`"
    )
    head = github.branches["main"]
    assert (
        f"https://github.com/acme/app/compare/2cdae8867056ab3761bc06cefb5a30eac78d777a...{head}"
        in text
    )
    assert "## Features\n\n- pay by card ([`" in text
    assert "## Fixes\n\n- cart: total is wrong ([`" in text
    assert "\n1 commit without an effect on the app" in text
    store = "New:\n- Pay by card\nFixed:\n- Total is wrong"
    assert {(notes / path).read_text() for path in FILES - {"notes.md"}} == {store}
    assert main.annotations == []


def test_without_the_input_nothing_is_written_and_github_is_not_queried(
    job: Job, sentry: FakeServers, notes: Path
) -> None:
    job.release()
    sentry.ledger.clear()
    next_run(job, sentry)

    main = job.main()

    assert not notes.exists()
    assert "notes-dir" not in main.outputs
    assert sentry.ledger.lines("github") == []


@pytest.mark.parametrize("count", [1, 30, 1000])
def test_notes_of_any_length_are_within_the_limits_of_the_stores(
    job: Job, sentry: FakeServers, notes: Path, count: int
) -> None:
    messages = [f"feat: change number {number} of the app" for number in range(count)]

    after(job, sentry, *messages)

    for path, limit in ((PLAY, 500), (APP_STORE, 4000)):
        text = (notes / path).read_text()
        lines = text.splitlines()
        assert 0 < len(text) <= limit
        assert lines[0] == f"- Change number {count - 1} of the app"
        assert all(line.endswith(" of the app") or line.startswith("… and ") for line in lines)
    markdown = (notes / "notes.md").read_text()
    assert markdown.startswith(f"# `shop@1.5.0+28`\n\n{count} commit")
    assert len(markdown) < 125_000


def test_a_promotion_has_the_notes_of_its_own_environment(
    job: Job, sentry: FakeServers, github: Repository, notes: Path
) -> None:
    job.release()
    sentry.land_commits()
    github.commit("feat: one")
    job.environ["GITHUB_RUN_ID"] = "8"
    job.environ["GITHUB_SHA"] = github.branches["main"]
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.9+28\n")
    job.release(environment="staging")
    sentry.land_commits()
    github.commit("feat: two")
    next_run(job, sentry)
    job.release(environment="staging")
    sentry.land_commits()

    job.main(notes_dir="notes")

    assert (notes / PLAY).read_text() == "- Two\n- One"


def test_only_commits_that_change_the_paths_of_the_app_are_in_the_notes(
    job: Job, sentry: FakeServers, github: Repository, notes: Path
) -> None:
    job.release()
    sentry.land_commits()
    github.commit("feat: in the app", Change(status="added", path="app/a.dart"))
    github.commit("feat: elsewhere", Change(status="added", path="docs/a.md"))
    next_run(job, sentry)

    job.main(notes_dir="notes", commit_paths="app/**")

    assert (notes / PLAY).read_text() == "- In the app"


def test_hostile_messages_mention_link_and_inject_nothing(
    job: Job, sentry: FakeServers, notes: Path
) -> None:
    after(job, sentry, HOSTILE, "feat(@x): ok", "fix: ::set-output name=a::b")

    text = (notes / "notes.md").read_text()
    page = str(MarkdownIt("commonmark", {"html": True}).render(text))
    assert "<img" not in page
    assert page.count("<a ") == 4  # the range and the three commits
    assert page.count('href="https://github.com/acme/app/') == 4
    prose = re.sub(r"<code>.*?</code>", "", page)
    for piece in ("@everyone", "@x", "#12", "GH-12"):
        assert piece not in prose
    for piece in ("https://evil", "http://evil", "www.evil"):  # GitHub links only what is unescaped
        assert piece not in text
    for path in (PLAY, APP_STORE):
        store = (notes / path).read_text()
        assert not {"@", "<", ">"} & set(store)
        assert "evil.test" not in store


def test_a_first_deploy_says_that_its_range_has_no_start(
    job: Job, sentry: FakeServers, notes: Path
) -> None:
    job.main(notes_dir="notes")

    text = (notes / "notes.md").read_text()
    assert "The last 6 commits: no earlier deploy to `production` is in the history." in text
    assert sentry.releases


@pytest.mark.parametrize("case", ["same commit", "skip", "no token", "outage", "fork"])
def test_without_known_commits_a_line_is_written_and_no_file(
    job: Job, sentry: FakeServers, notes: Path, case: str
) -> None:
    job.release()
    sentry.land_commits()
    if case != "same commit":
        sentry.repository.commit("feat: next")
    next_run(job, sentry)
    inputs = {"set_commits": "skip"} if case == "skip" else {}
    if case == "outage":
        sentry.fail("*", "/api/**", Status(status=503), times=None)
    if case == "fork":
        job.environ["GITHUB_EVENT_NAME"] = "pull_request"
        head = {"sha": "a" * 40, "repo": {"full_name": "mallory/app"}}
        job.event({"pull_request": {"head": head}})
    if case == "no token":
        inputs |= {"auth_token": ""}
        job.environ["SENTRY_AUTH_TOKEN"] = ""
        job.environ["GITHUB_EVENT_NAME"] = "pull_request"
        job.environ["GITHUB_ACTOR"] = "dependabot[bot]"

    main = job.main(notes_dir="notes", **inputs)

    assert main.exit_code == 0
    assert not notes.exists()
    assert "notes-dir" not in main.outputs
    assert main.log.count("No release notes were written: ") == 1


def test_commits_that_github_refuses_are_one_warning_and_the_release_is_created(
    job: Job, sentry: FakeServers, notes: Path
) -> None:
    sentry.fail("GET", "/github/repos/acme/app/compare/*", NOT_ACCESSIBLE, times=None)

    main = after(job, sentry, "feat: next")

    assert main.exit_code == 0
    [warning] = main.annotations
    assert warning.startswith("warning: No release notes were written.")
    assert not notes.exists()
    assert "shop@1.5.0+28" in sentry.releases


def test_a_dry_run_writes_the_notes(job: Job, sentry: FakeServers, notes: Path) -> None:
    main = after(job, sentry, "feat: next", dry_run="true")

    assert main.outputs["notes-dir"] == "notes"
    assert (notes / PLAY).read_text() == "- Next"


def test_notes_of_an_earlier_job_are_replaced(job: Job, sentry: FakeServers, notes: Path) -> None:
    job.main(notes_dir="notes")
    first = (notes / PLAY).read_text()
    job.state.clear()

    after(job, sentry, "feat: next")

    assert (notes / PLAY).read_text() == "- Next" != first


@pytest.mark.parametrize("path", ["notes.md", PLAY])
def test_a_file_of_the_user_is_never_replaced(
    job: Job, sentry: FakeServers, notes: Path, path: str
) -> None:
    (notes / path).parent.mkdir(parents=True)
    (notes / path).write_text("mine")

    main = after(job, sentry, "feat: next")

    assert (notes / path).read_text() == "mine"
    assert main.exit_code == 0
    assert "is not overwritten" in main.annotations[0]
    assert "notes-dir" not in main.outputs


def test_a_file_that_the_user_has_changed_is_kept(
    job: Job, sentry: FakeServers, notes: Path
) -> None:
    job.main(notes_dir="notes")
    (notes / PLAY).write_text("translated")
    job.state.clear()

    after(job, sentry, "feat: next")

    assert (notes / PLAY).read_text() == "translated"


def test_no_link_in_the_repository_leads_the_files_elsewhere(
    job: Job, sentry: FakeServers, notes: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    notes.symlink_to(outside)

    main = after(job, sentry, "feat: next")

    assert list(outside.iterdir()) == []
    assert "leads out of the workspace" in main.annotations[0]


@pytest.mark.parametrize("folder", ["../notes", "/tmp/notes", ".git/notes"])
def test_a_folder_outside_of_the_workspace_or_in_git_is_refused(
    job: Job, sentry: FakeServers, folder: str
) -> None:
    main = job.main(notes_dir=folder)

    assert "notes-dir" not in main.outputs
    assert main.annotations
    assert not (job.workspace / ".git").exists()
    assert (main.exit_code == 0) is (folder == ".git/notes")
    assert sentry.releases or main.exit_code


def test_the_deploy_action_writes_the_notes_of_its_deploy(
    job: Job, sentry: FakeServers, notes: Path
) -> None:
    job.release()
    sentry.land_commits()
    sentry.repository.commit("feat: next")
    next_run(job, sentry)
    job.main(deploy="false", finalize="false")
    sentry.land_commits()

    deploy = job.play("deploy", notes_dir="notes")

    assert deploy.outputs["notes-dir"] == "notes"
    assert (notes / PLAY).read_text() == "- Next"
