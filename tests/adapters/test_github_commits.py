"""Claims about the commits of a range as GitHub lists them, through PyGithub."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fake_sentry import NOT_ACCESSIBLE, Change, FakeServers, Repository, Reset, Status, redirect
from job import ROOT, Time
from sentry_release.adapters.github.github_client import GitHubClient
from sentry_release.adapters.github.repository import GitHubRepository
from sentry_release.clock import Deadline
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import CommitHistory, CommitRange, FileChange, RangeRelation
from sentry_release.model.commits import FileStatus as Did
from sentry_release.model.job import JobEnvironment
from sentry_release.release.commit_details import truncate_to_sentry_limits

GONE = "f" * 40
AT_ONCE = 16  # questions for files
Query = Callable[..., CommitHistory]
LIMITED = {"message": "API rate limit exceeded for installation."}
SECONDARY = {"message": "You have exceeded a secondary rate limit."}


@pytest.fixture
def repository() -> Repository:
    """Three commits on main."""
    made = Repository()
    for number in range(3):
        made.commit(f"feat: {number}", Change(status="added", path=f"{number}.dart"))
    return made


@pytest.fixture
def logged() -> list[str]:
    """What only a run with debug logging shows."""
    return []


@pytest.fixture
def logged_lines() -> list[str]:
    """What everybody reads in the log."""
    return []


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def api(
    github: FakeServers, logged: list[str], logged_lines: list[str], clock: Time
) -> GitHubRepository:
    return GitHubRepository(
        client=GitHubClient(
            api_url=github.github_url,
            token=github.github_token,
            name="acme/app",
            log_debug=logged.append,
            log_line=logged_lines.append,
            deadline=Deadline(clock=clock.clock(), at=60),
        )
    )


@pytest.fixture
def query(api: GitHubRepository, repository: Repository) -> Query:
    def requests(
        previous: str | None, head: str | None = None, *, by_files: bool = False
    ) -> CommitHistory:
        end = head or repository.branches["main"]
        commits = CommitRange(repository="acme/app", source="acme/app", head=end, previous=previous)
        return api.fetch_commits(commits, by_files=by_files)

    return requests


def shas(found: CommitHistory) -> list[str]:
    return [commit.sha for commit in found.commits]


def compared(github: FakeServers) -> int:
    """How many requests for comparisons came."""
    return len([line for line in github.ledger.lines("github") if "/compare/" in line])


def grown(repository: Repository, count: int) -> list[str]:
    """So many more commits on main."""
    return [repository.commit(f"feat: more {number}").sha for number in range(count)]


def test_what_was_built_on_the_beginning_is_new(query: Query, repository: Repository) -> None:
    first, second, third = repository.commits

    found = query(first)

    assert (found.relation, found.total, shas(found)) == (RangeRelation.AHEAD, 2, [third, second])


def test_an_older_end_has_nothing_new(query: Query, repository: Repository) -> None:
    first, _, third = repository.commits

    assert query(third, first) == CommitHistory(commits=(), relation=RangeRelation.BEHIND, total=0)


def test_the_same_commit_has_nothing_new(query: Query, repository: Repository) -> None:
    head = repository.branches["main"]

    assert query(head) == CommitHistory(commits=(), relation=RangeRelation.IDENTICAL, total=0)


def test_of_diverged_histories_the_own_commits_are_new(
    query: Query, repository: Repository
) -> None:
    first, second, third = repository.commits
    repository.branches["hotfix"] = first
    aside = repository.commit("fix: aside", branch="hotfix").sha

    found = query(aside)

    assert (found.relation, shas(found)) == (RangeRelation.DIVERGED, [third, second])


def test_a_merge_brings_what_was_merged(query: Query, repository: Repository) -> None:
    first, _, third = repository.commits
    repository.branches["topic"] = first
    topic = repository.commit("feat: topic", branch="topic").sha
    merge = repository.commit("Merge topic", merges=(topic,)).sha

    assert set(shas(query(third))) == {topic, merge}


def test_a_beginning_that_is_gone_leaves_the_last_twenty(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    made = grown(repository, 40)

    found = query(GONE)

    assert (found.relation, found.total) == (RangeRelation.GONE, 20)
    assert shas(found) == made[:19:-1]
    assert compared(github) == 1


def test_histories_that_share_nothing_leave_the_last_ones(
    query: Query, repository: Repository
) -> None:
    orphan = repository.commit("feat: another beginning", branch="orphan").sha

    found = query(orphan)

    assert (found.relation, len(found.commits)) == (RangeRelation.UNRELATED, 3)


def test_a_first_release_has_the_last_twenty(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    made = grown(repository, 30)

    found = query(None)

    assert (found.relation, found.total, shas(found)) == (RangeRelation.FIRST, 20, made[:9:-1])
    assert compared(github) == 0


@pytest.mark.parametrize(
    ("max_page", "count", "requests"),
    [
        pytest.param(100, 100, 1, id="a page"),
        pytest.param(100, 251, 3, id="more than Sentry fetches"),
        pytest.param(100, 1000, 10, id="as many as are sent"),
        pytest.param(100, 1200, 11, id="more, at most a hundred at once"),
        pytest.param(1000, 1000, 10, id="as many as are sent, though more were given"),
        pytest.param(30, 251, 9, id="in pages shorter than requested"),
    ],
)
def test_of_a_long_range_the_newest_thousand_are_read_with_few_requests(
    query: Query,
    repository: Repository,
    github: FakeServers,
    max_page: int,
    count: int,
    requests: int,
) -> None:
    repository.max_page = max_page
    github.fail("GET", "commits/*", NOT_ACCESSIBLE, times=None)  # files play no part here
    base = repository.branches["main"]
    made = grown(repository, count)

    found = query(base)

    assert (found.relation, found.total) == (RangeRelation.AHEAD, count)
    assert shas(found) == made[::-1][:1000]
    assert compared(github) == requests


@pytest.mark.large
def test_of_more_than_ten_thousand_the_newest_are_still_read(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    github.fail("GET", "commits/*", NOT_ACCESSIBLE, times=None)
    base = repository.branches["main"]
    made = grown(repository, 10_050)

    found = query(base)

    assert (found.total, shas(found)) == (10_050, made[:-1001:-1])
    assert len(github.ledger.lines("github")) <= 1 + 10 + AT_ONCE


def test_files_are_requested_for_the_newest_250(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    base = repository.branches["main"]
    for number in range(260):
        repository.commit(f"feat: {number}", Change(status="added", path=f"more/{number}"))

    found = query(base)

    assert [len(commit.files) for commit in found.commits] == [1] * 250 + [0] * 10
    assert len(github.ledger.lines("github")) == 3 + 250


def test_the_changes_of_files_have_sentrys_letters(query: Query, repository: Repository) -> None:
    base = repository.branches["main"]
    repository.commit(
        "refactor",
        Change(status="added", path="a"),
        Change(status="copied", path="b"),
        Change(status="modified", path="c"),
        Change(status="changed", path="d"),
        Change(status="removed", path="e"),
        Change(status="renamed", path="g é.dart", before="f"),
        Change(status="unchanged", path="h"),
    )

    (commit,) = query(base).commits

    assert commit.files == (
        FileChange(path="a", status=Did.ADDED),
        FileChange(path="b", status=Did.ADDED),
        FileChange(path="c", status=Did.MODIFIED),
        FileChange(path="d", status=Did.MODIFIED),
        FileChange(path="e", status=Did.REMOVED),
        FileChange(path="g é.dart", status=Did.ADDED),
        FileChange(path="f", status=Did.REMOVED),
    )


@pytest.mark.parametrize(
    ("author", "name", "email"),
    [
        pytest.param("Dev <dev@example.com>", "Dev", "dev@example.com", id="both"),
        pytest.param("Dev", "Dev", None, id="no address"),
        pytest.param("Dev <>", "Dev", "", id="an empty address"),
        pytest.param("", None, None, id="no author at all"),
    ],
)
def test_an_author_may_lack_anything(
    query: Query, repository: Repository, author: str, name: str | None, email: str | None
) -> None:
    base = repository.branches["main"]
    repository.commit("feat: a", author=author)

    (commit,) = query(base).commits

    assert (commit.author_name, commit.author_email) == (name, email)
    assert truncate_to_sentry_limits([commit])[0].author_email == (email or None)


@pytest.mark.parametrize(
    "when",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)],
    ids=["1970", "2100"],
)
def test_a_commit_of_any_time_keeps_its_time(
    query: Query, repository: Repository, when: datetime
) -> None:
    base = repository.branches["main"]
    repository.commit("feat: a", date=when)

    assert query(base).commits[0].created_at == when


def test_a_megabyte_of_message_is_cut(query: Query, repository: Repository) -> None:
    base = repository.branches["main"]
    for _ in range(3):
        repository.commit("m" * 1_000_000)

    assert {len(commit.message) for commit in query(base).commits} == {64_000}


def test_bytes_that_are_no_utf_8_lose_only_themselves(query: Query, repository: Repository) -> None:
    base = repository.branches["main"]
    repository.commit("feat: caf\udce9 and \ud800")

    (commit,) = truncate_to_sentry_limits(query(base).commits)

    assert commit.message.startswith("feat: caf")
    assert commit.message.encode()


def test_a_byte_that_is_not_utf_8_breaks_nothing(query: Query, github: FakeServers) -> None:
    person = {"name": "Zo\udceb", "email": "z@example.com", "date": "2026-01-01T00:00:00Z"}
    commit = {"sha": GONE, "commit": {"message": "caf\udce9", "author": person}}
    body = {"status": "ahead", "total_commits": 1, "commits": [commit]}
    raw = json.dumps(body, ensure_ascii=False)  # the halves go out as the bytes EB and E9
    github.fail("GET", "compare/*", Status(status=200, body=raw))

    (found,) = query(GONE).commits

    assert found.message.startswith("caf")
    assert f"{found.message}{found.author_name}".encode()


@pytest.mark.large
def test_of_a_hundred_thousand_files_as_many_are_listed_as_github_lists(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    base = repository.branches["main"]
    repository.commit("chore", *[Change(status="added", path=f"f/{n}") for n in range(100_000)])

    (commit,) = query(base).commits

    assert len(commit.files) == 3000
    assert len(github.ledger.lines("github")) == 1 + 10


def test_without_the_permission_the_line_to_add_is_reported(
    query: Query, github: FakeServers
) -> None:
    github.fail("GET", "/github/**", NOT_ACCESSIBLE, times=None)

    with pytest.raises(ApiError, match="contents: read") as caught:
        query(GONE)

    assert "Resource not accessible by integration" in str(caught.value)
    assert len(github.ledger.entries) == 1  # asking again would change nothing


@pytest.mark.parametrize(
    ("fault", "output"),
    [
        pytest.param(Status(status=403, body=LIMITED), "rate limit is reached", id="primary"),
        pytest.param(Status(status=429, body=LIMITED), "rate limit is reached", id="as 429"),
        pytest.param(Status(status=403, body=SECONDARY), "rate limit is reached", id="secondary"),
        pytest.param(
            Status(status=403, body=SECONDARY, headers={"Retry-After": "3600"}),
            "rate limit is reached",
            id="an hour's wait",
        ),
        pytest.param(Status(status=429), "rate limit is reached", id="429 without a word"),
    ],
)
def test_a_rate_limit_is_an_outage_and_not_waited_for_long(
    query: Query, github: FakeServers, clock: Time, fault: Status, output: str
) -> None:
    github.fail("GET", "/github/**", fault, times=None)

    with pytest.raises(ServiceUnavailableError, match=output) as caught:
        query(GONE)

    assert "that GitHub grants in an hour" in caught.value.reason
    assert clock.passed_s < 2
    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize("status", [403, 429])
def test_a_short_wait_that_github_asks_for_is_waited(
    query: Query, repository: Repository, github: FakeServers, clock: Time, status: int
) -> None:
    github.fail(
        "GET", "compare/*", Status(status=status, body=SECONDARY, headers={"Retry-After": "1"})
    )

    found = query(next(iter(repository.commits)))

    assert len(found.commits) == 2
    assert clock.passed_s >= 1


def test_a_request_that_timed_out_on_the_server_is_an_outage(
    query: Query, github: FakeServers
) -> None:
    github.fail("GET", "/github/**", Status(status=408, body="Request Time-out"), times=None)

    with pytest.raises(ServiceUnavailableError, match="it answered 408"):
        query(GONE)


@pytest.mark.parametrize("fault", [Status(status=502), Status(status=500), Reset()], ids=str)
def test_a_failure_that_passes_is_outlived(
    query: Query, repository: Repository, github: FakeServers, fault: Status | Reset
) -> None:
    github.fail("GET", "compare/*", fault)

    assert len(query(next(iter(repository.commits))).commits) == 2


@pytest.mark.parametrize(
    "body",
    ["<html>", "[]", "{}", '{"status": "ahead"', '{"status": "sideways", "total_commits": 1}', ""],
)
def test_an_answer_that_is_none_is_an_outage(query: Query, github: FakeServers, body: str) -> None:
    github.fail("GET", "/github/**", Status(status=200, body=body), times=None)

    with pytest.raises(ServiceUnavailableError):
        query(GONE)


@pytest.mark.parametrize(
    "fault",
    [
        *(Status(status=200, body=body) for body in ("", " ", "null", "false", "0", '""', "{}")),
        *(Status(status=200, body=body) for body in ('"fine"', '{"message": "fine"}', "<html>")),
        *(redirect("https://elsewhere.example/", status) for status in (302, 303, 307, 308)),
        Status(status=304),
        Status(status=429, headers={"Retry-After": "3600"}),
    ],
    ids=str,
)
def test_a_response_that_is_no_list_does_not_say_that_a_job_has_no_environment(
    api: GitHubRepository, github: FakeServers, fault: Status
) -> None:
    github.fail("GET", "check-runs/*", NOT_ACCESSIBLE, times=None)
    github.fail("GET", "deployments", fault, times=None)

    with pytest.raises(ServiceUnavailableError, match="read the environment of this job"):
        api.find_job_environment(4711, GONE)


def test_without_deployments_of_the_commit_the_job_has_no_environment(
    api: GitHubRepository, github: FakeServers
) -> None:
    github.fail("GET", "check-runs/*", NOT_ACCESSIBLE, times=None)

    assert api.find_job_environment(4711, GONE) == JobEnvironment()


def test_an_empty_repository_is_named_as_such(github: FakeServers, api: GitHubRepository) -> None:
    github.store.repositories["acme/app"] = Repository()

    with pytest.raises(ApiError, match="Git Repository is empty") as caught:
        api.fetch_commits(CommitRange(repository="acme/app", source="acme/app", head=GONE))

    assert "permissions" not in str(caught.value)


def test_a_head_that_was_never_pushed_is_refused(query: Query) -> None:
    with pytest.raises(ApiError):
        query(None, GONE)


def test_a_commit_with_unreadable_files_is_sent_without_files(
    query: Query, repository: Repository, github: FakeServers, logged: list[str]
) -> None:
    first, second, _ = repository.commits
    unprocessable = Status(status=422, body={"message": "No commit found for SHA"})
    github.fail("GET", f"commits/{second}", unprocessable, times=None)

    found = query(first)

    assert [len(commit.files) for commit in found.commits] == [1, 0]
    assert len(logged) == 1


def test_a_rate_limit_in_the_middle_costs_the_files_and_not_the_commits(
    query: Query, repository: Repository, github: FakeServers, logged_lines: list[str]
) -> None:
    base = repository.branches["main"]
    grown(repository, 100)
    github.fail("GET", "commits/*", Status(status=403, body=LIMITED), times=None)

    found = query(base)

    assert len(found.commits) == 100
    assert len(github.ledger.entries) <= 1 + AT_ONCE  # those that were under way
    assert logged_lines
    assert all(line.startswith("The commits go without their files: ") for line in logged_lines)


def test_where_files_decide_a_rate_limit_in_the_middle_is_an_outage(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    github.fail("GET", "commits/*", Status(status=403, body=LIMITED), times=None)

    with pytest.raises(ServiceUnavailableError):
        query(next(iter(repository.commits)), by_files=True)


MEASURED = """
import sys
import time
from pathlib import Path
from sentry_release.adapters.github.repository import GitHubRepository
from sentry_release.adapters.github.github_client import GitHubClient
from sentry_release.services import create_system_clock
from sentry_release.clock import Deadline
from sentry_release.model.commits import CommitRange

url, token, base, head = sys.argv[1:]
api = GitHubRepository(client=GitHubClient(
    api_url=url, token=token, name="acme/app", log_debug=print, log_line=print, deadline=Deadline(clock=create_system_clock(), at=time.monotonic() + 600)
))
found = api.fetch_commits(CommitRange(repository="a", source="acme/app", head=head, previous=base))
assert len(found.commits) == 1000 and found.total == 5000
# Not getrusage: that begins with the peak of the process it was forked from.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)
"""


@pytest.mark.large
def test_a_range_of_five_thousand_takes_less_than_120_megabytes(
    repository: Repository, github: FakeServers
) -> None:
    base = repository.branches["main"]
    for number in range(5000):
        repository.commit(f"feat: {number}\n\n" + "word " * 100, Change(status="added", path="a"))
    words = [github.github_url, github.github_token, base, repository.branches["main"]]

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [sys.executable, "-c", MEASURED, *words],
        env=os.environ | {"PYTHONPATH": str(Path(ROOT) / "src")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout.split()[-1]) < 120
