"""The pull requests that brought commits into a repository, and the issues that they close."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sentry_release.adapters.github.github_client import GitHubClient, translate_errors
from sentry_release.model.announcement import Discussion

_BATCH_SIZE = 50  # commits of one query
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
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
    valid = [sha for sha in shas if _SHA.fullmatch(sha)]
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
    requester = client.get_repository.requester
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
