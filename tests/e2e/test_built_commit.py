"""Claims about the commit of a release, in the container, with real git checkouts and a real Sentry."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from e2e.app import App, git
from e2e.runner import Job

Hotfix = tuple[App, str, str]


@pytest.fixture
def hotfix(app: App, tmp_path: Path) -> Iterator[Hotfix]:
    """A branch on GitHub beside main: the app, the branch's name, and its only commit."""
    bare = app.lab.bare(app.repository)
    branch = f"hotfix-{app.package}"
    git(tmp_path, "clone", "-q", str(bare), "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "-b", branch, "main~2")
    (clone / "pubspec.yaml").write_text(f"name: {app.package}\nversion: 1.3.1+21\n")
    git(clone, "add", "--all")
    git(clone, "commit", "-q", "-m", "fix: crash on start")
    git(clone, "push", "-q", "origin", branch)
    yield app, branch, git(clone, "rev-parse", "HEAD").strip()
    git(clone, "push", "-q", "origin", "--delete", branch)


def job_of(app: App, branch: str) -> Job:
    """A job that is dispatched on main and checks out the branch."""
    job = app.job(checked_out=False, github={"event_name": "workflow_dispatch"})
    app.check_out_branch(job.workspace, branch)
    return job


def test_a_hotfix_dispatched_on_main_gets_its_own_commits(hotfix: Hotfix) -> None:
    app, branch, fix = hotfix
    before = replace(app, head=git(app.lab.bare(app.repository), "rev-parse", "main~2").strip())
    assert before.play().job_status == "success"

    report = app.play(job_of(app, branch))

    name = f"{app.package}@1.3.1+21"
    assert report.job_status == "success"
    found = app.lab.release(name)
    assert (found["ref"], found["url"]) == (
        fix,
        f"https://github.com/{app.repository}/commit/{fix}",
    )
    commits = app.lab.eventually(lambda: [one["id"] for one in app.lab.commits(name)], bool)
    assert commits == [fix]
    assert [note.message for note in report.annotations] == []
    assert any("HEAD of the checkout" in stage.summary for stage in report.stages)


def test_a_bump_that_is_not_pushed_leaves_the_release_to_the_branch(hotfix: Hotfix) -> None:
    app, branch, fix = hotfix
    job = job_of(app, branch)
    git(job.workspace, "commit", "-q", "--allow-empty", "-m", "chore: bump")

    report = app.play(job)

    assert app.lab.release(f"{app.package}@1.3.1+21")["ref"] == fix
    [note] = report.annotations
    assert "made in this job and not pushed" in note.message


def test_a_second_push_without_a_new_version_is_reported_and_has_the_commits_of_both(
    app: App,
) -> None:
    bare = app.lab.bare(app.repository)
    first, second, third = (git(bare, "rev-parse", f"main~{n}").strip() for n in (3, 2, 1))
    old = replace(app, head=first)
    assert (
        old.play(old.job(pubspec=f"name: {app.package}\nversion: 1.3.0+20\n")).job_status
        == "success"
    )
    assert replace(app, head=second).play().job_status == "success"

    report = replace(app, head=third).play()

    commits = app.lab.eventually(
        lambda: {one["id"] for one in app.lab.commits(app.release)},
        lambda observed: len(observed) == 2,
    )
    assert commits == {second, third}
    assert app.lab.release(app.release)["url"].endswith(f"/commit/{third}")
    [note] = report.annotations
    assert "exists already, from commit" in note.message
