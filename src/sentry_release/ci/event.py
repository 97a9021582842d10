"""Parse the JSON event that started the workflow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sentry_release.model.event_kind import EventKind

_DEPENDABOT = "dependabot[bot]"
_ON_MERGE_COMMIT = {"pull_request", "pull_request_review", "pull_request_review_comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    What the payload tells beyond the variables.

    `head` is the commit that was pushed to an open pull request's branch: GITHUB_SHA is a merge
    commit there, which no repository integration ever sees. `no_secrets_reason` is the reason why
    GitHub withholds the workflow's secrets, if it does. `kind` decides what the run may change.
    """

    head: str | None = None
    no_secrets_reason: str | None = None
    kind: EventKind = EventKind.OWN

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
        request = _as_mapping(payload.get("pull_request"))
        head = _as_mapping(request.get("head"))
        sha = head.get("sha")
        on_merge_commit = name in _ON_MERGE_COMMIT and request.get("merged") is not True
        return cls(
            head=sha if isinstance(sha, str) and on_merge_commit else None,
            no_secrets_reason=_explain_missing_secrets(
                head, name, repository=repository, actor=actor
            ),
            kind=_kind(payload, name, repository=repository, actor=actor),
        )


def _kind(
    payload: Mapping[str, object], name: str | None, *, repository: str | None, actor: str | None
) -> EventKind:
    """
    The kind of an event.

    A pull request that was merged runs on its base branch, as a push to it does.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
    """
    request = _as_mapping(payload.get("pull_request"))
    run = _as_mapping(payload.get("workflow_run"))
    if _explain_missing_secrets(
        _as_mapping(request.get("head")), name, repository=repository, actor=actor
    ):
        return EventKind.FORK
    if name == "workflow_run" and _repository_of(run, "head_repository") != repository:
        return EventKind.FORK_WITH_SECRETS
    if name == "pull_request_target" and _is_from_fork(request, repository):
        return EventKind.FORK_WITH_SECRETS
    if name == "merge_group" or (request and request.get("merged") is not True):
        return EventKind.TRIAL
    return EventKind.OWN


def _is_from_fork(request: Mapping[str, object], repository: str | None) -> bool:
    """Whether a pull request comes from another repository; a deleted fork has no name."""
    return _repository_of(_as_mapping(request.get("head")), "repo") != repository


def _repository_of(source: Mapping[str, object], key: str) -> object:
    return _as_mapping(source.get(key)).get("full_name")


def _explain_missing_secrets(
    head: Mapping[str, object], name: str | None, *, repository: str | None, actor: str | None
) -> str | None:
    if actor == _DEPENDABOT:
        return "Dependabot's runs get no secrets of the repository"
    source = _as_mapping(head.get("repo")).get("full_name")
    if head and source != repository and name != "pull_request_target":
        return "a pull request from a fork gets no secrets"  # a deleted fork has no name at all
    return None


def _as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
