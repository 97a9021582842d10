"""Histories of every shape, released into a real Sentry: which commits a release then has."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from e2e.app import git
from e2e.git_history import GitHistory
from e2e.sentry_lab import Lab
from e2e.shape_jobs import BEFORE, BY_CLI, LINKED, NOW, ShapeJob, mailed
from e2e.shapes import SHAPES

Jobs = dict[str, ShapeJob]
AT_ONCE = 3


@pytest.fixture(scope="module")
def jobs(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """All histories in one repository on GitHub, for as long as the tests last."""
    folder = tmp_path_factory.mktemp("shapes")
    repository = GitHistory.new(folder / "repository")
    shared = lab.new_project()
    made = {
        name: ShapeJob.new(lab, repository, shape, folder, shared) for name, shape in SHAPES.items()
    }
    branches = repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    pushed = sorted(set(branches) - set(repository.unpushed))
    bare = str(lab.bare(LINKED))
    repository.git("push", "-q", bare, *[f"{name}:refs/heads/shapes/{name}" for name in pushed])
    yield made
    repository.git(
        "push", "-q", bare, "--delete", *[f"refs/heads/shapes/{name}" for name in pushed]
    )


@pytest.fixture(scope="module")
def outputs(jobs: Jobs) -> dict[str, str]:
    """The logs of both stages: first every main, then every post, so that Sentry can fetch."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        mains = list(pool.map(lambda job: job.play("main"), jobs.values()))
        posts = list(pool.map(lambda job: job.play("post"), jobs.values()))
    return dict(zip(jobs, map("".join, zip(mains, posts, strict=True)), strict=True))


@pytest.fixture(scope="module")
def mails(lab: Lab, jobs: Jobs, outputs: dict[str, str]) -> dict[str, list[str]]:
    """Who got a deploy mail, by package, when all that are due have come."""
    assert outputs
    due = sum(len(job.shape.mailed) for job in jobs.values())
    return lab.eventually(
        lambda: mailed(lab, jobs.values()),
        lambda found: sum(map(len, found.values())) >= due,
    )


@pytest.fixture(scope="module")
def by_cli(lab: Lab, jobs: Jobs, outputs: dict[str, str]) -> dict[str, list[str]]:
    """The commits that sentry-cli's releases have, when all that are due have come."""
    assert outputs
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(ShapeJob.play_cli, list(jobs.values())[:-1]))
    list(jobs.values())[-1].play_cli()
    last = list(jobs.values())[-1]  # the worker takes them one by one
    lab.eventually(lambda: last.commits(BY_CLI), lambda found: len(found) == last.shape.by_cli)
    return {name: job.commits(BY_CLI) for name, job in jobs.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_a_release_holds_the_commits_that_git_says_are_new(
    jobs: Jobs, outputs: dict[str, str], name: str
) -> None:
    assert outputs[name]
    assert jobs[name].commits(NOW) == list(jobs[name].expected)


@pytest.mark.parametrize("name", SHAPES)
def test_only_the_members_who_wrote_them_get_the_deploy_mail(
    lab: Lab, jobs: Jobs, mails: dict[str, list[str]], name: str
) -> None:
    assert len(lab.deploys(jobs[name].release(NOW))) == 1
    assert mails[jobs[name].package] == sorted(jobs[name].shape.mailed)


@pytest.mark.parametrize("name", SHAPES)
def test_only_unusual_ranges_are_reported(jobs: Jobs, outputs: dict[str, str], name: str) -> None:
    expected = jobs[name].shape.outputs
    levels = {level for level in ("notice", "warning", "error") if f"\n::{level} " in outputs[name]}

    assert expected in outputs[name]
    assert levels == ({"notice"} if expected else set())


@pytest.mark.parametrize("name", SHAPES)
def test_sentry_cli_leaves_the_same_commits_unless_the_actions_are_right(
    jobs: Jobs, by_cli: dict[str, list[str]], name: str
) -> None:
    own = jobs[name]
    count = own.shape.by_cli

    assert set(by_cli[name]) <= set(own.expected)
    assert len(by_cli[name]) == (len(own.expected) if count is None else count)


def test_staging_takes_no_commits_from_production(lab: Lab, jobs: Jobs, tmp_path: Path) -> None:
    job = replace(
        jobs["several authors"],
        package=f"staged_{uuid4().hex[:10]}",
        project=lab.new_project(),
        folder=tmp_path,
    )
    (tmp_path / "pubspec.yaml").write_text(f"name: {job.package}\nversion: {NOW}\n")
    before_head = git(lab.bare(LINKED), "rev-parse", f"{job.head}~1").strip()
    refs = [{"repository": LINKED, "commit": before_head, "previousCommit": job.base}]
    job.put_up(BEFORE, job.package, ref=job.base)
    job.put_up("1.0.5", f"{job.package}-staging", refs=refs)

    job.set_commits(job.head)  # Sentry guesses: after the newest release, wherever that is
    guessed = lab.eventually(lambda: job.commits(BY_CLI), bool)
    job.play("main", previous="last-deploy")
    job.play("post", previous="last-deploy")

    assert guessed == [job.head]
    assert lab.eventually(lambda: job.commits(NOW), bool) == list(job.expected)
    assert len(job.expected) == 3


def test_the_table_has_at_least_twenty_shapes() -> None:
    assert len(SHAPES) >= 20
