"""The data of the fake Sentry: releases, deploys, commits, environments, mails."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from fake_sentry.git import Repository

ACCEPT = (
    "debug_files", "release_files", "pdbs", "sources", "bcsymbolmaps", "il2cpp", "portablepdbs",
    "artifact_bundles",
)  # fmt: skip


class ServerError(Exception):
    """Sentry itself would respond 500 here; earlier changes stay."""


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
    app: str


@dataclass(slots=True, kw_only=True)
class StoredCommit:
    """A commit in Sentry; without message and author if only a ref named it."""

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
    """The sessions of a release; without an environment they count in all of them."""

    sessions: int
    crashed: int
    users: int
    crashed_users: int
    unhandled: int = 0
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
    commits: list[StoredCommit] = field(default_factory=list)
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
    """The range of commits of one repository."""

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
class Uploads:
    """
    What was uploaded, and what the server can take.

    `chunks` are those of the organization; `debug_files` and `bundles` are by project;
    `states` are the remembered outcomes of assembling; `busy_polls` is how often a file is reported
    to be `assembling` before its outcome.
    """

    accept: tuple[str, ...] = ACCEPT
    chunk_size: int = 8 * 1024 * 1024
    busy_polls: int = 0
    chunks: dict[str, bytes] = field(default_factory=dict)
    debug_files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    bundles: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    states: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    polls: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def asks_for_chunks(self) -> bool:
        """Whether assembling a bundle reports missing chunks, as newer servers do."""
        return "artifact_bundles_v2" in self.accept


@dataclass(slots=True, kw_only=True)
class Store:
    """
    All data of one fake; hold `lock` while reading or changing it.

    `reports_unhandled` is whether it knows the rate of unhandled sessions, as Sentry 25.10 does;
    the recorded Sentry 23.7.1 does not.
    """

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
    commits: dict[tuple[str, str], StoredCommit] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    pending: list[Fetch] = field(default_factory=list)
    deploy_count: int = 0
    counts: dict[str, Counts] = field(default_factory=dict)
    thresholds: dict[str, list[dict[str, object]]] | None = None
    reports_unhandled: bool = True
    uploads: Uploads = field(default_factory=Uploads)
    lock: RLock = field(default_factory=RLock)

    def project(self, slug: object) -> Project | None:
        """Return the project with that slug, if it exists."""
        return next((p for p in self.projects if p.slug == slug), None)


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)
