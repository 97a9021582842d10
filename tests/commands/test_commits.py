"""Whole jobs about commits: which a release gets in Sentry, the requests, and the messages."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_sentry import Change, FakeServers, Repository, Status, default_repository
from job import Job, Stage

RELEASES = "/api/0/organizations/acme/releases/"
PushCommits = Callable[..., tuple[Stage, Stage]]


@pytest.fixture
def shas(sentry: FakeServers) -> list[str]:
    """Twelve commits on main, oldest first."""
    for number in range(6):
        change = Change(status="modified", path=f"apps/{'shop' if number % 2 else 'admin'}/a.dart")
        sentry.repository.commit(f"feat: {number}", change)
    return list(sentry.repository.commits)


@pytest.fixture
def push_commits(job: Job) -> PushCommits:
    return lambda *words, **inputs: pushed(job, *words, **inputs)


def pushed(
    job: Job, version: str, sha: str, environment: str = "production", **inputs: str
) -> tuple[Stage, Stage]:
    """A job that releases the commit under this version, and succeeds after ten minutes."""
    number = str(int(job.time.passed_s) + 1)
    job.environ |= {"GITHUB_SHA": sha, "GITHUB_RUN_ID": number, "GITHUB_RUN_NUMBER": number}
    (job.workspace / "pubspec.yaml").write_text(f"name: shop\nversion: {version}\n")
    job.state.clear()
    main = job.main(environment=environment, **inputs)
    job.time.pass_(600)
    job.sentry.land_commits()
    post = job.post(environment=environment, **inputs)
    assert (main.exit_code, post.exit_code) == (0, 0)
    return main, post


def commits_of(sentry: FakeServers, version: str) -> list[str]:
    """The shas that the release has in Sentry, oldest first."""
    return [commit.id for commit in reversed(sentry.releases[f"shop@{version}"].commits)]


def refs(sentry: FakeServers) -> list[Any]:
    """The ranges that each opening named."""
    opened = [one for one in sentry.ledger.entries if one.method == "POST" and one.path == RELEASES]
    return [one.body.get("refs") for one in opened]  # type: ignore[attr-defined]


def test_two_environments_fed_alternately_each_get_exactly_their_own_commits(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("0.1.0", shas[0], "staging")
    push_commits("0.2.0", shas[0], "production")

    for version, head, environment in (
        ("1.0.1", 1, "staging"),
        ("1.0.2", 3, "staging"),
        ("1.1.0", 2, "production"),
        ("1.0.3", 5, "staging"),
        ("1.1.1", 5, "production"),
        ("1.0.4", 6, "staging"),
        ("1.1.2", 8, "production"),
    ):
        push_commits(version, shas[head], environment)

    assert {
        version: commits_of(sentry, version) for version in ("1.0.1", "1.0.2", "1.0.3", "1.0.4")
    } == {
        "1.0.1": shas[1:2],
        "1.0.2": shas[2:4],
        "1.0.3": shas[4:6],
        "1.0.4": shas[6:7],
    }
    assert {version: commits_of(sentry, version) for version in ("1.1.0", "1.1.1", "1.1.2")} == {
        "1.1.0": shas[1:3],
        "1.1.1": shas[3:6],
        "1.1.2": shas[6:9],
    }
    assert sentry.ledger.lines("github") == [
        # The very first release of production: Sentry guessed that it has no commits.
        f"GET /github/repos/acme/app/commits?per_page=100&sha={shas[0]}",
        f"GET /github/repos/acme/app/commits/{shas[0]}?page=1&per_page=300",
    ]


def test_a_promoted_release_gets_productions_range_and_staging_goes_on_after_it(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[0], "staging")
    push_commits("1.0.0", shas[0], "production")
    push_commits("1.0.1", shas[1], "staging")
    push_commits("1.0.2", shas[2], "staging")
    of_staging = commits_of(sentry, "1.0.2")
    push_commits("1.0.2", shas[2], "production")
    sentry.ledger.clear()

    main, _ = push_commits("1.0.3", shas[4], "staging")

    assert of_staging == shas[2:3]
    assert commits_of(sentry, "1.0.2") == shas[1:3]
    assert main.outputs["previous-release"] == "shop@1.0.2"
    assert commits_of(sentry, "1.0.3") == shas[3:5]
    assert sentry.ledger.lines()[:2] == [
        f"GET {RELEASES}?per_page=20&environment=staging",
        f"GET {RELEASES}shop%401.0.2/deploys/?per_page=100",  # its last deploy went elsewhere
    ]


def test_a_release_that_is_rolled_back_to_keeps_its_commits_and_the_next_begins_there(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[1])
    push_commits("1.1.0", shas[3])
    sentry.ledger.clear()

    main, post = push_commits("1.0.0", shas[1])
    after, _ = push_commits("1.2.0", shas[4])

    assert refs(sentry)[0] is None
    assert commits_of(sentry, "1.0.0") == shas[:2]
    for stage in (main, post):
        assert "This is a rollback from `shop@1.1.0`" in plain(stage.summary)
    assert after.outputs["previous-release"] == "shop@1.0.0"
    assert commits_of(sentry, "1.2.0") == shas[2:5]
    assert sentry.ledger.lines("github") == []


def test_a_rollback_to_a_release_beyond_the_first_page_is_reported(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[1])
    for number in range(1, 24):
        push_commits(f"1.{number}.0", shas[min(number + 1, 7)])
    sentry.ledger.clear()

    main, post = push_commits("1.0.0", shas[1])

    assert f"{RELEASES}?per_page=20" in sentry.ledger.lines()[0]
    for stage in (main, post):
        assert "This is a rollback from `shop@1.23.0`" in plain(stage.summary)
    assert commits_of(sentry, "1.0.0") == shas[:2]


def test_an_older_commit_under_a_new_name_is_reported_as_a_rollback(
    push_commits: PushCommits, job: Job, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[1])
    push_commits("1.1.0", shas[4])
    began = job.time.passed_s

    _, post = push_commits("1.2.0", shas[2])
    waited = job.time.passed_s - began - 600
    push_commits("1.3.0", shas[5])

    outputs = "This is a rollback: shop@1.1.0 was ahead of it, so there are no new commits."
    assert post.annotations == [f"notice: {outputs}"]
    assert commits_of(sentry, "1.2.0") == []
    assert len(sentry.releases["shop@1.2.0"].deploys) == 1
    assert waited <= 6
    assert commits_of(sentry, "1.3.0") == shas[3:6]


def test_a_job_that_is_run_again_changes_no_commits(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[1])
    push_commits("1.1.0", shas[3])
    sentry.ledger.clear()

    push_commits("1.1.0", shas[3])

    assert refs(sentry) == [None]
    assert commits_of(sentry, "1.1.0") == shas[2:4]


def test_a_version_that_was_not_raised_holds_all_that_it_was_built_from(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[1])
    push_commits("1.1.0", shas[3])

    push_commits("1.1.0", shas[5])

    assert commits_of(sentry, "1.1.0") == shas[2:6]


def test_a_tag_that_does_not_lead_to_us_and_a_prerelease_are_passed_over(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    sentry.repository.branches["hotfix"] = shas[1]
    aside = sentry.repository.commit("fix: aside", branch="hotfix").sha
    sentry.repository.tags |= {
        "v1.3.0": shas[2],
        "v1.3.5": aside,
        "v1.4.0-rc.1": shas[3],
        "v2.0.0": shas[0],
        "nightly": shas[4],
    }

    main, post = push_commits("1.4.0", shas[5], commits_since="last-tag")

    assert main.outputs["previous-commit"] == shas[2]
    assert commits_of(sentry, "1.4.0") == shas[3:6]
    assert sentry.ledger.lines("github") == [
        "GET /github/repos/acme/app/tags?per_page=100",
        f"GET /github/repos/acme/app/compare/{aside}...{shas[5]}?page=1&per_page=1",
        f"GET /github/repos/acme/app/compare/{shas[2]}...{shas[5]}?page=1&per_page=1",
    ]
    assert main.annotations == post.annotations == []


def test_where_no_tag_leads_to_us_sentry_guesses_and_the_log_says_so(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    sentry.repository.tags |= {"v1.3.0": shas[9]}

    main, _ = push_commits("1.4.0", shas[5], commits_since="last-tag")

    assert "No tag of a lower version is an ancestor of this commit." in main.log
    assert refs(sentry) == [[{"repository": "acme/app", "commit": shas[5]}]]


def test_only_commits_that_touch_the_paths_are_brought(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[5])
    sentry.ledger.clear()

    push_commits("1.1.0", shas[10], commit_paths="apps/**\n!apps/admin/**")

    # The newest of the range touches apps/admin, so it is not among them.
    assert commits_of(sentry, "1.1.0") == [shas[7], shas[9]]
    assert len([line for line in sentry.ledger.lines("github") if "/compare/" in line]) == 1
    assert [one.method for one in sentry.ledger.entries if one.service == "sentry"] == [
        "GET",
        "GET",
        "POST",
        "GET",
        "PUT",
        "POST",
    ]


def test_a_release_that_touches_no_path_has_no_commits_and_says_why(
    push_commits: PushCommits, job: Job, sentry: FakeServers, shas: list[str]
) -> None:
    push_commits("1.0.0", shas[5])
    began = job.time.passed_s
    sentry.ledger.clear()

    stages = push_commits("1.1.0", shas[8], commit_paths="apps/courier/**")

    for stage in stages:
        assert "No commit of the range touches `commit-paths`." in plain(stage.summary)
        assert stage.annotations == []
    assert commits_of(sentry, "1.1.0") == []
    assert len(sentry.releases["shop@1.1.0"].deploys) == 1
    assert job.time.passed_s - began == 600
    assert len([line for line in sentry.ledger.lines("github") if "/compare/" in line]) == 1


def test_more_commits_than_are_compared_with_paths_are_reported(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    made = [
        sentry.repository.commit(f"feat: {n}", Change(status="added", path=f"apps/{n}")).sha
        for n in range(260)
    ]

    main, _ = push_commits("1.0.0", made[-1], commits_since=shas[-1], commit_paths="apps/**")

    assert commits_of(sentry, "1.0.0") == made[10:]
    [output] = main.annotations
    assert output.startswith(
        "warning: 10 of 260 commits skipped: only the newest 250 are compared with `commit-paths`."
    )


def many(sentry: FakeServers, count: int) -> str:
    """So many more commits; the last of them."""
    return [sentry.repository.commit(f"feat: {number}").sha for number in range(count)][-1]


def test_what_sentry_leaves_out_of_a_long_range_is_reported(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    head = many(sentry, 251)

    _, post = push_commits("1.0.0", head, commits_since=shas[-1])

    assert len(commits_of(sentry, "1.0.0")) == 250
    assert commits_of(sentry, "1.0.0")[-1] == head
    assert "Sentry fetches at most 250 commits per range" in post.summary


def test_what_the_action_leaves_out_of_a_long_range_is_reported(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    head = many(sentry, 1_005)

    stages = push_commits("1.0.0", head, commits_since=shas[-1], set_commits="github")

    assert len(commits_of(sentry, "1.0.0")) == 1_000
    for stage in stages:
        assert "Only the newest 1000 of 1005 commits were sent." in plain(stage.summary)
        assert "at most 250" not in stage.summary


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Job, Repository]]:
    """A job in a Sentry that knows acme/app and acme/lib, and the latter."""
    lib = Repository(name="acme/lib")
    for number in range(4):
        lib.commit(f"feat: lib {number}", author="Lib <lib@example.com>")
    with FakeServers(repositories=(default_repository(), lib)) as sentry:
        yield Job.recorded("push", sentry=sentry, folder=tmp_path), lib


def test_commits_of_several_repositories_come_with_one_request(
    two: tuple[Job, Repository],
) -> None:
    job, lib = two
    app, own = list(job.sentry.repository.commits), list(lib.commits)

    pushed(job, "1.0.0", app[3], repositories=f"acme/app acme/lib@{own[0]}..{own[2]}")
    pushed(job, "1.1.0", app[5], repositories=f"acme/app acme/lib@{own[3]}")

    assert set(commits_of(job.sentry, "1.0.0")) == {*app[:4], *own[1:3]}
    assert set(commits_of(job.sentry, "1.1.0")) == {*app[4:6], own[3]}
    assert refs(job.sentry) == [
        [
            {"repository": "acme/app", "commit": app[3]},
            {"repository": "acme/lib", "commit": own[2], "previousCommit": own[0]},
        ],
        [
            {"repository": "acme/app", "commit": app[5], "previousCommit": app[3]},
            {"repository": "acme/lib", "commit": own[3]},
        ],
    ]
    assert job.sentry.ledger.lines("github") == []


def test_a_release_deployed_again_keeps_the_commits_of_every_repository(
    two: tuple[Job, Repository],
) -> None:
    job, lib = two
    app, own = list(job.sentry.repository.commits), list(lib.commits)
    repository = f"acme/app acme/lib@{own[0]}..{own[2]}"
    pushed(job, "1.0.0", app[3], repositories=repository)
    before = commits_of(job.sentry, "1.0.0")

    pushed(job, "1.0.0", app[3], repositories=repository)

    assert commits_of(job.sentry, "1.0.0") == before
    assert refs(job.sentry)[1] is None


def test_with_paths_the_other_repositories_are_left_out_with_a_word(
    two: tuple[Job, Repository],
) -> None:
    job, lib = two
    app, head = list(job.sentry.repository.commits), list(lib.commits)[-1]

    main, _ = pushed(
        job,
        "1.0.0",
        app[5],
        repositories=f"acme/app acme/lib@{head}",
        commit_paths="*.py",
        commits_since=app[0],
    )

    assert "Commits of acme/lib skipped." in main.annotations[0]
    assert commits_of(job.sentry, "1.0.0") == app[1:6]
    assert refs(job.sentry) == [None]


def test_a_missing_start_of_the_range_is_reported_and_the_last_commits_are_read(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    main, post = push_commits("1.0.0", shas[5], commits_since="1" * 40)

    assert commits_of(sentry, "1.0.0") == shas[:6]
    assert main.annotations == []
    assert post.annotations == [
        "notice: The commit of the previous commit, 1111111, is no longer in the repository; "
        "the commits are the last 6."
    ]
    assert "read from GitHub" in post.summary


def test_a_repository_that_no_integration_serves_is_not_waited_for(
    push_commits: PushCommits, job: Job, sentry: FakeServers, shas: list[str]
) -> None:
    sentry.repository.linked = False
    sentry.store.known_repositories.clear()
    push_commits("1.0.0", shas[1])
    began = job.time.passed_s
    sentry.ledger.clear()

    main, post = push_commits("1.1.0", shas[3])

    assert job.time.passed_s - began == 600
    assert refs(sentry) == [None]
    assert [one.method for one in sentry.ledger.entries if one.service == "sentry"] == [
        "GET",
        "GET",
        "POST",
        "GET",
        "PUT",
        "POST",
    ]
    assert commits_of(sentry, "1.1.0") == shas[2:4]
    assert main.annotations == post.annotations == []


def test_refs_that_do_not_land_are_replaced_before_the_deploy_is_marked(
    job: Job, sentry: FakeServers, shas: list[str]
) -> None:
    sentry.store.fetch_delay = 1e9

    job.environ["GITHUB_SHA"] = shas[7]
    job.main(commits_since=shas[5])
    sentry.ledger.clear()
    began = job.time.passed_s
    job.post(commits_since=shas[5])

    own = "shop%401.4.0%2B27/"
    assert [
        f"{one.method} {one.path.removeprefix(RELEASES)}"
        for one in sentry.ledger.entries
        if one.service == "sentry"
    ] == [
        f"GET {own}commits/?per_page=100",
        f"PUT {own}",  # finalized, and seen that no commits are there
        *[f"GET {own}"] * 4,
        f"PUT {own}",  # the commits
        f"POST {own}deploys/",
    ]
    assert job.time.passed_s - began == 6
    assert commits_of(sentry, "1.4.0+27") == shas[6:8]
    assert [mail.recipient for mail in sentry.mails] == ["dev@example.com"]


def test_authors_and_resolved_issues_are_listed_with_links(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    _, post = push_commits("1.0.0", shas[5], commits_since=shas[1])

    assert len(sentry.ledger.lines()) == 5 - 1  # `commits-since` is a sha, so nothing was listed
    assert sentry.ledger.lines()[1].endswith("/commits/?per_page=100")
    link = f"{sentry.url}/organizations/acme/issues/?query=WEB-1"
    assert f"| Resolves | [WEB-1]({link}) |" in post.summary
    assert "| Authors | Dev (2), Zoë (1), Stranger (1) |" in post.summary
    assert f"https://github.com/acme/app/compare/{shas[1]}...{shas[5]}" in post.summary


def test_without_issues_no_section_is_empty(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    stages = push_commits("1.0.0", shas[0])

    assert len(sentry.ledger.lines()) == 5
    for stage in stages:
        assert "Resolves" not in stage.summary
        assert re.search(r"\|\s*\|$", stage.summary.partition("|---|---|")[2], re.MULTILINE) is None


def test_a_list_that_cannot_be_had_costs_only_itself(
    push_commits: PushCommits, sentry: FakeServers, shas: list[str]
) -> None:
    sentry.fail("GET", "*/commits/", Status(status=403), times=None)

    _, post = push_commits(
        "1.0.0",
        shas[5],
    )

    assert "The summary lists no commits" in post.log
    assert post.annotations == []
    assert "is deployed to `production`" in post.summary


HOSTILE = (
    "::set-output name=release::evil",
    "a\n::error::evil\r\n::add-mask::e\n##[error]evil\n##[set-env name=A]b",
    "".join(map(chr, range(1, 32))) + "\x7f\x80\u2028\u2029\ufeff",
    "\0",
    "half \ud800 a character",
    "| a | b |\n|---|---|\n<img src=x onerror=y> </details> [x](javascript:y) ![i](z) `c` ```",
    "EOF\nend_\nrelease<<EOF\nevil\nEOF",
    "# Fixes WEB-1, <b>WEB-2</b>\n\n@acme/team https://evil.example",
    "m" * 1_000_000,
    "Fixes " + "A-" * 400_000 + "1",
    "",
)


@pytest.mark.parametrize("commits", ["github", "auto"])
def test_no_message_of_a_commit_breaks_a_request_a_summary_or_the_log(
    push_commits: PushCommits, job: Job, sentry: FakeServers, shas: list[str], commits: str
) -> None:
    made = [
        sentry.repository.commit(text, author=f"{text[:90]} | *b* <dev@example.com>").sha
        for text in HOSTILE
    ]
    job.event({"commits": [{"message": text} for text in HOSTILE]})
    if commits == "auto":
        sentry.repository.linked = False  # so that post brings them

    stages = push_commits(
        "1.0.0",
        made[-1],
        commits_since=shas[-1],
        set_commits=commits,
    )

    assert commits_of(sentry, "1.0.0") == made
    for stage in stages:
        assert {text.split(": ")[0] for text in stage.annotations} <= {"notice"}
        assert commands(stage.log) <= {"debug", "add-mask", "notice", "stop-commands"}
        assert stage.outputs.get("release", "shop@1.0.0") == "shop@1.0.0"
        assert json.loads(stage.outputs.get("json", "{}")).keys() <= {*stage.outputs, "json"}
        visible = stage.summary.replace("</details>", "", 1).replace("<details><summary>", "", 1)
        assert not re.search(r"(?<!\\)<(?!/summary>)", visible.partition("```")[0])
        assert len(stage.summary) < 20_000
    assert "WEB-1" in stages[1].summary


def commands(log: str) -> set[str]:
    """The workflow commands that the runner would obey in the log."""
    obeyed, fence = set(), None
    for line in log.splitlines():
        if fence:
            fence = None if line.strip() == fence else fence
            continue
        assert "##[" not in line
        if found := re.match(r"\s*::([a-z-]+)", line):
            obeyed.add(found[1])
            fence = f"::{line.rpartition('::')[2]}::" if found[1] == "stop-commands" else None
    return obeyed


def plain(markdown: str) -> str:
    """Markdown without what makes it harmless."""
    return markdown.replace("\\", "")
