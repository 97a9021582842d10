"""
GitHub's GraphQL endpoint: the part of its schema that the action uses, executed by graphql-core.

A query with a field that GitHub does not document is an error here as well.
Source: https://docs.github.com/en/graphql/reference
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from fake_sentry.git import PullRequest, Repository
from fake_sentry.wire import Answer, Query

if TYPE_CHECKING:
    from graphql import GraphQLSchema

_SCHEMA = """
scalar GitObjectID
interface GitObject { oid: GitObjectID! }
type Query { repository(owner: String!, name: String!, followRenames: Boolean = true): Repository }
type Repository {
  nameWithOwner: String!
  object(expression: String, oid: GitObjectID): GitObject
}
type Commit implements GitObject {
  oid: GitObjectID!
  associatedPullRequests(
    after: String, before: String, first: Int, last: Int
  ): PullRequestConnection
}
type PullRequestConnection { nodes: [PullRequest] totalCount: Int! }
type PullRequest {
  number: Int!
  merged: Boolean!
  baseRepository: Repository
  closingIssuesReferences(
    after: String, before: String, first: Int, last: Int, userLinkedOnly: Boolean = false
  ): IssueConnection
}
type IssueConnection { nodes: [Issue] totalCount: Int! }
type Issue { number: Int! repository: Repository! }
"""
_MAX_FIRST = 100  # of a connection


def execute_query(repositories: Mapping[str, Repository], query: Query) -> Answer:
    """Return the response to a query about the repositories."""
    from graphql import graphql_sync

    if query.method != "POST":
        return Answer(status=404, body={"message": "Not Found"})
    sent = json.loads(query.body)
    result = graphql_sync(
        _schema(),
        sent["query"],
        root_value={"repository": _Root(repositories).repository},
        variable_values=sent.get("variables"),
    )
    body: dict[str, object] = {"data": result.data}
    if result.errors:
        body["errors"] = [
            {
                "type": (error.extensions or {}).get("type", "undefinedField"),
                "path": error.path,
                "message": error.message,
            }
            for error in result.errors
        ]
    return Answer(body=body)


@cache
def _schema() -> "GraphQLSchema":
    from graphql import build_schema

    return build_schema(_SCHEMA)


class _Root:
    """The fields of a query."""

    def __init__(self, repositories: Mapping[str, Repository]) -> None:
        self._repositories = repositories

    def repository(self, _info: object, owner: str, name: str, **_: object) -> dict[str, Any]:
        """Return the fields of a repository."""
        from graphql import GraphQLError

        found = self._repositories.get(f"{owner}/{name}")
        if found is None:
            raise GraphQLError(
                f"Could not resolve to a Repository with the name '{owner}/{name}'.",
                extensions={"type": "NOT_FOUND"},
            )

        def find_object(_info: object, oid: str) -> dict[str, Any] | None:
            return _commit_fields(found, oid) if oid in found.commits else None

        return {"nameWithOwner": found.name, "object": find_object}


def _commit_fields(repository: Repository, oid: str) -> dict[str, Any]:
    found = [one for one in repository.pull_requests.values() if oid in one.shas]

    def list_requests(_info: object, first: int) -> dict[str, Any]:
        return _connect([_request_fields(one) for one in found], first)

    return {"__typename": "Commit", "oid": oid, "associatedPullRequests": list_requests}


def _request_fields(request: PullRequest) -> dict[str, Any]:
    def list_issues(_info: object, first: int, **_: object) -> dict[str, Any]:
        return _connect([_issue_fields(one) for one in request.closes], first)

    return {
        "number": request.number,
        "merged": request.is_merged,
        "baseRepository": {"nameWithOwner": request.base},
        "closingIssuesReferences": list_issues,
    }


def _issue_fields(reference: str) -> dict[str, Any]:
    repository, _, number = reference.partition("#")
    return {"number": int(number), "repository": {"nameWithOwner": repository}}


def _connect(nodes: list[dict[str, Any]], first: int) -> dict[str, Any]:
    from graphql import GraphQLError

    if not 1 <= first <= _MAX_FIRST:
        raise GraphQLError(
            f"Requesting {first} records on a connection exceeds the `first` limit of 100 records.",
            extensions={"type": "EXCESSIVE_PAGINATION"},
        )
    return {"nodes": nodes[:first], "totalCount": len(nodes)}
