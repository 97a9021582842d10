"""Whole jobs that announce their deploy: what is written on pull requests and issues, and when."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from markdown_it import MarkdownIt

from fake_sentry import NOT_ACCESSIBLE, FakeServers, Repository, Reset, Status
from fake_sentry.ledger import Entry
from job import Job, Stage

NAME = "shop@1.5.0+28"
BOTH = "pull-requests issues"
GITHUB = "/github/repos/acme/app"


def deployed_before(job: Job, sentry: FakeServers, environment: str = "production") -> None:
    """An earlier release is in the environment; the next job has a new run and a new version."""
    job.release(environment=environment)
    sentry.land_commits()
    next_run(job, sentry)


def next_run(job: Job, sentry: FakeServers, *, version: str = "1.5.0+28") -> None:
    number = int(job.environ["GITHUB_RUN_NUMBER"]) + 1
    job.environ |= {"GITHUB_RUN_ID": str(number), "GITHUB_RUN_NUMBER": str(number)}
    job.environ["GITHUB_SHA"] = sentry.repository.branches["main"]
    (job.workspace / "pubspec.yaml").write_text(f"name: shop\nversion: {version}\n")
    job.state.clear()


def merged(sentry: FakeServers, number: int, **more: object) -> str:
    """A pull request that was merged as one commit, whose sha is returned."""
    sha = sentry.repository.commit(f"feat: change {number} (#{number})").sha
    sentry.repository.pull_request(number, sha, **more)  # type: ignore[arg-type]
    return sha


def announced(job: Job, sentry: FakeServers, announce: str = BOTH, **inputs: str) -> Stage:
    """A job that succeeds and announces; what came after its last step."""
    job.environ["GITHUB_SHA"] = sentry.repository.branches["main"]
    main = job.main(announce=announce, **inputs)
    assert main.exit_code == 0, main.log
    sentry.land_commits()
    sentry.ledger.clear()
    return job.post(announce=announce, **inputs)


def written(sentry: FakeServers) -> list[str]:
    """The requests that changed something on GitHub."""
    return [
        f"{entry.method} {entry.path.removeprefix(GITHUB)}"
        for entry in sentry.ledger.entries
        if entry.service == "github" and entry.method != "GET" and "graphql" not in entry.path
    ]


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


@pytest.fixture
def github(sentry: FakeServers) -> Repository:
    return sentry.repository


def test_a_deploy_is_announced_once_on_its_pull_request_and_the_issue_that_it_closes(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7, closes=(3,))

    post = announced(job, sentry)

    [text] = github.comments_on(7)
    assert github.comments_on(3) == [text]
    page = rendered(text)
    assert "<td><code>production</code></td>" in page
    assert f"<code>{NAME}</code></a>" in page
    assert f"{sentry.url}/organizations/acme/releases/shop%401.5.0%2B28/" in page
    assert "<td>2026-03-01 12:00 UTC</td>" in page
    assert post.annotations == []
    assert (
        "Announced shop@1.5.0+28 on 2 of 2 pull requests and issues (new comments: 2, edited: 0)"
        in post.log
    )


def test_the_requests_of_an_announcement_come_after_the_deploy(
    job: Job, sentry: FakeServers
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7, closes=(3,))

    announced(job, sentry)

    lines = [line.partition(" {")[0] for line in sentry.ledger.lines()]
    first = next(index for index, line in enumerate(lines) if "/github/" in line)
    assert "POST" in lines[first - 1]
    assert lines[first - 1].endswith("/deploys/")
    steps = [line.replace(GITHUB, "").partition("?")[0] for line in lines[first:]]
    assert steps[0].startswith("GET /compare/")
    assert steps[1:] == [
        "POST /github/graphql",
        "GET /issues/7/comments",
        "POST /issues/7/comments",
        "GET /issues/3/comments",
        "POST /issues/3/comments",
        "GET /issues/comments",
    ]


def test_the_next_environment_is_a_second_row_of_the_same_comment(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry, "staging")
    next_run(job, sentry, version="1.4.0+27")
    deployed_before(job, sentry, "production")
    merged(sentry, 7)
    announced(job, sentry, environment="staging")
    next_run(job, sentry)

    announced(job, sentry, environment="production")

    [text] = github.comments_on(7)
    page = rendered(text)
    assert page.index("<code>staging</code>") < page.index("<code>production</code>")
    assert page.count(f"<code>{NAME}</code>") == 2
    assert written(sentry) == [f"PATCH /issues/comments/{github.comments[0].id}"]


def test_a_job_that_runs_again_writes_nothing_new(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7, closes=(3,))
    announced(job, sentry)
    before = [one.body for one in github.comments]
    job.state.clear()
    job.environ["GITHUB_RUN_ATTEMPT"] = "2"

    again = announced(job, sentry)

    assert written(sentry) == []
    assert [one.body for one in github.comments] == before
    assert "new comments: 0, edited: 0" in again.log


def test_a_change_that_is_released_again_keeps_its_first_release(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    sha = merged(sentry, 7)
    announced(job, sentry)
    before = github.comments_on(7)
    next_run(job, sentry, version="1.5.1+29")
    github.commit("fix: hot", sha="9" * 40)
    github.pull_request(8, "9" * 40, sha)

    announced(job, sentry, commits_since=sha)

    assert github.comments_on(7) == before
    assert len(github.comments_on(8)) == 1


@pytest.mark.parametrize(
    ("announce", "numbers"),
    [("pull-requests", {7}), ("issues", {3}), ("Issues,pull-requests", {3, 7})],
)
def test_only_the_wanted_kinds_get_a_comment(
    job: Job, sentry: FakeServers, github: Repository, announce: str, numbers: set[int]
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7, closes=(3,))

    announced(job, sentry, announce)

    assert {one.number for one in github.comments} == numbers
    asks_for_issues = any("closingIssues" in line for line in sentry.ledger.lines("github"))
    assert asks_for_issues is ("ssues" in announce)


def test_without_the_input_github_is_not_queried(job: Job, sentry: FakeServers) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)

    announced(job, sentry, "none")

    assert sentry.ledger.lines("github") == []


def test_pull_requests_that_are_open_or_of_other_repositories_get_none(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7, base="upstream/app")
    merged(sentry, 8, is_merged=False)
    merged(sentry, 9, closes=("acme/other#3",))
    github.issues.add(3)

    announced(job, sentry)

    assert {one.number for one in github.comments} == {9}


@pytest.mark.parametrize("reason", ["rollback", "first", "same"])
def test_a_deploy_that_brings_no_new_commits_is_not_announced(
    job: Job, sentry: FakeServers, github: Repository, reason: str
) -> None:
    older = merged(sentry, 7)
    job.environ["GITHUB_SHA"] = older
    if reason == "rollback":
        merged(sentry, 8)
        job.environ["GITHUB_SHA"] = github.branches["main"]
    if reason != "first":
        job.release()
        sentry.land_commits()
    next_run(job, sentry)
    job.environ["GITHUB_SHA"] = older
    job.main(announce=BOTH)
    sentry.land_commits()

    post = job.post(announce=BOTH)

    assert github.comments == []
    assert "The deploy is not announced: " in post.log
    assert [text for text in post.annotations if "warning" in text] == []


def test_a_dry_run_announces_nothing(job: Job, sentry: FakeServers, github: Repository) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)

    announced(job, sentry, dry_run="true")

    assert github.comments == []


def test_a_failed_job_announces_nothing(job: Job, sentry: FakeServers, github: Repository) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    job.environ["GITHUB_SHA"] = github.branches["main"]
    job.main(announce=BOTH)

    job.post(announce=BOTH, status="failure")

    assert github.comments == []


def test_a_preview_of_a_pull_request_announces_nothing(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry, "preview")
    merged(sentry, 7)
    job.environ["GITHUB_EVENT_NAME"] = "pull_request"
    head = {"sha": github.branches["main"], "repo": {"full_name": "acme/app"}}
    job.event({"pull_request": {"head": head}})

    post = announced(job, sentry, environment="preview")

    assert github.comments == []
    assert "only runs of the repository itself announce" in post.log


def test_a_deploy_that_another_job_recorded_is_announced_by_that_job(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    announced(job, sentry)
    github.comments.clear()

    job.post(announce=BOTH)

    assert github.comments == []


def test_the_deploy_action_announces_as_well(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    job.environ["GITHUB_SHA"] = github.branches["main"]
    job.main(deploy="false", finalize="false")
    sentry.land_commits()
    sentry.ledger.clear()

    deploy = job.play("deploy", announce=BOTH)

    assert deploy.outputs["deployed"] == "true"
    assert len(github.comments_on(7)) == 1


@pytest.mark.parametrize("author", ["mallory", "other[bot]"])
def test_a_comment_that_only_looks_like_one_of_the_action_is_left_alone(
    job: Job, sentry: FakeServers, github: Repository, author: str
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    announced(job, sentry)
    [own] = github.comments
    text = own.body if author == "mallory" else f"> {own.body}"
    github.comments.clear()
    forged = github.comment(7, text, author=author, association="NONE")
    next_run(job, sentry, version="1.6.0+30")
    merged(sentry, 8)
    github.pull_requests[7] = github.pull_request(7, github.branches["main"])

    announced(job, sentry)

    assert forged.body == text
    assert len(github.comments_on(7)) == 2


def test_comments_of_another_organization_are_left_alone(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    announced(job, sentry)
    [own] = github.comments
    own.body = own.body.replace("acme", "other", 1)
    next_run(job, sentry, version="1.6.0+30")
    merged(sentry, 8)
    github.pull_request(7, github.branches["main"])

    announced(job, sentry)

    assert len(github.comments_on(7)) == 2


def test_the_comment_is_found_among_hundreds(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry, "staging")
    next_run(job, sentry, version="1.4.0+27")
    deployed_before(job, sentry)
    merged(sentry, 7)
    for number in range(250):
        github.comment(7, f"comment {number}", author="dev", association="MEMBER")
    announced(job, sentry, environment="staging")
    next_run(job, sentry)

    announced(job, sentry)

    assert sum("sentry-release" in text for text in github.comments_on(7)) == 1


def other_job(sentry: FakeServers, github: Repository, *, before: Callable[[Entry], bool]) -> None:
    """Another job comments just after a request was answered, before this one writes."""
    marker = {
        "account": sentry.url.partition("//")[2] + "/acme",
        "rows": [["admin@2.0.0", "production", "2026-03-01T11:00+00:00"]],
    }

    def watch(entry: Entry) -> None:
        if before(entry):
            sentry.ledger.watch = None
            github.comment(7, f"<!-- sentry-release {json.dumps(marker)} -->\nfrom another job")

    sentry.ledger.watch = watch


def test_two_deploys_at_once_leave_one_comment_with_both_rows(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    other_job(
        sentry,
        github,
        before=lambda one: (
            one.method == "GET" and one.path.startswith(f"{GITHUB}/issues/7/comments")
        ),
    )

    post = announced(job, sentry)

    [text] = github.comments_on(7)
    assert "<code>admin@2.0.0</code>" in rendered(text)
    assert f"<code>{NAME}</code>" in rendered(text)
    assert [line.partition(" ")[0] for line in written(sentry)] == ["POST", "PATCH", "DELETE"]
    assert post.annotations == []


def test_the_older_of_two_comments_stays_and_the_job_of_the_other_deletes_it(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    other_job(
        sentry,
        github,
        before=lambda one: one.method == "POST" and one.path.endswith("/issues/7/comments"),
    )

    announced(job, sentry)

    assert [line.partition(" ")[0] for line in written(sentry)] == ["POST"]
    assert len(github.comments_on(7)) == 2


def test_a_row_that_another_job_overwrote_is_written_again(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry, "staging")
    next_run(job, sentry, version="1.4.0+27")
    deployed_before(job, sentry)
    merged(sentry, 7)
    announced(job, sentry, environment="staging")
    stale = github.comments[0].body
    next_run(job, sentry)

    def watch(entry: Entry) -> None:
        if entry.method == "PATCH":
            sentry.ledger.watch = None
            github.comments[0].body = stale

    sentry.ledger.watch = watch

    announced(job, sentry)

    assert "<code>production</code>" in rendered(github.comments[0].body)


def test_more_than_a_hundred_changes_get_comments_on_the_newest_hundred(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    for number in range(130):
        merged(sentry, 100 + number)

    post = announced(job, sentry, timeout="600")

    assert {one.number for one in github.comments} == set(range(130, 230))
    assert "on 100 of the newest 100 pull requests and issues" in post.log


def test_comments_are_written_at_most_once_a_second(job: Job, sentry: FakeServers) -> None:
    deployed_before(job, sentry)
    for number in range(10):
        merged(sentry, 100 + number)
    began = job.time.passed_s

    announced(job, sentry)

    assert 9 <= job.time.passed_s - began < 12


def test_the_work_ends_with_the_time_limit_in_one_warning_and_the_next_attempt_does_the_rest(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    for number in range(30):
        merged(sentry, 100 + number)

    began = job.time.passed_s

    post = announced(job, sentry, timeout="20")

    [warning] = post.annotations
    first = len(github.comments)
    assert 10 < first < 30
    assert f"was announced on {first} of 30 pull requests and issues" in warning
    assert "Raise `timeout`" in warning
    assert job.time.passed_s - began <= 20
    job.state.clear()
    job.environ["GITHUB_RUN_ATTEMPT"] = "2"
    announced(job, sentry, timeout="60")
    assert sorted(one.number for one in github.comments) == list(range(100, 130))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/github/graphql"),
        ("GET", f"{GITHUB}/issues/7/comments"),
        ("POST", f"{GITHUB}/issues/7/comments"),
        ("GET", f"{GITHUB}/compare/*"),
    ],
)
def test_a_missing_permission_is_one_warning_with_the_permissions(
    job: Job, sentry: FakeServers, method: str, path: str
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    sentry.fail(method, path, NOT_ACCESSIBLE, times=None)

    post = announced(job, sentry)

    [warning] = post.annotations
    assert post.exit_code == 0
    assert "pull-requests: write, issues: write" in warning
    assert "is deployed to `production`" in post.summary


def test_a_permission_for_one_kind_only_serves_that_kind(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    for number in (7, 8):
        merged(sentry, number, closes=(number + 100,))
    for issue in (107, 108):
        sentry.fail("POST", f"{GITHUB}/issues/{issue}/comments", NOT_ACCESSIBLE, times=None)

    post = announced(job, sentry)

    assert {one.number for one in github.comments} == {7, 8}
    assert "was announced on 2 of 4 pull requests and issues" in post.annotations[0]
    assert written(sentry).count("POST /issues/107/comments") == 0


@pytest.mark.parametrize(
    "fault",
    [
        Reset(),
        Status(status=502),
        Status(status=403, body={"message": "You have exceeded a secondary rate limit."}),
        Status(status=200, body="<html>"),
    ],
)
def test_a_write_that_fails_is_not_repeated_and_ends_the_work(
    job: Job, sentry: FakeServers, fault: object
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    merged(sentry, 8)
    sentry.fail("POST", "/github/repos/**/comments", fault, times=None)  # type: ignore[arg-type]

    post = announced(job, sentry)

    assert len(post.annotations) == 1
    assert len([line for line in written(sentry) if line.startswith("POST")]) == 1


def test_a_comment_whose_response_was_lost_is_not_written_again(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    sentry.fail("POST", "/github/repos/**/comments", Reset(), applied=True)
    announced(job, sentry)
    job.state.clear()
    job.environ["GITHUB_RUN_ATTEMPT"] = "2"

    announced(job, sentry)

    assert len(github.comments_on(7)) == 1


def test_one_discussion_that_is_gone_does_not_stop_the_others(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    merged(sentry, 7)
    merged(sentry, 8)
    gone = Status(status=410, body={"message": "This issue was deleted"})
    sentry.fail("GET", f"{GITHUB}/issues/8/comments", gone, times=None)

    post = announced(job, sentry)

    assert {one.number for one in github.comments} == {7}
    assert "was announced on 1 of 2" in post.annotations[0]


def test_names_cannot_leave_the_comment_or_its_hidden_data(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    hostile = "a--><img x>`|@everyone [x](evil.test) #12"
    deployed_before(job, sentry, hostile)
    merged(sentry, 7)

    post = announced(job, sentry, environment=hostile)

    assert post.annotations == []
    [text] = github.comments_on(7)
    page = rendered(text)
    assert page.count("<img") == 0
    assert page.count("<a ") == 1
    visible = page.partition("-->")[2]
    assert visible.count("evil.test") == 1
    assert "<code>" in visible.partition("@everyone")[0].rpartition("<td>")[2]
    assert "@" not in text.partition("-->")[0]


def test_lead_time_is_in_the_summary(job: Job, sentry: FakeServers, github: Repository) -> None:
    deployed_before(job, sentry)
    now = job.time.clock().now()
    for hours in (99, 30, 5):
        github.commit(f"feat: {hours}", date=now - timedelta(hours=hours))

    post = announced(job, sentry, "none")

    assert (
        "| Lead time | 4 d 3 h from the oldest commit, 1 d 6 h from the median one |"
        in post.summary
    )


def test_lead_time_is_in_the_json_of_the_deploy_action(
    job: Job, sentry: FakeServers, github: Repository
) -> None:
    deployed_before(job, sentry)
    now = job.time.clock().now()
    github.commit("feat: a", date=now - timedelta(hours=3))
    github.commit("feat: b", date=now - timedelta(hours=1))
    job.environ["GITHUB_SHA"] = github.branches["main"]
    job.main(deploy="false", finalize="false")
    sentry.land_commits()

    deploy = job.play("deploy", notes_dir="notes")

    values = json.loads(deploy.outputs["json"])
    assert (values["lead-time-oldest-s"], values["lead-time-median-s"]) == ("10800", "7200")
    assert "lead-time-oldest-s" not in deploy.outputs


def test_a_first_deploy_has_no_lead_time(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.land_commits()

    assert "Lead time" not in job.post().summary
