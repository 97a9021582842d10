"""Pull requests with the issues that they close, and comments on both, of one repository."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sentry_release.adapters.github.github_client import GitHubClient, to_utc, translate_errors
from sentry_release.model.commits import Discussion, IssueComment, is_sha

if TYPE_CHECKING:
    from github.IssueComment import IssueComment as GithubComment
    from github.Repository import Repository

_BATCH_SIZE = 50  # commits of one query
_QUERY = """query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
%(commits)s
  }
}
fragment Changes on Commit {
  associatedPullRequests(first: 10) {
    nodes {
      number
      merged
      baseRepository { nameWithOwner }
%(issues)s    }
  }
}
"""
_ISSUES = """      closingIssuesReferences(first: 25) {
        nodes { number repository { nameWithOwner } }
      }
"""
T = TypeVar("T")
_TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}


def find_discussions(
    client: GitHubClient, shas: Sequence[str], *, pull_requests: bool, issues: bool, enough: int
) -> tuple[Discussion, ...]:
    """
    Return the merged pull requests of the commits, each followed by the issues that it closes.

    Each is listed once, in the order of the commits; those of other repositories are left out.
    The rest of the commits is not read once there are more than `enough` results. A query reads
    50 commits.

    Args:
        client: Of the repository.
        shas: The commits.
        pull_requests: Whether to return pull requests.
        issues: Whether to read issues, which requires the permission, and return them.
        enough: Number of results.

    Raises:
        ApiError, ServiceUnavailableError: GitHub refused the query, or is unreachable.

    Source: https://docs.github.com/en/graphql/reference/objects#commit
    """
    found: dict[Discussion, None] = {}
    valid = [sha for sha in shas if is_sha(sha)]
    for start in range(0, len(valid), _BATCH_SIZE):
        batch = valid[start : start + _BATCH_SIZE]
        with translate_errors(f"find the pull requests of {client.name}"):
            listed = _query_batch(client, batch, issues=issues)
        wanted = (one for one in listed if (pull_requests if one.is_pull_request else issues))
        found |= dict.fromkeys(wanted)
        if len(found) > enough:
            break
    return tuple(found)


def _query_batch(client: GitHubClient, shas: Sequence[str], *, issues: bool) -> list[Discussion]:
    commits = "\n".join(
        f'    c{index}: object(oid: "{sha}") {{ ...Changes }}' for index, sha in enumerate(shas)
    )
    owner, _, name = client.name.partition("/")
    query = _QUERY % {"commits": commits, "issues": _ISSUES if issues else ""}
    requester = client.repository.requester
    _, answer = requester.graphql_query(query, {"owner": owner, "name": name})
    repository = answer["data"]["repository"]
    return [
        discussion
        for index in range(len(shas))
        for discussion in _parse_commit(repository[f"c{index}"] or {}, client.name)
    ]


def _parse_commit(commit: Mapping[str, Any], repository: str) -> Iterator[Discussion]:
    """Yield what belongs to a commit; an empty object is a commit that GitHub does not have."""
    for request in _list_nodes(commit, "associatedPullRequests"):
        if not request["merged"] or not _is_of(request["baseRepository"], repository):
            continue
        yield Discussion(number=int(request["number"]), is_pull_request=True)
        for issue in _list_nodes(request, "closingIssuesReferences"):
            if _is_of(issue["repository"], repository):
                yield Discussion(number=int(issue["number"]), is_pull_request=False)


def _list_nodes(parent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    nodes = (parent.get(name) or {}).get("nodes") or []
    return [node for node in nodes if node]


def _is_of(found: Mapping[str, Any] | None, repository: str) -> bool:
    """Return whether it is the repository; a deleted one is null."""
    return found is not None and str(found["nameWithOwner"]).casefold() == repository.casefold()


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
                return query(client.repository)

        return self.client.call(run)


def _convert(comments: "Iterable[GithubComment]") -> tuple[IssueComment, ...]:
    return tuple(map(_to_comment, comments))


def _to_comment(found: "GithubComment") -> IssueComment:
    """
    Return a comment; its author is trusted if GitHub says that it is an app or a member.

    Source: https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
    """
    author = found.user
    is_app = author is not None and author.type == "Bot"
    return IssueComment(
        id=found.id,
        number=int(found.issue_url.rpartition("/")[2]),
        body=found.body or "",
        is_trusted=is_app or found.author_association in _TRUSTED,
        updated_at=to_utc(found.updated_at),
    )
