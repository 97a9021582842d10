"""Claims about what is read from .git, compared with git itself."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.ci.git_repository import (
    Forge,
    GitCheckout,
    parse_remote_url,
    read_git_checkout,
)
from sentry_release.project.built_commit import find_checkout

SHA = "6f9c" * 10
MAIN = {"HEAD": "ref: refs/heads/main\n", "refs/heads/main": f"{SHA}\n"}
WHO = {
    f"GIT_{who}_{field}": "dev@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for field in ("NAME", "EMAIL")
}


class Files(dict[str, str]):
    """The files of a .git, by name."""

    def read(self, name: str) -> str | None:
        return self.get(name)

    def read_all(self, folder: str) -> list[str]:
        return [text for name, text in self.items() if name.startswith(f"{folder}/")]


def read_from(files: Mapping[str, str], known: str | None = None) -> GitCheckout:
    """The checkout that is read from a .git with these files."""
    return read_git_checkout(Files(files), known=known)


def git(folder: Path, *words: str) -> str:
    """What git says in a folder."""
    done = subprocess.run(  # noqa: S603 - words of this file
        ["git", "-c", "init.defaultBranch=main", "-c", "init.templateDir=", *words],  # noqa: S607 - the user's own git
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **WHO},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def first_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of git's own making, which each test copies."""
    folder = tmp_path_factory.mktemp("first")
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "feat: first")
    git(folder, "remote", "add", "origin", "https://bot:hidden@gitlab.com/acme/shop.git")
    return folder


@pytest.fixture
def repository(first_commit: Path, tmp_path: Path) -> Path:
    """A repository of git's own making, with one commit."""
    return shutil.copytree(first_commit, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def history(first_commit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same repository with three commits on a branch hotfix, the second one with a tag."""
    folder = shutil.copytree(first_commit, tmp_path_factory.mktemp("history") / "app")
    git(folder, "switch", "--quiet", "--create", "hotfix")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "fix: it")
    git(folder, "tag", "--annotate", "--message", "1.3.0", "v1.3.0")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "fix: more")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder


def found(folder: Path, **environ: str) -> GitCheckout:
    """What is found from a folder; nothing is absent if there is no checkout."""
    values = {"GITHUB_WORKSPACE": str(folder), **environ}
    return find_checkout(values, PurePosixPath(".")) or GitCheckout()


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


@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
def test_a_worktree_has_a_commit_of_its_own(repository: Path, *, relative: bool) -> None:
    git(repository, "worktree", "add", "--quiet", "-b", "hotfix", "other")
    git(repository / "other", "commit", "--quiet", "--allow-empty", "--message", "fix: it")
    if relative:
        (repository / "other/.git").write_text("gitdir: ../.git/worktrees/other\n")

    checkout = found(repository / "other")

    assert checkout.sha == git(repository, "rev-parse", "hotfix")
    assert checkout.branch == "hotfix"
    assert checkout.origin is not None


def test_a_worktree_made_on_the_host_is_read_in_a_container(repository: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "--detach", "other")
    (repository / "other/.git").write_text("gitdir: /home/runner/work/app/app/.git/worktrees/other")
    runner = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/app",
        "RUNNER_WORKSPACE": "/home/runner/work/app",
    }
    environ = {**runner, "GITHUB_WORKSPACE": str(repository)}

    checkout = find_checkout(environ, PurePosixPath("other"))

    assert checkout is not None
    assert checkout.sha == git(repository, "rev-parse", "HEAD")


def test_a_worktree_whose_repository_lies_outside_the_workspace_is_not_followed(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").mkdir()
    git(tmp_path / "secret", "init", "--quiet")
    git(tmp_path / "secret", "commit", "--quiet", "--allow-empty", "--message", "feat: first")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for text in (f"gitdir: {tmp_path}/secret/.git", "gitdir: ../secret/.git"):
        (workspace / ".git").write_text(text)

        checkout = found(workspace, GITHUB_ACTIONS="true")

        assert checkout.sha is None
        assert checkout.problem == "its `.git` holds no HEAD that can be read"


def test_a_submodule_has_a_commit_and_a_remote_of_its_own(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inner = tmp_path_factory.mktemp("inner")
    git(inner, "init", "--quiet")
    git(inner, "commit", "--quiet", "--allow-empty", "--message", "feat: inner")
    allowed = ("-c", "protocol.file.allow=always")
    git(repository, *allowed, "submodule", "--quiet", "add", str(inner), "app")
    git(repository / "app", "remote", "set-url", "origin", "https://github.com/acme/mobile")

    checkout = find_checkout({"GITHUB_WORKSPACE": str(repository)}, PurePosixPath("app"))

    assert checkout is not None
    assert checkout.sha == git(inner, "rev-parse", "HEAD")
    assert checkout.origin is not None
    assert checkout.origin.path == "acme/mobile"


def test_a_branch_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")

    checkout = found(tmp_path)

    assert (checkout.sha, checkout.branch) == (None, "main")
    assert checkout.problem == "its branch has no commit: refs/heads/main"


def test_on_github_s_runner_nothing_above_the_workspace_is_read(repository: Path) -> None:
    workspace = repository / "work/app"
    workspace.mkdir(parents=True)

    assert found(workspace, GITHUB_ACTIONS="true") == GitCheckout()


def test_a_folder_that_a_link_leads_out_to_has_no_checkout(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = tmp_path_factory.mktemp("workspace")
    (workspace / "app").symlink_to(repository)
    environ = {"GITHUB_WORKSPACE": str(workspace), "GITHUB_ACTIONS": "true"}

    assert find_checkout(environ, PurePosixPath("app")) is None
    assert find_checkout(environ, PurePosixPath("..")) is None


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
        pytest.param(
            '[remote "fork"]\n\turl = git@github.com:me/app\n', "me/app", id="the only one"
        ),
        pytest.param(
            '[remote "a"]\n\turl = git@github.com:a/app\n[remote "b"]\n\turl = b@github.com:b/app\n',
            None,
            id="two others",
        ),
        pytest.param(
            '[remote "origin"]\n[branch "main"]\n\turl = git@github.com:me/app\n',
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


OLD, NEW, NEWER = "a" * 40, "b" * 40, "c" * 40


def reflog(*entries: tuple[str, str, str]) -> str:
    """The text of logs/HEAD with these entries: from, to, why."""
    return "".join(f"{old} {new} Dev <d@e> 1 +0000\t{reason}\n" for old, new, reason in entries)


@pytest.mark.parametrize(
    ("files", "pushed"),
    [
        pytest.param({}, None, id="nothing says so"),
        pytest.param({"FETCH_HEAD": f"{NEW}\t\tbranch 'x' of y\n"}, NEW, id="fetched"),
        pytest.param({"shallow": f"{OLD}\n{NEW}\n"}, NEW, id="shallow"),
        pytest.param({"refs/remotes/origin/x": f"{NEW}\n"}, NEW, id="a branch of the remote"),
        pytest.param({"packed-refs": f"{NEW} refs/remotes/origin/x\n"}, NEW, id="a packed one"),
        pytest.param({"packed-refs": f"{NEW} refs/heads/x\n"}, None, id="a branch of here"),
        pytest.param({"packed-refs": f"{NEW} refs/tags/x\n"}, None, id="a tag may be of here"),
        pytest.param(
            {"logs/HEAD": reflog((OLD, NEW, "checkout: moving from main to b"))},
            NEW,
            id="an older commit of a branch",
        ),
        pytest.param(
            {"logs/HEAD": reflog((OLD, NEW, "commit: bump")), "shallow": OLD},
            OLD,
            id="made here on one that was fetched",
        ),
        pytest.param(
            {"logs/HEAD": reflog((OLD, NEW, "commit: bump")), "refs/remotes/origin/main": NEW},
            NEW,
            id="made here and pushed",
        ),
        pytest.param(
            {
                "logs/HEAD": reflog(
                    (OLD, NEWER, "commit: bump"),
                    (NEWER, OLD, "checkout: moving from b to a"),
                    (OLD, NEWER, "checkout: moving from a to b"),
                    (NEWER, NEW, "commit (amend): bump"),
                ),
                "FETCH_HEAD": OLD,
            },
            OLD,
            id="made here, twice",
        ),
        pytest.param(
            {"logs/HEAD": reflog((OLD, NEW, "pull: Fast-forward"))}, NEW, id="fast-forward"
        ),
        pytest.param(
            {"logs/HEAD": reflog((OLD, NEW, "merge x: Merge made by the 'ort' strategy."))},
            None,
            id="merged here",
        ),
        pytest.param(
            {
                "logs/HEAD": reflog(
                    (OLD, NEW, "rebase (pick): bump"),
                    (NEW, NEW, "rebase (finish): returning to refs/heads/main"),
                ),
                "FETCH_HEAD": OLD,
            },
            OLD,
            id="made here by a rebase",
        ),
        pytest.param(
            {"logs/HEAD": reflog((NEW, NEWER, "commit: a"), (NEWER, NEW, "commit: b"))},
            None,
            id="a circle",
        ),
    ],
)
def test_whether_the_remote_has_the_commit_is_read_and_not_guessed(
    files: dict[str, str], pushed: str | None
) -> None:
    assert read_from({"HEAD": NEW, **files}, known="d" * 40).pushed == pushed


@pytest.mark.parametrize("sha", ["a" * 40, "b" * 64])
def test_what_was_fetched_is_pushed_whatever_hash_the_repository_has(sha: str) -> None:
    files = {"HEAD": f"{sha}\n", "FETCH_HEAD": f"{sha}\t\tbranch 'main' of github.com:acme/app\n"}

    assert read_from(files, known=OLD if sha[0] == "b" else NEW).pushed == sha


@pytest.mark.parametrize(
    ("url", "forge"),
    [
        ("https://dev.azure.com/acme/shop/_git/app", Forge.AZURE),
        ("git@ssh.dev.azure.com:v3/acme/shop/app", Forge.AZURE),
        ("https://tfs.example.com/acme/shop/_git/app", Forge.AZURE),
        ("https://bitbucket.org/acme/app", Forge.BITBUCKET),
        ("https://github.example.com/acme/app", Forge.GITHUB),
        ("https://gitlab.example.com/acme/app", Forge.GITLAB),
        ("https://git.example.com/acme/app", Forge.OTHER),
    ],
)
def test_the_forge_is_read_from_the_remote(url: str, forge: Forge) -> None:
    found = parse_remote_url(url)

    assert found is not None
    assert found.forge is forge


def test_without_a_known_commit_nothing_is_called_pushed() -> None:
    files = {"HEAD": f"{NEW}\n", "FETCH_HEAD": f"{NEW}\t\tbranch 'main'\n"}

    assert read_from(files).pushed is None
    assert read_from(files, known=OLD).pushed == NEW
    assert read_from({}, known=OLD).pushed is None


def test_a_damaged_line_of_the_reflog_hides_no_other_one() -> None:
    log = "damaged\n" + reflog((OLD, NEW, "commit: bump"))
    files = {"HEAD": f"{NEW}\n", "logs/HEAD": log, "shallow": OLD}

    assert read_from(files, known=OLD).pushed == OLD


def test_a_bump_that_was_committed_and_pushed_is_what_was_built(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    remote = tmp_path_factory.mktemp("remote.git")
    git(remote, "init", "--quiet", "--bare")
    git(repository, "remote", "set-url", "origin", str(remote))
    git(repository, "push", "--quiet", "origin", "main")
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "chore: bump")

    before = found(repository, GITHUB_SHA=first)
    git(repository, "push", "--quiet", "origin", "main")
    after = found(repository, GITHUB_SHA=first)

    bump = git(repository, "rev-parse", "HEAD")
    assert (before.sha, before.pushed) == (bump, first)
    assert (after.sha, after.pushed) == (bump, bump)


@pytest.mark.parametrize("depth", ["1", None], ids=["depth 1", "whole history"])
@pytest.mark.parametrize("ref", ["hotfix", "v1.3.0", "an older commit"])
def test_what_checkout_fetches_is_known_to_be_pushed(
    history: Path, tmp_path: Path, depth: str | None, ref: str
) -> None:
    refs = {
        "hotfix": "+refs/heads/hotfix:refs/remotes/origin/hotfix",
        "v1.3.0": "+refs/tags/v1.3.0:refs/tags/v1.3.0",
    }
    sha = git(history, "rev-parse", f"{ref if ref in refs else 'main'}^{{commit}}")
    everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    expected = [refs.get(ref, sha)] if depth else everything
    runner = tmp_path / "runner"
    runner.mkdir()
    git(runner, "init", "--quiet")
    git(runner, "remote", "add", "origin", f"file://{history}")
    git(runner, "fetch", "--quiet", "--no-tags", *([f"--depth={depth}"] if depth else []),
        "origin", *expected)  # fmt: skip
    git(runner, "checkout", "--quiet", "--force", sha)

    checkout = found(runner, GITHUB_ACTIONS="true", GITHUB_SHA="d" * 40)

    assert (checkout.sha, checkout.pushed) == (sha, sha)


@tried
@given(
    st.dictionaries(
        st.sampled_from(
            ["HEAD", "refs/heads/main", "packed-refs", "config", "logs/HEAD", "shallow"]
        ),
        st.text(),
    )
)
def test_no_files_can_break_anything(files: dict[str, str]) -> None:
    checkout = read_from(files, known=SHA)

    assert checkout.sha is None or len(checkout.sha) in {40, 64}
