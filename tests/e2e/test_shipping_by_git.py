"""A release as repositories of git see it: created by one command, complete or not at all."""

import re
from pathlib import Path

import pytest

from release_repository import DAY, IMAGE, OTHER_IMAGE, ReleaseRepository
from sentry_release import REPOSITORY
from shipping import proposing, publishing
from shipping.__main__ import main
from shipping.action_file import image_of
from shipping.problem import ReleaseError
from shipping.proposing import version_in
from shipping.version import Version
from shipping.workflow_commit import WORKFLOW, workflow_commit


@pytest.fixture(scope="module")
def _prepared_repository(tmp_path_factory: pytest.TempPathFactory) -> ReleaseRepository:
    return ReleaseRepository.new(tmp_path_factory.mktemp("yard"))


@pytest.fixture
def release_repository(
    _prepared_repository: ReleaseRepository, tmp_path: Path
) -> ReleaseRepository:
    return _prepared_repository.copied(tmp_path / "yard")


# proposing


def test_one_command_makes_the_commit_its_branch_and_the_tag_that_starts_the_workflow(
    release_repository: ReleaseRepository,
) -> None:
    before = release_repository.refs["heads/main"]

    release_repository.propose("1.0.0")

    commit = release_repository.refs["heads/main"]
    git = release_repository.maintainer
    release_branch = workflow_commit(Version.parse("1.0.0"), commit, git)
    assert release_repository.refs == {
        "heads/main": commit,
        "heads/release/1.0.0": release_branch,
        "tags/candidate/1.0.0": commit,
    }
    assert git.run("diff", "--name-only", commit, release_branch) == WORKFLOW
    assert git.run("rev-parse", f"{commit}^") == before
    assert git.run("diff", "--name-only", before, commit).split() == [
        "CHANGELOG.md",
        "src/sentry_release/__init__.py",
    ]
    assert version_in(git.text("src/sentry_release/__init__.py")) == "1.0.0"
    assert git.head() == commit
    assert git.changes() == ()


def make_tree_dirty(release_repository: ReleaseRepository) -> None:
    (release_repository.folder / "maintainer/CHANGELOG.md").write_text("something else\n")


def forget_to_push(release_repository: ReleaseRepository) -> None:
    release_repository.maintainer.run("commit", "--quiet", "--allow-empty", "-m", "feat: mine")


def leave_the_branch(release_repository: ReleaseRepository) -> None:
    release_repository.maintainer.run("checkout", "--quiet", "--detach")


def propose_it(release_repository: ReleaseRepository) -> None:
    release_repository.propose("1.0.0")


def release_it(release_repository: ReleaseRepository) -> None:
    release_repository.push_commits("1.0.0", IMAGE)


def release_a_later_one(release_repository: ReleaseRepository) -> None:
    release_repository.propose("1.0.1")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (make_tree_dirty, "not clean"),
        (forget_to_push, "differs from the remote"),
        (leave_the_branch, "No branch"),
        (propose_it, "push origin --delete candidate/1.0.0 release/1.0.0"),
        (release_it, "is already released"),
        (release_a_later_one, "is older than 1.0.1"),
    ],
)
def test_what_is_in_doubt_is_not_proposed_and_nothing_changes(
    release_repository: ReleaseRepository, spoil: object, reason: str
) -> None:
    assert callable(spoil)
    spoil(release_repository)
    refs, head = release_repository.refs, release_repository.maintainer.head()

    with pytest.raises(ReleaseError, match=reason):
        proposing.proposed(Version.parse("1.0.0"), release_repository.maintainer, day=DAY)

    assert (release_repository.refs, release_repository.maintainer.head()) == (refs, head)


def test_a_remote_that_refuses_one_ref_gets_none_and_the_clone_stays_as_it_was(
    release_repository: ReleaseRepository,
) -> None:
    hook = release_repository.folder / "remote/hooks/update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ]\n')
    hook.chmod(0o755)
    refs, head = release_repository.refs, release_repository.maintainer.head()

    with pytest.raises(ReleaseError, match="git push failed"):
        release_repository.propose("1.0.0")

    assert (release_repository.refs, release_repository.maintainer.head()) == (refs, head)
    assert release_repository.maintainer.run("tag") == ""


def test_a_version_that_failed_its_tests_is_fixed_and_proposed_again(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.propose("1.0.0")
    release_repository.maintainer.run(
        "push", "--quiet", "origin", "--delete", "candidate/1.0.0", "release/1.0.0"
    )
    fixed = release_repository.change("Dockerfile", "FROM python:3.13-slim\nRUN true\n")

    release_repository.propose("1.0.0")

    assert (
        release_repository.refs["tags/candidate/1.0.0"]
        == release_repository.refs["heads/main"]
        == fixed
    )


def test_what_came_since_the_first_proposal_is_not_forgotten_in_its_notes(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.propose("1.0.0")
    release_repository.maintainer.run("push", "--quiet", "origin", "--delete", "candidate/1.0.0")
    text = release_repository.maintainer.text("CHANGELOG.md")
    release_repository.change(
        "CHANGELOG.md", text.replace("Unreleased\n", "Unreleased\n\n- Mended.\n", 1)
    )

    with pytest.raises(ReleaseError, match="something under `## Unreleased`"):
        release_repository.propose("1.0.0")


def test_a_dry_run_shows_the_commit_and_pushes_nothing(
    release_repository: ReleaseRepository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(release_repository.folder / "maintainer")
    refs = release_repository.refs

    assert main(["propose", "1.0.0", "--dry-run"], {}) == 0

    visible = capsys.readouterr().out
    assert '+__version__ = "1.0.0"' in visible
    assert "refs/tags/candidate/1.0.0" in visible
    assert release_repository.refs == refs


# publishing


def test_a_release_is_the_candidate_and_one_line_of_each_action(
    release_repository: ReleaseRepository,
) -> None:
    commit = release_repository.push_commits("1.0.0", IMAGE)

    git = release_repository.runner("v1.0.0")
    assert git.head() == commit
    assert git.run("rev-parse", "HEAD^^") == release_repository.refs["tags/candidate/1.0.0"]
    assert git.run("diff", "--shortstat", "HEAD^^", "HEAD").split(", ") == [
        " 6 files changed",
        "6 insertions(+)",
        "6 deletions(-)",
    ]
    for folder in ("", "upload/", "deploy/", "health/", "doctor/"):
        assert image_of(git.text(f"{folder}action.yml")) == IMAGE


def test_the_reusable_workflow_of_a_release_runs_the_action_of_that_release(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.push_commits("1.0.0", IMAGE)

    workflow = release_repository.runner("v1.0.0").text(WORKFLOW)
    assert re.findall(r"uses: (?!actions/)(\S+)", workflow) == [f"{REPOSITORY}@v1.0.0"]


def test_the_workflow_changes_no_workflow_since_github_would_refuse_its_push(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.propose("1.0.0")
    pushed_by_a_person = release_repository.refs["heads/release/1.0.0"]
    candidate, git = release_repository.candidate("1.0.0")

    commit = publishing.publish(candidate, IMAGE, git)

    assert git.run("diff", pushed_by_a_person, commit, "--", ".github/workflows") == ""


def test_the_branch_goes_on_building_what_it_holds(release_repository: ReleaseRepository) -> None:
    release_repository.push_commits("1.0.0", IMAGE)

    assert image_of(release_repository.runner("main").text("action.yml")) is None


def test_every_commit_that_a_tag_names_is_on_a_branch_with_the_same_workflows(
    release_repository: ReleaseRepository,
) -> None:
    commit = release_repository.push_commits("1.0.0", IMAGE)

    assert (
        release_repository.refs["heads/release/1.0.0"]
        == release_repository.refs["tags/v1.0.0"]
        == commit
    )


def test_a_run_that_is_repeated_makes_the_same_release(
    release_repository: ReleaseRepository,
) -> None:
    first = release_repository.push_commits("1.0.0", IMAGE)
    refs = release_repository.refs
    candidate, git = release_repository.candidate("1.0.0")

    assert publishing.publish(candidate, IMAGE, git) == first
    assert publishing.move(Version.parse("1.0.0"), git)
    assert release_repository.refs == refs


def test_a_tag_that_users_know_never_gets_another_image(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.push_commits("1.0.0", IMAGE)
    refs = release_repository.refs
    candidate, git = release_repository.candidate("1.0.0")

    with pytest.raises(ReleaseError, match=r"v1\.0\.0 already exists"):
        publishing.publish(candidate, OTHER_IMAGE, git)

    assert release_repository.refs == refs


def test_v1_moves_to_the_newest_version_and_stays_there(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.push_commits("1.0.0", IMAGE)
    release_repository.change("CHANGELOG.md", unreleased(release_repository, "More."))
    second = release_repository.push_commits("1.1.0", OTHER_IMAGE)

    assert release_repository.refs["tags/v1"] == second
    assert not publishing.move(Version.parse("1.0.0"), release_repository.runner("v1.0.0"))
    assert release_repository.refs["tags/v1"] == second


def test_v1_never_follows_a_version_that_is_not_there(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.push_commits("1.0.0", IMAGE)
    refs = release_repository.refs

    with pytest.raises(ReleaseError, match=r"v1 cannot be moved: the tag v1\.1\.0 does not exist"):
        publishing.move(Version.parse("1.1.0"), release_repository.maintainer)

    assert release_repository.refs == refs


def test_an_older_version_is_repaired_on_a_branch_of_its_own(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.push_commits("1.0.0", IMAGE)
    release_repository.change("CHANGELOG.md", unreleased(release_repository, "More."))
    newest = release_repository.push_commits("1.1.0", OTHER_IMAGE)
    git = release_repository.maintainer
    git.fetch()
    git.run("switch", "--quiet", "--create", "1.0.x", "candidate/1.0.0")
    (git.folder / "CHANGELOG.md").write_text(unreleased(release_repository, "Mended."))
    git.run("commit", "--quiet", "--all", "-m", "fix: it")
    git.run("push", "--quiet", "--set-upstream", "origin", "1.0.x")

    commit = release_repository.push_commits("1.0.1", IMAGE)

    assert release_repository.refs["tags/v1.0.1"] == commit
    assert release_repository.refs["tags/v1"] == newest
    assert release_repository.refs["heads/1.0.x"] == release_repository.refs["tags/candidate/1.0.1"]


def unreleased(release_repository: ReleaseRepository, text: str) -> str:
    """The changelog of the branch that is checked out, with one line more to be released."""
    before = release_repository.maintainer.text("CHANGELOG.md")
    return before.replace("## Unreleased\n", f"## Unreleased\n\n- {text}\n", 1)


def test_a_release_candidate_moves_nothing_that_users_follow(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.push_commits("1.0.0-rc.1", IMAGE)

    assert "tags/v1" not in release_repository.refs
    assert "tags/v1.0.0-rc.1" in release_repository.refs


def test_a_tag_put_on_a_commit_of_another_version_is_refused(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.maintainer.run("push", "--quiet", "origin", "HEAD:refs/tags/candidate/3.0.0")

    with pytest.raises(ReleaseError, match=r"proposes 3\.0\.0, but the program has"):
        release_repository.candidate("3.0.0")


def test_what_is_published_is_what_was_proposed_and_not_what_happens_to_be_checked_out(
    release_repository: ReleaseRepository,
) -> None:
    release_repository.propose("1.0.0")
    release_repository.commit("feat: later", ".")

    with pytest.raises(ReleaseError, match="is checked out"):
        publishing.evaluated(Version.parse("1.0.0"), release_repository.runner("main"))


# the command line, as publish.yml calls it


def test_the_workflow_learns_what_it_needs_from_its_tag(
    release_repository: ReleaseRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_repository.propose("1.0.0")
    monkeypatch.chdir(release_repository.runner("candidate/1.0.0").folder)
    output, notes = tmp_path / "output", tmp_path / "notes.md"
    words = f"--ref-name candidate/1.0.0 --registry registry.example --repository {REPOSITORY}"

    code = main(
        ["candidate", *words.split(), "--notes", str(notes)], {"GITHUB_OUTPUT": str(output)}
    )

    assert code == 0
    assert output.read_text().splitlines() == [
        "version=1.0.0",
        "tag=v1.0.0",
        "prerelease=false",
        "latest=true",
        f"image=registry.example/{REPOSITORY.lower()}",
    ]
    assert notes.read_text() == "### Added\n\n- One name for every build.\n"


def test_a_fork_cannot_publish_an_action_whose_pages_name_another_repository(
    release_repository: ReleaseRepository,
) -> None:
    git = release_repository.runner("main")

    publishing.check_publisher(REPOSITORY.upper(), git)
    with pytest.raises(ReleaseError, match="cannot publish the action of") as caught:
        publishing.check_publisher("fork/app", git)
    assert "make publisher OWNER=fork REPOSITORY=app" in str(caught.value)
