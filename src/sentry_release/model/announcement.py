"""The nouns of announcements: pull requests and issues, the comments on them, and their rows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussion:
    """A pull request or an issue of the repository, by its number."""

    number: int
    is_pull_request: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueComment:
    """
    A comment on the pull request or issue `number`.

    `is_trusted` is whether its author is an app or a member of the repository, so that an
    outsider cannot pass a comment off as one of this action. `updated_at` is by GitHub's clock.
    """

    id: int
    number: int
    body: str
    is_trusted: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedRelease:
    """One row of an announcement: a release, the environment, and when it was deployed there."""

    release: str
    environment: str
    deployed_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """Return the package and the environment: a change reaches each pair of them once."""
        return self.release.rpartition("@")[0] or self.release, self.environment


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPlan:
    """A comment to write with these rows: a new one, or another text of `comment`."""

    rows: tuple[DeployedRelease, ...]
    comment: IssueComment | None = None
