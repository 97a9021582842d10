"""Commits, their ranges, and the comments that announce them."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SHA_PATTERN = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
"""The pattern of a whole sha: SHA-1 or SHA-256, in small letters."""


def is_sha(text: str) -> bool:
    """Return whether a text is the whole sha of a commit."""
    return re.fullmatch(SHA_PATTERN, text) is not None


class FileStatus(StrEnum):
    """What happened to a file, in Sentry's letters; a rename is a removal and an addition."""

    ADDED = "A"
    MODIFIED = "M"
    REMOVED = "D"


class CommitSource(StrEnum):
    """How the commits come to Sentry."""

    INTEGRATION = "integration"
    GITHUB = "github"
    KEPT = "kept"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file of a commit."""

    path: str
    status: FileStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """
    One commit; `repository` is its name in Sentry, if it is not that of the whole list.

    `is_linked` is whether an integration serves that repository, so that Sentry can fetch it.
    """

    sha: str
    message: str
    author_name: str | None
    author_email: str | None
    created_at: datetime
    files: tuple[FileChange, ...]
    repository: str | None = None
    is_linked: bool = True


class RangeRelation(StrEnum):
    """
    How the end of a range stands to its beginning.

    GONE: the beginning is no longer in the repository. UNRELATED: the two share no history.
    FIRST: there is no beginning.
    """

    AHEAD = "ahead"
    BEHIND = "behind"
    IDENTICAL = "identical"
    DIVERGED = "diverged"
    GONE = "gone"
    UNRELATED = "unrelated"
    FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitHistory:
    """The commits of a range, the newest first; `total` counts those that were cut off, too."""

    commits: tuple[Commit, ...]
    relation: RangeRelation
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRange:
    """
    The commits of a release: after `previous`, up to and with `head`.

    `repository` is the name Sentry knows it by, `source` its owner/name on GitHub.
    Without `previous` Sentry guesses where the range begins.
    """

    repository: str
    source: str
    head: str
    previous: str | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing new, since both ends are the same commit."""
        return self.previous == self.head


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltCommit:
    """
    The commit that is built, in `repository` (owner/name).

    `why` is why it is this one, if it is not the commit of the run; `notice` is a sentence for
    the user if the checkout had another HEAD, which was passed over.
    """

    sha: str | None
    repository: str | None
    why: str | None = None
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitUpload:
    """Commits to upload, and the name of their repository in Sentry."""

    repository: str
    commits: tuple[Commit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRelease:
    """The previous release, its commit, or both."""

    release: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitTimes:
    """When the oldest commit of a range was made, and the median one."""

    oldest: datetime
    median: datetime


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
