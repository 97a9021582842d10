"""The nouns of a release: its name, its opening, and what Sentry says of it."""

from dataclasses import dataclass
from datetime import datetime

from sentry_release.words.commits import CommitRange, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """
    One release as the app, the build and Sentry know it.

    `name` is the whole text, by default package@version+build.
    `dist` is the distribution, by default the build number.
    """

    name: str
    package: str | None = None
    version: str | None = None
    build: str | None = None
    dist: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """
    All that one request needs to open a release.

    `refs` are the ranges that Sentry shall fetch; with a `payload` it fetches nothing.
    """

    name: str
    projects: tuple[str, ...]
    url: str | None = None
    ref: str | None = None
    refs: tuple[CommitRange, ...] = ()
    payload: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """
    One deploy of a release.

    `environment`, `name` and `url` together are its identity; where neither name nor url
    speaks of the run (`tells_run`), so is the moment it started.
    """

    environment: str
    name: str | None
    url: str | None
    started: datetime | None
    finished: datetime
    projects: tuple[str, ...] = ()
    tells_run: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDeploy:
    """A deploy as Sentry lists it."""

    id: str | None
    environment: str
    name: str | None
    url: str | None
    started: datetime | None
    finished: datetime | None

    def is_of(self, deploy: Deploy) -> bool:
        """Whether Sentry's entry is this very deploy, however often it was asked for."""
        same = (deploy.environment, deploy.name, deploy.url)
        return (self.environment, self.name, self.url) == same and (
            deploy.tells_run or self.started == deploy.started
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The deploy in Sentry; `already` is whether somebody had created it before."""

    deploy: SeenDeploy
    already: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRelease:
    """
    A release as Sentry describes it.

    `head` is the newest of its commits, and `head_repository` the repository of that; `unlinked_repository` is the name of that commit's
    repository where no integration serves it, so that Sentry accepts ranges of it and never
    fetches them; `created` tells whether our own request made it; `strangers` are the authors
    whose addresses belong to no member.
    """

    name: str
    ref: str | None
    url: str | None
    released: datetime | None
    opened: datetime | None
    commit_count: int
    head: str | None
    authors: tuple[str, ...]
    deploy_count: int
    last_deploy: SeenDeploy | None
    projects: tuple[str, ...]
    head_repository: str | None = None
    unlinked_repository: str | None = None
    created: bool = False
    strangers: tuple[str, ...] = ()

    @classmethod
    def unknown(cls, name: str) -> "SeenRelease":
        """A release of which Sentry could not tell more than that it is there."""
        return cls(
            name=name,
            ref=None,
            url=None,
            released=None,
            opened=None,
            commit_count=0,
            head=None,
            authors=(),
            deploy_count=0,
            last_deploy=None,
            projects=(),
        )
