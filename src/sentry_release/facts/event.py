"""The event that started the workflow, as JSON -> the few facts of it that matter here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_DEPENDABOT = "dependabot[bot]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    What the payload tells beyond the variables.

    `head` is the commit that was pushed to a pull request's branch: GITHUB_SHA is a merge
    commit there, which no repository integration ever sees. `secretless` is the reason why
    GitHub withholds the workflow's secrets, if it does.
    """

    head: str | None = None
    secretless: str | None = None

    @classmethod
    def from_payload(
        cls, payload: Mapping[str, object], *, repository: str | None, actor: str | None
    ) -> Self:
        """
        Read a payload; whatever is not there or of another shape counts as absent.

        Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
        """
        head = _mapping(_mapping(payload.get("pull_request")).get("head"))
        source = _mapping(head.get("repo")).get("full_name")
        sha = head.get("sha")
        return cls(
            head=sha if isinstance(sha, str) else None,
            secretless=_secretless(head, source, repository=repository, actor=actor),
        )


def _secretless(
    head: Mapping[str, object], source: object, *, repository: str | None, actor: str | None
) -> str | None:
    if actor == _DEPENDABOT:
        return "Dependabot's runs get no secrets of the repository"
    if head and source != repository:  # a deleted fork has no name at all
        return "a pull request from a fork gets no secrets"
    return None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
