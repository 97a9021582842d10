"""A release as repositories of git see it: asked for with one command, whole or not there at all."""

from pathlib import Path

import pytest

from shipping import proposing, publishing
from shipping.__main__ import main
from shipping.action_file import image_of
from shipping.problem import ShippingError
from shipping.proposing import version_in
from shipping.version import Version
from shipyard import DAY, IMAGE, OTHER_IMAGE, Shipyard


@pytest.fixture(scope="module")
def _yard(tmp_path_factory: pytest.TempPathFactory) -> Shipyard:
    return Shipyard.new(tmp_path_factory.mktemp("yard"))


@pytest.fixture
def yard(_yard: Shipyard, tmp_path: Path) -> Shipyard:
    return _yard.copied(tmp_path / "yard")


# proposing


def test_one_command_makes_the_commit_its_branch_and_the_tag_that_starts_the_workflow(
    yard: Shipyard,
) -> None:
    before = yard.refs["heads/main"]

    yard.propose("1.0.0")

    commit = yard.refs["heads/main"]
    places = ("heads/main", "heads/release/1.0.0", "tags/candidate/1.0.0")
    assert yard.refs == dict.fromkeys(places, commit)
    git = yard.maintainer
    assert git.run("rev-parse", f"{commit}^") == before
    assert git.run("diff", "--name-only", before, commit).split() == [
        "CHANGELOG.md",
        "src/sentry_release/__init__.py",
    ]
    assert version_in(git.text("src/sentry_release/__init__.py")) == "1.0.0"
    assert git.head() == commit
    assert git.changes() == ()


def spoil_the_tree(yard: Shipyard) -> None:
    (yard.folder / "maintainer/CHANGELOG.md").write_text("something else\n")


def forget_to_push(yard: Shipyard) -> None:
    yard.maintainer.run("commit", "--quiet", "--allow-empty", "-m", "feat: mine")


def leave_the_branch(yard: Shipyard) -> None:
    yard.maintainer.run("checkout", "--quiet", "--detach")


def have_it_proposed(yard: Shipyard) -> None:
    yard.propose("1.0.0")


def have_it_released(yard: Shipyard) -> None:
    yard.ship("1.0.0", IMAGE)


def have_a_later_one(yard: Shipyard) -> None:
    yard.propose("1.0.1")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (spoil_the_tree, "not clean"),
        (forget_to_push, "not what it is on the remote"),
        (leave_the_branch, "No branch"),
        (have_it_proposed, "push origin --delete candidate/1.0.0 release/1.0.0"),
        (have_it_released, "is released"),
        (have_a_later_one, "does not come after 1.0.1"),
    ],
)
def test_what_is_in_doubt_is_not_proposed_and_nothing_changes(
    yard: Shipyard, spoil: object, why: str
) -> None:
    assert callable(spoil)
    spoil(yard)
    refs, head = yard.refs, yard.maintainer.head()

    with pytest.raises(ShippingError, match=why):
        proposing.proposed(Version.parse("1.0.0"), yard.maintainer, day=DAY)

    assert (yard.refs, yard.maintainer.head()) == (refs, head)


def test_a_remote_that_refuses_one_ref_gets_none_and_the_clone_stays_as_it_was(
    yard: Shipyard,
) -> None:
    hook = yard.folder / "remote/hooks/update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ]\n')
    hook.chmod(0o755)
    refs, head = yard.refs, yard.maintainer.head()

    with pytest.raises(ShippingError, match="git push failed"):
        yard.propose("1.0.0")

    assert (yard.refs, yard.maintainer.head()) == (refs, head)
    assert yard.maintainer.run("tag") == ""


def test_a_version_that_failed_its_tests_is_mended_and_proposed_again(yard: Shipyard) -> None:
    yard.propose("1.0.0")
    yard.maintainer.run("push", "--quiet", "origin", "--delete", "candidate/1.0.0", "release/1.0.0")
    mended = yard.change("Dockerfile", "FROM python:3.13-slim\nRUN true\n")

    yard.propose("1.0.0")

    assert yard.refs["tags/candidate/1.0.0"] == yard.refs["heads/main"] == mended


def test_what_came_since_the_first_proposal_is_not_forgotten_in_its_notes(yard: Shipyard) -> None:
    yard.propose("1.0.0")
    yard.maintainer.run("push", "--quiet", "origin", "--delete", "candidate/1.0.0")
    text = yard.maintainer.text("CHANGELOG.md")
    yard.change("CHANGELOG.md", text.replace("Unreleased\n", "Unreleased\n\n- Mended.\n", 1))

    with pytest.raises(ShippingError, match="something under `## Unreleased`"):
        yard.propose("1.0.0")


def test_a_dry_run_shows_the_commit_and_pushes_nothing(
    yard: Shipyard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(yard.folder / "maintainer")
    refs = yard.refs

    assert main(["propose", "1.0.0", "--dry-run"], {}) == 0

    shown = capsys.readouterr().out
    assert '+__version__ = "1.0.0"' in shown
    assert "refs/tags/candidate/1.0.0" in shown
    assert yard.refs == refs


# publishing


def test_a_release_is_the_candidate_and_one_line_of_each_action(yard: Shipyard) -> None:
    commit = yard.ship("1.0.0", IMAGE)

    git = yard.runner("v1.0.0")
    assert git.head() == commit
    assert git.run("rev-parse", "HEAD^") == yard.refs["tags/candidate/1.0.0"]
    assert git.run("diff", "--shortstat", "HEAD^", "HEAD").split(", ") == [
        " 4 files changed",
        "4 insertions(+)",
        "4 deletions(-)",
    ]
    for folder in ("", "deploy/", "health/", "doctor/"):
        assert image_of(git.text(f"{folder}action.yml")) == IMAGE


def test_the_branch_goes_on_building_what_it_holds(yard: Shipyard) -> None:
    yard.ship("1.0.0", IMAGE)

    assert image_of(yard.runner("main").text("action.yml")) is None


def test_every_commit_that_a_tag_names_is_on_a_branch_with_the_same_workflows(
    yard: Shipyard,
) -> None:
    commit = yard.ship("1.0.0", IMAGE)

    assert yard.refs["heads/release/1.0.0"] == yard.refs["tags/v1.0.0"] == commit


def test_a_run_that_is_repeated_makes_the_same_release(yard: Shipyard) -> None:
    first = yard.ship("1.0.0", IMAGE)
    refs = yard.refs
    candidate, git = yard.candidate("1.0.0")

    assert publishing.publish(candidate, IMAGE, git) == first
    assert publishing.move(Version.parse("1.0.0"), git)
    assert yard.refs == refs


def test_a_tag_that_users_know_never_gets_another_image(yard: Shipyard) -> None:
    yard.ship("1.0.0", IMAGE)
    refs = yard.refs
    candidate, git = yard.candidate("1.0.0")

    with pytest.raises(ShippingError, match=r"v1\.0\.0 is there already"):
        publishing.publish(candidate, OTHER_IMAGE, git)

    assert yard.refs == refs


def test_v1_moves_to_the_newest_version_and_stays_there(yard: Shipyard) -> None:
    yard.ship("1.0.0", IMAGE)
    yard.change("CHANGELOG.md", unreleased(yard, "More."))
    second = yard.ship("1.1.0", OTHER_IMAGE)

    assert yard.refs["tags/v1"] == second
    assert not publishing.move(Version.parse("1.0.0"), yard.runner("v1.0.0"))
    assert yard.refs["tags/v1"] == second


def test_v1_never_follows_a_version_that_is_not_there(yard: Shipyard) -> None:
    yard.ship("1.0.0", IMAGE)
    refs = yard.refs

    with pytest.raises(ShippingError, match=r"v1 cannot follow: there is no tag v1\.1\.0"):
        publishing.move(Version.parse("1.1.0"), yard.maintainer)

    assert yard.refs == refs


def test_an_older_version_is_repaired_on_a_branch_of_its_own(yard: Shipyard) -> None:
    yard.ship("1.0.0", IMAGE)
    yard.change("CHANGELOG.md", unreleased(yard, "More."))
    newest = yard.ship("1.1.0", OTHER_IMAGE)
    git = yard.maintainer
    git.fetch()
    git.run("switch", "--quiet", "--create", "1.0.x", "v1.0.0^")
    (git.folder / "CHANGELOG.md").write_text(unreleased(yard, "Mended."))
    git.run("commit", "--quiet", "--all", "-m", "fix: it")
    git.run("push", "--quiet", "--set-upstream", "origin", "1.0.x")

    commit = yard.ship("1.0.1", IMAGE)

    assert yard.refs["tags/v1.0.1"] == commit
    assert yard.refs["tags/v1"] == newest
    assert yard.refs["heads/1.0.x"] == yard.refs["tags/candidate/1.0.1"]


def unreleased(yard: Shipyard, text: str) -> str:
    """The changelog of the branch that is checked out, with one line more to be released."""
    before = yard.maintainer.text("CHANGELOG.md")
    return before.replace("## Unreleased\n", f"## Unreleased\n\n- {text}\n", 1)


def test_a_release_candidate_moves_nothing_that_users_follow(yard: Shipyard) -> None:
    yard.ship("1.0.0-rc.1", IMAGE)

    assert "tags/v1" not in yard.refs
    assert "tags/v1.0.0-rc.1" in yard.refs


def test_a_tag_put_on_a_commit_of_another_version_is_refused(yard: Shipyard) -> None:
    yard.maintainer.run("push", "--quiet", "origin", "HEAD:refs/tags/candidate/3.0.0")

    with pytest.raises(ShippingError, match=r"asks for 3\.0\.0, but the program says"):
        yard.candidate("3.0.0")


def test_what_is_published_is_what_was_proposed_and_not_what_happens_to_be_checked_out(
    yard: Shipyard,
) -> None:
    yard.propose("1.0.0")
    yard.commit("feat: later", ".")

    with pytest.raises(ShippingError, match="is checked out"):
        publishing.judged(Version.parse("1.0.0"), yard.runner("main"))


# the command line, as publish.yml calls it


def test_the_workflow_learns_what_it_needs_from_its_tag(
    yard: Shipyard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.propose("1.0.0")
    monkeypatch.chdir(yard.runner("candidate/1.0.0").folder)
    output, notes = tmp_path / "output", tmp_path / "notes.md"
    words = "--ref-name candidate/1.0.0 --registry registry.example --repository Acme/App"

    code = main(
        ["candidate", *words.split(), "--notes", str(notes)], {"GITHUB_OUTPUT": str(output)}
    )

    assert code == 0
    assert output.read_text().splitlines() == [
        "version=1.0.0",
        "tag=v1.0.0",
        "prerelease=false",
        "latest=true",
        "image=registry.example/acme/app",
    ]
    assert notes.read_text() == "### Added\n\n- One name for every build.\n"
