"""Claims about a release that exists already: built from another commit, or of another repository."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_sentry import FakeServers, Repository, default_repository
from job import Job, Stage

RELEASES = "/api/0/organizations/acme/releases/"
DEPLOYED = ("GET V/deploys/", "POST V/deploys/", "GET V/deploys/", "GET V/commits/")
"""The requests that create a deploy of a release that has some already, exactly once."""


def push_commits(
    job: Job, version: str, sha: str, environment: str, **inputs: str
) -> tuple[Stage, Stage]:
    """A job that releases the commit under this version, and succeeds."""
    number = str(int(job.time.passed_s) + 1)
    job.environ |= {"GITHUB_SHA": sha, "GITHUB_RUN_ID": number, "GITHUB_RUN_NUMBER": number}
    (job.workspace / "pubspec.yaml").write_text(f"name: shop\nversion: {version}\n")
    job.state.clear()
    main = job.main(environment=environment, doctor="off", **inputs)
    job.time.pass_(600)
    job.sentry.land_commits()
    post = job.post(environment=environment, **inputs)
    assert (main.exit_code, post.exit_code) == (0, 0), main.log + post.log
    return main, post


def requests(sentry: FakeServers) -> list[str]:
    """The requests to Sentry, with the commits in each."""
    lines = []
    for one in sentry.ledger.entries:
        if one.service != "sentry":
            continue
        body = one.body if isinstance(one.body, dict) else {}
        ranges = [
            f"{ref.get('previousCommit', '')[:2]}..{ref['commit'][:2]}"
            for ref in body.get("refs", [])
        ]
        path = one.path.removeprefix(RELEASES).partition("?")[0].replace("shop%401.1.0", "V")
        lines.append(" ".join([one.method, path or "/", *ranges]))
    return lines


def commits_of(sentry: FakeServers, version: str) -> list[str]:
    return [commit.id for commit in reversed(sentry.releases[f"shop@{version}"].commits)]


def test_three_pushes_without_a_new_version_to_two_environments(
    job: Job, sentry: FakeServers
) -> None:
    shas = list(sentry.repository.commits)
    push_commits(job, "1.0.0", shas[0], "production")
    push_commits(job, "1.0.1", shas[1], "staging")
    requested, notices = [], []

    for sha in shas[2:5]:
        for environment in ("staging", "production"):
            sentry.ledger.clear()
            main, _ = push_commits(job, "1.1.0", sha, environment)
            requested.append(requests(sentry))
            notices.append(main.annotations)

    old, zero, one, two, three = (sha[:2] for sha in shas[:5])
    again = ["GET /", "GET V/commits/"]
    assert requested == [
        ["GET /", f"POST / {zero}..{one}", "GET V/", "POST V/deploys/", "GET V/commits/"],
        # Production gets the same commit, and its first success finalizes the release.
        ["GET /", f"POST / {old}..{one}", "GET V/", "PUT V/", *DEPLOYED],
        # Only an update changes the release's page; each range begins where it did before.
        [*again, f"PUT V/ {zero}..{two}", "GET V/", *DEPLOYED],
        [*again, f"POST / {old}..{two}", "GET V/", *DEPLOYED],
        [*again, f"PUT V/ {zero}..{three}", "GET V/", *DEPLOYED],
        [*again, f"POST / {old}..{three}", "GET V/", *DEPLOYED],
    ]
    assert commits_of(sentry, "1.1.0") == shas[1:5]
    assert sentry.releases["shop@1.1.0"].url == f"https://github.com/acme/app/commit/{shas[4]}"
    assert [len(one) for one in notices] == [0, 0, 1, 1, 1, 1]
    [notice] = notices[2]
    assert notice.startswith(f"notice: shop@1.1.0 exists already, from commit {shas[2][:7]}; ")
    assert "`build-number: ${{ github.run_number }}`" in notice

    sentry.ledger.clear()
    push_commits(job, "1.2.0", shas[5], "staging")

    assert commits_of(sentry, "1.2.0") == shas[5:6]


def test_a_second_commit_is_reported_if_only_the_response_shows_the_release(
    job: Job, sentry: FakeServers
) -> None:
    shas = list(sentry.repository.commits)
    push_commits(job, "1.0.0", shas[1], "production")
    push_commits(job, "1.1.0", shas[2], "staging")
    sentry.ledger.clear()

    main, _ = push_commits(job, "1.1.0", shas[3], "production")

    assert requests(sentry)[:3] == ["GET /", f"POST / {shas[1][:2]}..{shas[3][:2]}", "PUT V/"]
    assert len(main.annotations) == 1
    assert sentry.releases["shop@1.1.0"].url == f"https://github.com/acme/app/commit/{shas[3]}"
    assert commits_of(sentry, "1.1.0") == shas[2:4]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Job, Repository]]:
    """A job in a Sentry that knows acme/app and acme/backend, and the latter."""
    backend = Repository(name="acme/backend")
    for number in range(4):
        backend.commit(f"feat: backend {number}", author="Back <back@example.com>")
    with FakeServers(
        repositories=(default_repository(), backend),
        projects=("shop", "api"),
        fetch_delay=3600,  # the real Sentry fetches commits later, here by land_commits()
    ) as sentry:
        yield Job.recorded("push", sentry=sentry, folder=tmp_path), backend


def of_backend(job: Job, sha: str, environment: str = "production", **inputs: str) -> Stage:
    """A run of acme/backend that names the app's release; GitHub knows no check run of it."""
    job.environ |= {"GITHUB_REPOSITORY": "acme/backend", "INPUT_CHECK-RUN-ID": ""}
    main, _ = push_commits(job, "1.1.0", sha, environment, release="shop@1.1.0", **inputs)
    return main


@pytest.mark.parametrize("commits", ["auto", "github"])
def test_the_commits_of_the_other_repository_stay_in_a_release_of_both(
    two: tuple[Job, Repository], commits: str
) -> None:
    job, backend = two
    app, back = list(job.sentry.repository.commits), list(backend.commits)
    push_commits(
        job, "1.0.0", app[1], "production", repositories=f"acme/app acme/backend@{back[0]}"
    )
    push_commits(job, "1.1.0", app[4], "production")
    before = commits_of(job.sentry, "1.1.0")
    job.sentry.ledger.clear()

    main = of_backend(job, back[2], set_commits=commits)

    assert before == app[2:5]
    assert set(app[2:5]) < set(commits_of(job.sentry, "1.1.0"))
    assert back[2] in commits_of(job.sentry, "1.1.0")
    assert requests(job.sentry)[1] == "GET V/commits/"
    assert job.sentry.releases["shop@1.1.0"].ref == app[4]
    assert main.annotations == []


def test_they_stay_if_only_the_response_shows_the_release(
    two: tuple[Job, Repository],
) -> None:
    job, backend = two
    app, back = list(job.sentry.repository.commits), list(backend.commits)
    push_commits(
        job, "1.0.0", app[1], "production", repositories=f"acme/app acme/backend@{back[0]}"
    )
    push_commits(job, "1.1.0", app[4], "staging")
    job.sentry.ledger.clear()

    of_backend(job, back[2])

    assert (
        requests(job.sentry)[:4]
        == [
            "GET /",
            f"POST / ..{back[2][:2]}",  # where 1.0.0 was created from is a commit of the app
            "GET V/commits/",
            f"PUT V/ ..{back[2][:2]} ..{app[4][:2]}",
        ]
    )
    assert {*app[2:5], back[2]} <= set(commits_of(job.sentry, "1.1.0"))


def unlinked(sentry: FakeServers) -> None:
    """Take the integration away from acme/app, whose commits then come from GitHub."""
    sentry.repository.linked = False


def test_commits_that_sentry_cannot_fetch_again_are_sent_again(
    two: tuple[Job, Repository],
) -> None:
    job, backend = two
    app, back = list(job.sentry.repository.commits), list(backend.commits)
    unlinked(job.sentry)
    push_commits(job, "1.1.0", app[4], "production", set_commits="github")
    before = commits_of(job.sentry, "1.1.0")

    main = of_backend(job, back[2])

    assert before
    assert {*before, back[2]} <= set(commits_of(job.sentry, "1.1.0"))
    assert main.annotations == []


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_where_they_cannot_be_sent_a_warning_comes_before(
    two: tuple[Job, Repository], environment: str
) -> None:
    job, backend = two
    app, back = list(job.sentry.repository.commits), list(backend.commits)
    unlinked(job.sentry)
    push_commits(job, "1.1.0", app[4], environment, set_commits="github")

    main = of_backend(job, back[2], set_commits="integration")

    [warning] = [one for one in main.annotations if one.startswith("warning")]
    assert (
        "shop@1.1.0 has commits of acme/app; the commits of this run will replace them." in warning
    )


@pytest.mark.parametrize("is_linked", [True, False])
@pytest.mark.parametrize("commits", ["github", "auto"])
def test_own_commits_keep_those_of_a_release_that_is_new_to_the_environment(
    two: tuple[Job, Repository], commits: str, *, is_linked: bool
) -> None:
    job, backend = two
    app, back = list(job.sentry.repository.commits), list(backend.commits)
    push_commits(job, "1.1.0", app[4], "staging", set_commits="github")
    before = commits_of(job.sentry, "1.1.0")
    backend.linked = is_linked

    main = of_backend(job, back[2], set_commits=commits)

    assert before
    assert {*before, back[2]} <= set(commits_of(job.sentry, "1.1.0"))
    assert [one for one in main.annotations if one.startswith("warning")] == []


def test_own_commits_look_up_the_release_before_they_replace_what_it_has(
    two: tuple[Job, Repository],
) -> None:
    job, backend = two
    app, back = list(job.sentry.repository.commits), list(backend.commits)
    push_commits(job, "1.1.0", app[4], "staging")
    job.sentry.ledger.clear()

    of_backend(job, back[2], set_commits="github")

    assert {app[4], back[2]} <= set(commits_of(job.sentry, "1.1.0"))
    assert requests(job.sentry)[:4] == ["GET /", "GET V/", "GET V/commits/", "POST /"]


def test_a_release_of_one_repository_costs_no_request_more(job: Job, sentry: FakeServers) -> None:
    shas = list(sentry.repository.commits)
    push_commits(job, "1.0.0", shas[1], "production")
    sentry.ledger.clear()

    push_commits(job, "1.1.0", shas[2], "production")

    assert requests(sentry) == [
        "GET /",
        f"POST / {shas[1][:2]}..{shas[2][:2]}",
        "GET V/commits/",
        "PUT V/",
        "POST V/deploys/",
    ]
