"""What the stand-in remembers of Sentry: releases, deploys, commits, environments, mails."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock

from standin.git import Repository


class ServerError(Exception):
    """Sentry itself would answer 500 here; what was done before stays done."""


class CommitsBusy(Exception):  # noqa: N818 - a state of the release, not a defect
    """Another request is setting the commits of this release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project of the organization."""

    id: int
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, its scopes, and the address of its user (an organization token has none)."""

    text: str = field(repr=False)
    scopes: frozenset[str]
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that Sentry sent."""

    recipient: str
    subject: str


@dataclass(slots=True, kw_only=True)
class LandedCommit:
    """A commit as Sentry has it; one that only a ref named has neither message nor author."""

    id: str
    repository: str
    date: datetime
    message: str | None = None
    author_name: str | None = None
    author_email: str | None = None
    files: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Deploy:
    """A deploy of a release."""

    id: int
    environment: str
    name: str | None
    url: str | None
    started: datetime | None
    finished: datetime
    notified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The sessions of a release; without an environment they count in every one."""

    sessions: int
    crashed: int
    users: int
    crashed_users: int
    environment: str | None = None


@dataclass(slots=True, kw_only=True)
class Release:
    """A release; `heads` holds the head commit it has in each repository."""

    id: int
    version: str
    ref: str | None
    url: str | None
    released: datetime | None
    created: datetime
    status: str = "open"
    user_agent: str = ""
    projects: list[Project] = field(default_factory=list)
    commits: list[LandedCommit] = field(default_factory=list)
    commit_count: int = 0
    heads: dict[str, str] = field(default_factory=dict)
    deploys: list[Deploy] = field(default_factory=list)
    environments: dict[str, set[int]] = field(default_factory=dict)
    refuse_commits: int = 0
    new_groups: int = 0

    @property
    def slugs(self) -> list[str]:
        """The slugs of its projects."""
        return [project.slug for project in self.projects]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """From where to where the commits of one repository go."""

    repository: str
    commit: str
    previous: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Commits to be fetched from GitHub at `due` (monotonic seconds)."""

    due: float
    release: Release
    refs: tuple[Ref, ...]
    previous: Release | None
    user: str | None


@dataclass(slots=True, kw_only=True)
class Store:
    """All state of one stand-in; hold `lock` while reading or changing it."""

    organization: str
    projects: tuple[Project, ...]
    members: tuple[str, ...]
    repositories: dict[str, Repository]
    fetch_delay: float
    url: str = ""
    tokens: tuple[Token, ...] = ()
    known_repositories: list[str] = field(default_factory=list)
    releases: dict[str, Release] = field(default_factory=dict)
    environments: set[str] = field(default_factory=set)
    commits: dict[tuple[str, str], LandedCommit] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    pending: list[Fetch] = field(default_factory=list)
    deploy_count: int = 0
    counts: dict[str, Counts] = field(default_factory=dict)
    thresholds: dict[str, list[dict[str, object]]] | None = None
    lock: RLock = field(default_factory=RLock)

    def project(self, slug: object) -> Project | None:
        """→ the project of that slug, if there is one."""
        return next((p for p in self.projects if p.slug == slug), None)


def now() -> datetime:
    """→ the time, in UTC."""
    return datetime.now(UTC)
