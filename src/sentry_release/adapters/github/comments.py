"""Comments on pull requests and issues of one repository."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from sentry_release.adapters.github.github_client import GitHubClient, translate_errors
from sentry_release.adapters.github.pull_requests import find_discussions
from sentry_release.model.announcement import Discussion, IssueComment

if TYPE_CHECKING:
    from github.IssueComment import IssueComment as GithubComment
    from github.Repository import Repository

T = TypeVar("T")
_TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubComments:
    """
    Requests about comments; each raises ApiError if GitHub refuses it.

    Each raises ServiceUnavailableError if GitHub is unreachable; a write is then never repeated,
    as it may have taken effect.

    Source: https://docs.github.com/en/rest/issues/comments
    """

    client: GitHubClient

    def find_discussions(
        self, shas: tuple[str, ...], *, pull_requests: bool, issues: bool, enough: int
    ) -> tuple[Discussion, ...]:
        """Return the pull requests of the commits with their issues, see pull_requests."""
        return self.client.call(
            lambda client: find_discussions(
                client, shas, pull_requests=pull_requests, issues=issues, enough=enough
            )
        )

    def list_of(self, number: int) -> tuple[IssueComment, ...]:
        """Return all comments on a pull request or issue."""
        doing = f"list the comments on #{number}"
        return self._call(doing, lambda found: _convert(found.get_issue(number).get_comments()))

    def list_since(self, since: datetime) -> tuple[IssueComment, ...]:
        """Return the comments on all pull requests and issues that changed since a time."""
        return self._call(
            "list the newest comments",
            lambda found: _convert(found.get_issues_comments(since=since)),
        )

    def create(self, number: int, body: str) -> IssueComment:
        """Create a comment, and return it."""
        return self._call(
            f"comment on #{number}",
            lambda found: _to_comment(found.get_issue(number).create_comment(body)),
        )

    def edit(self, comment: IssueComment, body: str) -> IssueComment:
        """Replace the text of a comment, and return the comment."""

        def edit(repository: "Repository") -> IssueComment:
            found = repository.get_issue(comment.number).get_comment(comment.id)
            found.edit(body)
            return _to_comment(found)

        return self._call(f"edit a comment on #{comment.number}", edit)

    def delete(self, comment: IssueComment) -> None:
        """Delete a comment."""
        self._call(
            f"delete a comment on #{comment.number}",
            lambda found: found.get_issue(comment.number).get_comment(comment.id).delete(),
        )

    def _call(self, doing: str, query: "Callable[[Repository], T]") -> T:
        def run(client: GitHubClient) -> T:
            with translate_errors(doing):
                return query(client.get_repository)

        return self.client.call(run)


def _convert(comments: "Iterable[GithubComment]") -> tuple[IssueComment, ...]:
    return tuple(map(_to_comment, comments))


def _to_comment(found: "GithubComment") -> IssueComment:
    """
    Return a comment; its author is trusted if GitHub says that it is an app or a member.

    Source: https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
    """
    author, time = found.user, found.updated_at
    is_app = author is not None and author.type == "Bot"
    return IssueComment(
        id=found.id,
        number=int(found.issue_url.rpartition("/")[2]),
        body=found.body or "",
        is_trusted=is_app or found.author_association in _TRUSTED,
        updated_at=time if time.tzinfo else time.replace(tzinfo=UTC),
    )
