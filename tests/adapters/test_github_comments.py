"""Claims about comments and pull requests as GitHub's API describes them, through PyGithub."""

from datetime import UTC, datetime

import pytest

from fake_sentry import FakeServers, Repository, Status
from job import Time
from sentry_release.adapters.github.github_client import GitHubClient
from sentry_release.adapters.github.pull_requests import GitHubComments
from sentry_release.clock import Deadline
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import Discussion, IssueComment

# What GitHub's OpenAPI description requires of `issue-comment` and of its `simple-user`.
COMMENT = {
    "id", "node_id", "url", "html_url", "issue_url", "user", "created_at", "updated_at",
    "author_association",
}  # fmt: skip
USER = {
    "avatar_url", "events_url", "followers_url", "following_url", "gists_url", "gravatar_id",
    "html_url", "id", "node_id", "login", "organizations_url", "received_events_url", "repos_url",
    "site_admin", "starred_url", "subscriptions_url", "type", "url",
}  # fmt: skip


@pytest.fixture
def repository() -> Repository:
    made = Repository()
    made.commit("feat: first")
    made.pull_request(7, made.branches["main"], closes=(3,))
    return made


@pytest.fixture
def comments(github: FakeServers) -> GitHubComments:
    return GitHubComments(
        client=GitHubClient(
            api_url=github.github_url,
            token=github.github_token,
            name="acme/app",
            log_debug=lambda _: None,
            log_line=lambda _: None,
            deadline=Deadline(clock=Time().clock(), at=60),
        )
    )


def found(comments: GitHubComments, *shas: str, enough: int = 100) -> list[int]:
    listed = comments.find_discussions(shas, pull_requests=True, issues=True, enough=enough)
    return [one.number for one in listed]


def test_a_comment_has_everything_that_github_documents(
    comments: GitHubComments, github: FakeServers
) -> None:
    made = comments.create(7, "text")

    raw = comments.client.repository.get_issue(7).get_comment(made.id).raw_data
    assert raw.keys() >= COMMENT
    assert raw["user"].keys() >= USER
    assert made == IssueComment(
        id=made.id,
        number=7,
        body="text",
        is_trusted=True,
        updated_at=datetime.fromisoformat(raw["updated_at"]),
    )
    assert github.repository.comments_on(7) == ["text"]


def test_a_comment_is_edited_and_deleted(comments: GitHubComments, repository: Repository) -> None:
    made = comments.create(3, "text")

    edited = comments.edit(made, "new")

    assert (edited.id, edited.body) == (made.id, "new")
    assert comments.list_of(3) == (edited,)
    comments.delete(edited)
    assert repository.comments == []


def test_all_pages_are_read_in_one_request_each(
    comments: GitHubComments, github: FakeServers, repository: Repository
) -> None:
    for number in range(250):
        repository.comment(7, f"{number}")

    listed = comments.list_of(7)

    assert [one.body for one in listed] == [f"{number}" for number in range(250)]
    assert len(github.ledger.entries) == 3


def test_the_comments_since_a_time_are_those_of_all_discussions(
    comments: GitHubComments, repository: Repository
) -> None:
    old = repository.comment(7, "old")
    old.updated = datetime(2026, 1, 1, tzinfo=UTC)
    repository.comment(3, "new")

    since = comments.list_since(datetime(2026, 1, 2, tzinfo=UTC))

    assert [(one.number, one.body) for one in since] == [(3, "new")]


@pytest.mark.parametrize(
    ("author", "association", "expected"),
    [
        ("github-actions[bot]", "NONE", True),
        ("dev", "MEMBER", True),
        ("dev", "OWNER", True),
        ("dev", "COLLABORATOR", True),
        ("mallory", "CONTRIBUTOR", False),
        ("mallory", "FIRST_TIME_CONTRIBUTOR", False),
        ("mallory", "NONE", False),
    ],
)
def test_apps_and_members_are_trusted(
    comments: GitHubComments,
    repository: Repository,
    author: str,
    association: str,
    *,
    expected: bool,
) -> None:
    repository.comment(7, "text", author=author, association=association)

    [one] = comments.list_of(7)

    assert one.is_trusted is expected


def test_the_comment_of_a_deleted_account_is_not_trusted(
    comments: GitHubComments, github: FakeServers
) -> None:
    body = {
        "id": 1, "body": None, "user": None, "author_association": "NONE",
        "issue_url": "https://a/7", "updated_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    github.fail("GET", "/github/repos/acme/app/issues/7/comments", Status(status=200, body=[body]))

    [one] = comments.list_of(7)

    assert (one.body, one.is_trusted) == ("", False)


@pytest.mark.parametrize("body", ["<html>", {}, [{}], [None], [{"id": "x"}], 7])
def test_an_answer_of_another_shape_is_an_outage(
    comments: GitHubComments, github: FakeServers, body: object
) -> None:
    github.fail("*", "/github/**", Status(status=200, body=body), times=None)

    with pytest.raises(ServiceUnavailableError):
        comments.create(7, "text")
    with pytest.raises(ServiceUnavailableError):
        found(comments, "a" * 40)


def test_pull_requests_are_followed_by_the_issues_that_they_close(
    comments: GitHubComments, repository: Repository
) -> None:
    listed = comments.find_discussions(
        (repository.branches["main"],), pull_requests=True, issues=True, enough=9
    )

    assert listed == (
        Discussion(number=7, is_pull_request=True),
        Discussion(number=3, is_pull_request=False),
    )


def test_fifty_commits_are_one_query_and_enough_is_enough(
    comments: GitHubComments, github: FakeServers, repository: Repository
) -> None:
    shas = [repository.commit(f"feat: {number}").sha for number in range(120)]
    for number, sha in enumerate(shas):
        repository.pull_request(100 + number, sha)

    every = found(comments, *shas)
    assert every == list(range(100, 220))
    assert len(github.ledger.entries) == 3
    github.ledger.clear()

    assert len(found(comments, *shas, enough=20)) == 50
    assert len(github.ledger.entries) == 1


def test_a_commit_that_github_does_not_have_is_skipped(
    comments: GitHubComments, repository: Repository
) -> None:
    assert found(comments, "f" * 40, repository.branches["main"]) == [7, 3]


def test_a_sha_of_another_shape_reaches_no_query(
    comments: GitHubComments, github: FakeServers
) -> None:
    assert found(comments, '") { oid } } evil: repository(owner: "x', "main") == []
    assert github.ledger.entries == ()


def test_an_error_of_graphql_is_a_refusal_with_its_words(
    comments: GitHubComments, github: FakeServers
) -> None:
    errors = [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]
    answer = Status(status=200, body={"data": None, "errors": errors})
    github.fail("POST", "/github/graphql", answer)

    with pytest.raises(ApiError) as refused:
        found(comments, "a" * 40)

    assert "Resource not accessible by integration" in refused.value.reason
