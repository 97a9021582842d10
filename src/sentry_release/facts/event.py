"""The event that started the workflow, as JSON -> the few facts of it that matter here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from sentry_release.facts.resolving import issues_in

_DEPENDABOT = "dependabot[bot]"
_ON_MERGE_COMMIT = {"pull_request", "pull_request_review", "pull_request_review_comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    What the payload tells beyond the variables.

    `head` is the commit that was pushed to an open pull request's branch: GITHUB_SHA is a merge
    commit there, which no repository integration ever sees. `secretless` is the reason why
    GitHub withholds the workflow's secrets, if it does. `resolves` is whether a message of the
    push names an issue for Sentry to resolve.
    """

    head: str | None = None
    secretless: str | None = None
    resolves: bool = False

    @classmethod
    def from_payload(
        cls,
        payload: Mapping[str, object],
        *,
        name: str | None,
        repository: str | None,
        actor: str | None,
    ) -> Self:
        """
        Read a payload; whatever is not there or of another shape counts as absent.

        `pull_request` and the events of its reviews run on the merge commit, and without secrets
        where they come from a fork: `pull_request_target` runs on the base branch, with them.
        Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
        """
        request = _mapping(payload.get("pull_request"))
        head = _mapping(request.get("head"))
        sha = head.get("sha")
        on_merge_commit = name in _ON_MERGE_COMMIT and request.get("merged") is not True
        return cls(
            head=sha if isinstance(sha, str) and on_merge_commit else None,
            secretless=_secretless(head, name, repository=repository, actor=actor),
            resolves=any(issues_in(message) for message in _messages(payload)),
        )


def _secretless(
    head: Mapping[str, object], name: str | None, *, repository: str | None, actor: str | None
) -> str | None:
    if actor == _DEPENDABOT:
        return "Dependabot's runs get no secrets of the repository"
    source = _mapping(head.get("repo")).get("full_name")
    if head and source != repository and name != "pull_request_target":
        return "a pull request from a fork gets no secrets"  # a deleted fork has no name at all
    return None


def _messages(payload: Mapping[str, object]) -> Iterator[str]:
    """What the commits of a push say. Source: GitHub's push event."""
    commits = payload.get("commits")
    for commit in [*(commits if isinstance(commits, list) else ()), payload.get("head_commit")]:
        message = _mapping(commit).get("message")
        if isinstance(message, str):
            yield message


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
