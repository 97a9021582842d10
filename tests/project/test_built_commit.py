"""Claims about the commit of a release: it is the one that was built, in real git repositories."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fake_sentry import FakeServers, Repository, Reset
from job import Job, Stage

WHO = {
    f"GIT_{who}_{field}": "dev@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for field in ("NAME", "EMAIL")
}
SETTINGS = ("-c", "init.defaultBranch=main", "-c", "init.templateDir=",
            "-c", "protocol.file.allow=always")  # fmt: skip


def git(folder: Path, *words: str) -> str:
    """What git says in a folder."""
    done = subprocess.run(  # noqa: S603 - words of this file
        ["git", *SETTINGS, *words],  # noqa: S607 - the user's own git
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **WHO},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A repository on GitHub: its git on this machine, and its name on the fake server."""

    folder: Path
    on_github: Repository
    shas: dict[str, str] = field(default_factory=dict)

    def commit(self, key: str, message: str, *, version: str, on: str = "main") -> str:
        """Commit an app of this version on a branch; the sha, which is also kept under `key`."""
        exists = git(self.folder, "branch", "--list", on)
        git(self.folder, "switch", "--quiet", *([] if exists else ["--create"]), on)
        (self.folder / "pubspec.yaml").write_text(f"name: shop\nversion: {version}\n")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--message", message)
        sha = git(self.folder, "rev-parse", "HEAD")
        if on not in self.on_github.branches and "main" in self.on_github.branches:
            parent = git(self.folder, "rev-parse", "HEAD^")
            self.on_github.branches[on] = parent
        self.on_github.commit(message, branch=on, sha=sha)
        self.shas[key] = sha
        return sha


@pytest.fixture(scope="module")
def first_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit, which each test copies."""
    folder = tmp_path_factory.mktemp("first")
    git(folder, "init", "--quiet")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    Remote(folder=folder, on_github=Repository()).commit("", "feat: first", version="1.2.0+9")
    return folder


def new_remote(first_commit: Path, folder: Path, name: str) -> Remote:
    """A repository on GitHub with one commit."""
    shutil.copytree(first_commit, folder)
    sha = git(folder, "rev-parse", "HEAD")
    on_github = Repository(name=name)
    on_github.commit("feat: first", sha=sha)
    return Remote(folder=folder, on_github=on_github, shas={"first": sha})


def check_out(remote: Remote, folder: Path, ref: str, *, name: str | None = None) -> None:
    """What actions/checkout does with `ref` and depth 1: init, fetch, checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    is_sha = ref in remote.shas.values()
    is_tag = bool(git(remote.folder, "tag", "--list", ref))
    place = f"refs/tags/{ref}" if is_tag else f"refs/remotes/origin/{ref}"
    source = ref if is_sha else place.replace("remotes/origin", "heads")
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", f"file://{remote.folder}")
    git(folder, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", *([ref] if is_sha else [f"+{source}:{place}"]))  # fmt: skip
    where = [ref] if is_sha else [place] if is_tag else ["-B", ref, place]
    git(folder, "checkout", "--quiet", "--force", *where)
    url = f"https://x-access-token:hidden@github.com/{name or remote.on_github.name}"
    git(folder, "remote", "set-url", "origin", url)


@dataclass(slots=True, kw_only=True)
class Ci:
    """A job on GitHub Actions of acme/app, whose workspace is still empty."""

    job: Job
    app: Remote
    mobile: Remote

    @property
    def workspace(self) -> Path:
        return self.job.workspace

    def release(self, sha: str, **inputs: str) -> Stage:
        """Play the action in a run of this commit, with an environment that had a release."""
        self.job.environ["GITHUB_SHA"] = sha
        main = self.job.main(doctor="off", **inputs)
        assert main.exit_code == 0, main.log
        return main

    def opened(self) -> tuple[str, str | None, str | None, list[dict[str, str]]]:
        """The release that was created: its name, ref, url, and the ranges of commits."""
        [body] = [
            one.body
            for one in self.job.sentry.ledger.entries
            if one.method == "POST" and one.path.endswith("/releases/")
        ]
        assert isinstance(body, dict)
        return body["version"], body.get("ref"), body.get("url"), body.get("refs", [])


@pytest.fixture
def ci(tmp_path: Path, first_commit: Path) -> Iterator[Ci]:
    """A job; both of its repositories have one commit, and Sentry knows both."""
    app, mobile = (
        new_remote(first_commit, tmp_path / one, f"acme/{one}") for one in ("app", "mobile")
    )
    sentry = FakeServers(repositories=(app.on_github, mobile.on_github))
    with sentry:
        job = Job.recorded("push", sentry=sentry, folder=tmp_path)
        (job.workspace / "pubspec.yaml").unlink()
        yield Ci(job=job, app=app, mobile=mobile)


def test_a_hotfix_that_is_dispatched_on_main_gets_the_commits_of_the_hotfix(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay\n\nFixes SHOP-9", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")
    ci.job.environ["GITHUB_EVENT_NAME"] = "workflow_dispatch"

    main = ci.release(tip)
    ci.job.sentry.land_commits()
    post = ci.job.post()

    name, ref, url, refs = ci.opened()
    assert (name, ref) == ("shop@1.3.1+21", fix)
    assert url == f"https://github.com/acme/app/commit/{fix}"
    assert refs == [{"repository": "acme/app", "commit": fix}]
    commits = [one.id for one in ci.job.sentry.releases["shop@1.3.1+21"].commits]
    assert fix in commits
    assert tip not in commits
    for stage in (main, post):
        assert f"[`{fix[:7]}`](https://github.com/acme/app/commit/{fix})" in stage.summary
        assert f"HEAD of the checkout, branch hotfix; the run is of {tip[:7]}" in stage.summary
        assert stage.annotations == []
        assert "hidden" not in stage.log + stage.summary


def test_a_tag_that_a_schedule_checks_out_is_what_is_released(ci: Ci) -> None:
    tagged = ci.app.commit("tagged", "fix: it", version="1.3.0+20")
    git(ci.app.folder, "tag", "--annotate", "--message", "1.3.0", "v1.3.0")
    tip = ci.app.commit("tip", "feat: more", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "v1.3.0")
    ci.job.environ["GITHUB_EVENT_NAME"] = "schedule"

    ci.release(tip)

    assert ci.opened()[:2] == ("shop@1.3.0+20", tagged)


def test_a_workflow_run_that_checks_out_the_head_of_the_other_run_releases_that(ci: Ci) -> None:
    built = ci.app.commit("built", "fix: it", version="1.3.0+20")
    tip = ci.app.commit("tip", "feat: more", version="1.4.0+27")
    check_out(ci.app, ci.workspace, built)
    run = {"head_sha": built, "id": 5, "head_repository": {"full_name": "acme/app"}}
    ci.job.event({"action": "completed", "workflow_run": run})
    ci.job.environ["GITHUB_EVENT_NAME"] = "workflow_run"

    ci.release(tip)

    assert ci.opened()[:2] == ("shop@1.3.0+20", built)


@pytest.mark.parametrize("event", ["workflow_run", "pull_request_target"])
def test_a_run_of_a_fork_that_has_the_secrets_creates_nothing(ci: Ci, event: str) -> None:
    theirs = ci.app.commit("theirs", "fix: it\n\nFixes SHOP-1", version="6.6.6", on="theirs")
    tip = ci.app.commit("tip", "feat: more", version="1.4.0+27")
    check_out(ci.app, ci.workspace, theirs)
    run = {"head_sha": theirs, "id": 5, "head_repository": {"full_name": "mallory/app"}}
    ci.job.event({"action": "completed", "workflow_run": run})
    ci.job.environ["GITHUB_EVENT_NAME"] = event

    main = ci.release(tip)

    assert ci.job.sentry.releases == {}
    assert "runs that a fork started change nothing in Sentry" in main.annotations[-1]


def test_another_repository_that_is_checked_out_gives_its_own_commits(ci: Ci) -> None:
    built = ci.mobile.commit("built", "feat: pay", version="2.0.0+3")
    check_out(ci.mobile, ci.workspace, "main")

    main = ci.release(ci.app.shas["first"])

    name, ref, url, refs = ci.opened()
    assert (name, ref) == ("shop@2.0.0+3", built)
    assert url == f"https://github.com/acme/mobile/commit/{built}"
    assert refs == [{"repository": "acme/mobile", "commit": built}]
    assert "HEAD of the checkout of acme/mobile" in main.summary


def test_commits_of_another_repository_are_read_there(ci: Ci) -> None:
    built = ci.mobile.commit("built", "feat: pay", version="2.0.0+3")
    check_out(ci.mobile, ci.workspace, "main")

    ci.release(ci.app.shas["first"], set_commits="github")

    history = [line for line in ci.job.sentry.ledger.lines("github") if "/commits" in line]
    assert history[0] == f"GET /github/repos/acme/mobile/commits?per_page=100&sha={built}"
    commits = ci.job.sentry.releases["shop@2.0.0+3"].commits
    assert {one.repository for one in commits} == {"acme/mobile"}


def test_a_tooling_repository_in_a_folder_does_not_count(ci: Ci) -> None:
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "main")
    check_out(ci.mobile, ci.workspace / "tools", "main", name="acme/tools")

    ci.release(tip)

    assert ci.opened()[1:3] == (tip, f"https://github.com/acme/app/commit/{tip}")


def test_an_app_below_a_tooling_repository_is_released_from_its_own_checkout(ci: Ci) -> None:
    built = ci.mobile.commit("built", "feat: pay", version="2.0.0+3")
    check_out(ci.app, ci.workspace, "main")
    check_out(ci.mobile, ci.workspace / "app", "main")

    ci.release(ci.app.shas["first"], working_directory="app")

    assert ci.opened()[:2] == ("shop@2.0.0+3", built)


def test_checkout_with_a_path_is_found(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace / "src", "hotfix")

    ci.release(tip, working_directory="src")

    assert ci.opened()[:2] == ("shop@1.3.1+21", fix)


def test_a_sparse_checkout_has_the_same_commit(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")
    git(ci.workspace, "sparse-checkout", "set", "--cone", "lib")

    ci.release(tip)

    assert ci.opened()[1] == fix


def test_a_bump_that_is_only_committed_is_passed_over_with_a_word(ci: Ci) -> None:
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "main")
    (ci.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.1+28\n")
    git(ci.workspace, "commit", "--quiet", "--all", "--message", "chore: bump")

    main = ci.release(tip)

    assert ci.opened()[:2] == ("shop@1.4.1+28", tip)
    bump = git(ci.workspace, "rev-parse", "HEAD")
    [notice] = main.annotations
    assert bump[:7] in notice
    assert "made in this job and not pushed" in notice


def test_a_bump_upon_a_hotfix_that_is_not_pushed_belongs_to_the_hotfix(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay\n\nFixes SHOP-9", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")
    git(ci.workspace, "commit", "--quiet", "--allow-empty", "--message", "chore: bump")

    main = ci.release(tip)

    assert ci.opened()[1] == fix
    assert len(main.annotations) == 1


def test_a_bump_that_was_pushed_is_what_is_released(ci: Ci) -> None:
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "main")
    git(ci.workspace, "commit", "--quiet", "--allow-empty", "--message", "chore: bump")
    bump = git(ci.workspace, "rev-parse", "HEAD")
    git(ci.app.folder, "switch", "--quiet", "--create", "aside")
    git(ci.workspace, "remote", "set-url", "--push", "origin", f"file://{ci.app.folder}")
    git(ci.workspace, "push", "--quiet", "origin", "main")
    ci.app.on_github.commit("chore: bump", sha=bump)

    main = ci.release(tip)

    assert ci.opened()[1] == bump
    assert main.annotations == []


def test_without_a_checkout_the_commit_of_the_run_counts(ci: Ci) -> None:
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    (ci.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")

    main = ci.release(tip)

    assert ci.opened()[1] == tip
    assert main.annotations == []
    assert f"| Commit | [`{tip[:7]}`]" in main.summary


def test_an_infrastructure_repository_with_a_literal_release_gives_its_run_s_commit(
    ci: Ci,
) -> None:
    tip = ci.app.commit("tip", "chore: terraform", version="1.0.0")
    check_out(ci.mobile, ci.workspace, "main", name="acme/other")
    (ci.workspace / "pubspec.yaml").unlink()

    main = ci.release(tip, release="shop@1.4.0+27")

    assert ci.opened()[:2] == ("shop@1.4.0+27", tip)
    [notice] = main.annotations
    assert "the release is given as `release`" in notice


def test_a_literal_release_of_the_app_that_is_checked_out_gets_its_commit(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")

    ci.release(tip, release="shop@1.3.1+21")

    assert ci.opened()[1] == fix


def test_a_pull_request_is_released_from_its_head_and_not_from_the_merge(ci: Ci) -> None:
    head = ci.app.commit("head", "feat: pay", version="1.4.0+27", on="feature")
    merge = ci.app.commit("merge", "Merge", version="1.4.0+27")
    check_out(ci.app, ci.workspace, merge)
    request = {"head": {"sha": head, "repo": {"full_name": "acme/app"}}, "number": 7}
    ci.job.event({"pull_request": request})
    ci.job.environ["GITHUB_EVENT_NAME"] = "pull_request"
    ci.job.environ["INPUT_ENVIRONMENT"] = "preview"

    main = ci.release(merge)

    assert ci.opened()[1] == head
    assert main.annotations == []
    assert "the head of the pull request" in main.summary


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param({"HEAD": "ref: refs/heads/.invalid\n"}, id="branches in a reftable"),
        pytest.param({"HEAD": ""}, id="no HEAD"),
    ],
)
def test_a_checkout_that_cannot_be_read_is_reported(ci: Ci, spoil: Mapping[str, str]) -> None:
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "main")
    for name, text in spoil.items():
        (ci.workspace / ".git" / name).write_text(text)

    main = ci.release(tip)

    assert ci.opened()[1] == tip
    [notice] = main.annotations
    assert "the commit of the checkout cannot be read" in notice


def test_a_checkout_from_another_server_is_passed_over(ci: Ci) -> None:
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.mobile, ci.workspace, "main")
    git(ci.workspace, "remote", "set-url", "origin", "https://gitlab.com/acme/mobile.git")

    main = ci.release(tip)

    assert ci.opened()[1] == tip
    [notice] = main.annotations
    assert "its remote is not on https://github.com" in notice


@pytest.mark.parametrize("mirror", ["acme/app.git", "work/copy"])
def test_a_folder_as_remote_counts_if_it_is_called_like_the_repository(
    ci: Ci, tmp_path: Path, mirror: str
) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")
    git(ci.workspace, "remote", "set-url", "origin", str(tmp_path / mirror))

    main = ci.release(tip)

    is_known = mirror.startswith("acme")
    assert ci.opened()[1] == (fix if is_known else tip)
    assert len(main.annotations) == (0 if is_known else 1)


def test_the_commit_is_chosen_in_main_and_kept_for_post(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")
    ci.job.sentry.fail("*", "/api/**", Reset(), times=None)
    ci.release(tip)
    ci.job.sentry.hint()
    ci.job.sentry.ledger.clear()
    git(ci.workspace, "fetch", "--quiet", f"file://{ci.app.folder}", "main")
    git(ci.workspace, "checkout", "--quiet", "--force", "FETCH_HEAD")

    post = ci.job.post()

    name, ref, _, refs = ci.opened()
    assert (name, ref) == ("shop@1.3.1+21", fix)
    assert refs[0]["commit"] == fix
    assert fix[:7] in post.summary


def test_a_template_names_the_commit_that_was_built(ci: Ci) -> None:
    fix = ci.app.commit("fix", "fix: crash", version="1.3.1+21", on="hotfix")
    tip = ci.app.commit("tip", "feat: pay", version="1.4.0+27")
    check_out(ci.app, ci.workspace, "hotfix")

    main = ci.release(tip, release="{{ package }}@{{ sha }}")

    assert main.outputs["release"] == f"shop@{fix}"
