"""Claims about what the files in .git tell, held against git itself."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.facts.checkout import Checkout, checkout_of
from sentry_release.story.checkout import found_checkout

SHA = "6f9c" * 10
MAIN = {"HEAD": "ref: refs/heads/main\n", "refs/heads/main": f"{SHA}\n"}
WHO = {
    f"GIT_{who}_{what}": "dev@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def read_from(files: Mapping[str, str]) -> Checkout:
    """What a .git with these files tells."""
    return checkout_of(files.get)


def git(folder: Path, *words: str) -> str:
    """What git says in a folder."""
    done = subprocess.run(  # noqa: S603 - words of this file
        ["git", "-c", "init.defaultBranch=main", *words],  # noqa: S607 - the user's own git
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **WHO},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of git's own making, with one commit."""
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "feat: first")
    git(tmp_path, "remote", "add", "origin", "https://bot:hidden@gitlab.com/acme/shop.git")
    return tmp_path


def found(folder: Path) -> Checkout:
    """What is found from a folder."""
    return found_checkout({"GITHUB_WORKSPACE": str(folder)})


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_a_branch_is_read_as_git_reads_it(repository: Path, *, packed: bool) -> None:
    git(repository, "switch", "--quiet", "--create", "feat/login")
    if packed:
        git(repository, "pack-refs", "--all")

    checkout = found(repository)

    assert checkout.sha == git(repository, "rev-parse", "HEAD")
    assert checkout.branch == git(repository, "branch", "--show-current") == "feat/login"
    assert checkout.origin is not None
    assert (checkout.origin.server, checkout.origin.path) == ("https://gitlab.com", "acme/shop")


def test_a_commit_that_is_checked_out_by_itself_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")

    checkout = found(repository)

    assert checkout.sha == git(repository, "rev-parse", "HEAD")
    assert checkout.branch is None


def test_an_app_below_the_root_belongs_to_the_checkout_above(repository: Path) -> None:
    app = repository / "apps/shop"
    app.mkdir(parents=True)

    assert found(app) == found(repository)


def test_a_worktree_inside_a_checkout_does_not_get_the_commit_of_that(repository: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "other")

    assert found(repository / "other") == Checkout()


def test_a_branch_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")

    assert found(tmp_path) == Checkout(branch="main")


def test_on_github_s_runner_nothing_is_read(repository: Path) -> None:
    environ = {"GITHUB_WORKSPACE": str(repository), "GITHUB_ACTIONS": "true"}

    assert found_checkout(environ) == Checkout()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda git: (git / "HEAD").write_bytes(b"\xff"), id="no text"),
        pytest.param(lambda git: (git / "HEAD").unlink(), id="no HEAD"),
        pytest.param(lambda git: (git / "HEAD").write_text("ref: refs/heads/../x"), id="a way out"),
        pytest.param(lambda git: (git / "HEAD").write_text("ref: /etc/passwd"), id="another file"),
        pytest.param(
            lambda git: (git / "HEAD").write_text("ref: refs/heads/.invalid\n"),
            id="branches in tables, which git 2.45 can keep",
        ),
        pytest.param(lambda git: (git / "HEAD").write_text("ref: refs/heads/a/.b"), id="hidden"),
    ],
)
def test_what_cannot_be_read_is_absent(repository: Path, spoil: object) -> None:
    assert callable(spoil)
    spoil(repository / ".git")

    checkout = found(repository)

    assert (checkout.sha, checkout.branch) == (None, None)


def test_a_link_that_leads_out_is_not_followed(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "main"
    elsewhere.write_text(f"{SHA}\n")
    main = repository / ".git/refs/heads/main"
    main.unlink()
    main.symlink_to(elsewhere)

    assert found(repository).sha is None


@pytest.mark.parametrize(
    ("config", "path"),
    [
        pytest.param('[remote "origin"]\n\turl = git@github.com:acme/app\n', "acme/app", id="ssh"),
        pytest.param('[remote "fork"]\n\turl = git@github.com:me/app\n', None, id="another remote"),
        pytest.param(
            '[remote "origin"]\n[remote "fork"]\n\turl = git@github.com:me/app\n',
            None,
            id="an origin without an address",
        ),
        pytest.param("\turl = git@github.com:me/app\n", None, id="an address of nothing"),
        pytest.param("", None, id="no config"),
    ],
)
def test_the_repository_is_where_origin_lies(config: str, path: str | None) -> None:
    origin = read_from(MAIN | {"config": config}).origin

    assert (origin.path if origin else None) == path


@tried
@given(
    st.dictionaries(
        st.sampled_from(["HEAD", "refs/heads/main", "packed-refs", "config"]), st.text()
    )
)
def test_no_files_can_break_anything(files: dict[str, str]) -> None:
    checkout = read_from(files)

    assert checkout.sha is None or len(checkout.sha) in {40, 64}
