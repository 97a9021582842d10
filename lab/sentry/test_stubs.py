"""The stub of GitHub, through PyGithub: `pytest lab/sentry`."""
# ruff: noqa: D103 - a test's name is its documentation

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github, GithubException, UnknownObjectException
from github.Repository import Repository

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "log").mkdir()
    environment = os.environ | {"SENTRY_LAB": str(folder)}
    subprocess.run([HERE / "make-repo", folder / "work"], env=environment, check=True)
    runs = {"7": {"deployment": {"environment": "production"}}, "8": None}
    (folder / "github" / "check-runs.json").write_text(json.dumps(runs))
    return folder


@pytest.fixture(scope="module")
def repository(lab: Path) -> Iterator[Repository]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, HERE / "stubs.py", str(port)]
    server = subprocess.Popen(command, env=os.environ | {"SENTRY_LAB": str(lab)})
    try:
        _wait_for(port)
        address = f"http://127.0.0.1:{port}/github"
        with Github(
            base_url=address, auth=Auth.Token("x"), seconds_between_requests=None, retry=None
        ) as github:
            yield github.get_repo("acme/app")
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(port)


@pytest.fixture(scope="module")
def shas(lab: Path) -> list[str]:
    command = ["git", "-C", lab / "work", "rev-list", "--reverse", "main"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_a_comparison_lists_the_commits_of_the_range_oldest_first(
    repository: Repository, shas: list[str]
) -> None:
    comparison = repository.compare(shas[0], "main", comparison_commits_per_page=2)

    assert (comparison.status, comparison.total_commits) == ("ahead", 5)
    assert [commit.sha for commit in comparison.commits] == shas[1:]  # three pages


def test_a_commit_the_environment_has_already_is_behind(
    repository: Repository, shas: list[str]
) -> None:
    comparison = repository.compare(shas[5], shas[2])

    assert (comparison.status, comparison.ahead_by, comparison.behind_by) == ("behind", 0, 3)
    assert comparison.merge_base_commit.sha == shas[2]


def test_a_commit_compared_with_itself_is_identical(repository: Repository) -> None:
    assert repository.compare("v1.0.0", "v1.0.0").status == "identical"


@pytest.mark.parametrize(
    ("index", "files"),
    [
        pytest.param(1, [("added", "b.py", None)], id="added"),
        pytest.param(2, [("modified", "a.py", None)], id="modified"),
        pytest.param(3, [("renamed", "c.py", "b.py")], id="renamed"),
        pytest.param(4, [("removed", "c.py", None)], id="removed"),
    ],
)
def test_a_commit_has_the_changes_of_its_files(
    repository: Repository, shas: list[str], index: int, files: list[tuple[str, str, str | None]]
) -> None:
    commit = repository.get_commit(shas[index])

    assert [(f.status, f.filename, f.previous_filename) for f in commit.files] == files


def test_a_listed_commit_fetches_its_files_from_the_stub_itself(repository: Repository) -> None:
    newest = repository.get_commits(sha="main")[0]

    assert newest.author is None  # no account, as with most addresses
    assert newest.commit.author.name == "Zoë"
    assert [file.filename for file in newest.files] == ["d é.py"]


def test_tags_name_their_commits(repository: Repository, shas: list[str]) -> None:
    assert [(tag.name, tag.commit.sha) for tag in repository.get_tags()] == [("v1.0.0", shas[2])]


def test_a_job_with_an_environment_has_a_check_run_that_names_it(repository: Repository) -> None:
    assert repository.get_check_run(7).deployment.environment == "production"
    assert repository.get_check_run(8).deployment is None


def test_what_is_not_there_is_not_found(repository: Repository) -> None:
    with pytest.raises(UnknownObjectException):
        repository.get_check_run(9).complete()
    with pytest.raises(UnknownObjectException):
        repository.compare("v0", "main").complete()
    assert list(repository.get_deployments()) == []


def test_a_comparison_without_pages_lists_the_newest_250(lab: Path, repository: Repository) -> None:
    base, head = _many_more(lab, 260)

    found = _raw(repository, f"/compare/{base}...{head}")

    assert (found["total_commits"], len(found["commits"])) == (260, 250)
    assert found["commits"][-1]["sha"] == head


def test_a_comparison_gives_at_most_a_hundred_a_page(lab: Path, repository: Repository) -> None:
    base, head = _many_more(lab, 120)

    first = _raw(repository, f"/compare/{base}...{head}?per_page=250")
    second = _raw(repository, f"/compare/{base}...{head}?per_page=250&page=2")

    assert [len(page["commits"]) for page in (first, second)] == [100, 20]
    assert second["commits"][-1]["sha"] == head


def test_histories_that_share_nothing_are_not_compared(lab: Path, repository: Repository) -> None:
    orphan = _git(lab / "work", "commit-tree", "-m", "alone", "HEAD^{tree}")
    _git(lab / "work", "push", "-q", str(_bare(lab)), f"{orphan}:refs/heads/orphan")

    with pytest.raises(GithubException, match="No common ancestor"):
        repository.compare(orphan, "main").complete()


def test_an_empty_repository_is_a_conflict(lab: Path, repository: Repository) -> None:
    _git(lab, "init", "-q", "--bare", str(lab / "github/acme/empty.git"))
    path = repository.url.replace("acme/app", "acme/empty")

    with pytest.raises(GithubException, match="409"):
        repository.requester.requestJsonAndCheck("GET", f"{path}/commits")


def test_a_sha_that_is_not_there_cannot_be_processed(repository: Repository) -> None:
    with pytest.raises(GithubException, match="422"):
        repository.get_commit("f" * 40).complete()


def test_a_rate_limit_that_is_put_up_is_met_once(lab: Path, repository: Repository) -> None:
    (_bare(lab) / "rate-limit").write_text("7")

    with pytest.raises(GithubException, match="secondary rate limit") as caught:
        repository.get_commit("main").complete()

    assert (caught.value.headers or {})["retry-after"] == "7"
    assert repository.get_commit("main").sha


def _raw(repository: Repository, path: str) -> Any:  # noqa: ANN401 - JSON
    return repository.requester.requestJsonAndCheck("GET", repository.url + path)[1]


def _bare(lab: Path) -> Path:
    return lab / "github/acme/app.git"


def _many_more(lab: Path, count: int) -> tuple[str, str]:
    """So many empty commits on a branch of their own; where it begins, and its end."""
    base = head = _git(lab / "work", "rev-parse", "main")
    for number in range(count):
        head = _git(lab / "work", "commit-tree", "-p", head, "-m", str(number), "main^{tree}")
    _git(lab / "work", "push", "-q", str(_bare(lab)), f"{head}:refs/heads/many-{count}")
    return base, head


def _git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    command = ["git", *who, "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
