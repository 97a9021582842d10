"""Releases and deploys, on GitHub and in Sentry, and which names Sentry accepts for them."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sentry_release.model.commits import CommitRange, CommitUpload

SUCCESS = "success"
"""State of a deployment, conclusion of a run and status of a job that succeeded."""
SUCCESS_STATES = frozenset({SUCCESS, "inactive"})
"""States of a deployment that succeeded; GitHub calls it inactive once another one follows."""
IN_PROGRESS_STATES = frozenset({"waiting", "queued", "pending", "in_progress"})
FAILED_STATES = frozenset({"error", "failure", "cancelled", "timed_out", "startup_failure"})
"""States of a deployment, and conclusions of a run, that had begun and came to nothing."""
RELEASE_DEFINE = "SENTRY_RELEASE"
DIST_DEFINE = "SENTRY_DIST"
ENVIRONMENT_DEFINE = "SENTRY_ENVIRONMENT"
"""The dart-defines, and variables, by which the SDK and Sentry's tools get these names."""

RELEASE_LIMIT = 200
RESERVED_RELEASES = frozenset({".", "..", "latest"})
ENVIRONMENT_LIMIT = 64
DIST_LIMIT = 64

_NAMED_CHARACTERS = {
    "/": "a slash",
    "\\": "a backslash",
    "\n": "a line break",
    "\r": "a carriage return",
    "\t": "a tab",
    "\0": "a null character",
    " ": "a space",
}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")
_NOT_IN_DIST = re.compile(r"[^a-zA-Z0-9_.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    A deployment on GitHub.

    `state` is that of its newest status, in GitHub's word. `page` is the log of the job that
    created it, `url` the environment's own URL, `started` when it was created. `ref` is the
    branch, tag, sha or `refs/pull/…` that was deployed, `is_production` whether GitHub marks the
    environment as production.
    """

    id: int
    environment: str
    state: str
    page: str | None = None
    url: str | None = None
    started: datetime | None = None
    ref: str | None = None
    is_production: bool


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
class NewRelease:
    """
    All that the request to create a release contains.

    `refs` are the ranges that Sentry should fetch; with a `commit_upload` it fetches nothing.
    """

    name: str
    projects: tuple[str, ...]
    url: str | None = None
    ref: str | None = None
    refs: tuple[CommitRange, ...] = ()
    commit_upload: CommitUpload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """
    One deploy of a release.

    `environment`, `name` and `url` together are its identity, and also the start time if
    neither name nor url identifies the run (`is_run_known` is false).
    """

    environment: str
    name: str | None
    url: str | None
    started: datetime | None
    finished: datetime
    projects: tuple[str, ...] = ()
    is_run_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryDeploy:
    """A deploy as Sentry lists it."""

    id: str | None
    environment: str
    name: str | None
    url: str | None
    started: datetime | None
    finished: datetime | None

    def matches(self, deploy: Deploy) -> bool:
        """Return whether this entry of Sentry is the deploy, even if it was requested twice."""
        same = (deploy.environment, deploy.name, deploy.url)
        return (self.environment, self.name, self.url) == same and (
            deploy.is_run_known or self.started == deploy.started
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedDeploy:
    """The deploy in Sentry; `existed` is whether it had been created before."""

    deploy: SentryDeploy
    existed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryRelease:
    """
    A release as Sentry describes it.

    Attributes:
        ref: The commit that it was created from; it never changes.
        url: The page of the commit that it was built from last.
        head: The sha of the newest of its commits.
        head_repository: The repository of that commit, by its name in Sentry.
        unlinked_repository: The same name, if no integration serves the repository: Sentry then
            accepts ranges of it, and never fetches them.
        is_new: Whether this request created it.
        unknown_authors: The authors whose email addresses belong to no member.
    """

    name: str
    ref: str | None
    url: str | None
    released_at: datetime | None
    created_at: datetime | None
    commit_count: int
    head: str | None
    authors: tuple[str, ...]
    deploy_count: int
    last_deploy: SentryDeploy | None
    projects: tuple[str, ...]
    head_repository: str | None = None
    unlinked_repository: str | None = None
    is_new: bool = False
    unknown_authors: tuple[str, ...] = ()

    def was_last_deployed_by(self, deploy: Deploy) -> bool:
        """Return whether the last deploy of the release is this one."""
        return self.last_deploy is not None and self.last_deploy.matches(deploy)

    @classmethod
    def unknown(cls, name: str) -> "SentryRelease":
        """Return a release of which only the name is known."""
        return cls(
            name=name,
            ref=None,
            url=None,
            released_at=None,
            created_at=None,
            commit_count=0,
            head=None,
            authors=(),
            deploy_count=0,
            last_deploy=None,
            projects=(),
        )


def find_release_name_error(name: str) -> str | None:
    """
    Return what is wrong with a release name, as the end of a sentence; None when it is fine.

    >>> find_release_name_error("shop@1.4.0+27")
    >>> find_release_name_error("shop/1.4.0")
    "has a slash ('/') as character 5"
    >>> find_release_name_error("latest")
    'is a word that Sentry keeps for itself'
    """
    return _find_name_error(name, limit=RELEASE_LIMIT, reserved=RESERVED_RELEASES)


def find_environment_name_error(name: str) -> str | None:
    """Return what is wrong with the name of an environment; None when it is fine."""
    return _find_name_error(name, limit=ENVIRONMENT_LIMIT, reserved=frozenset({".", "..", "none"}))


def find_dist_name_error(name: str) -> str | None:
    """Return what is wrong with a dist: at most 64 of the characters A-Z a-z 0-9 _ . -"""
    if found := _NOT_IN_DIST.search(name):
        return f"has {_describe_character(found[0])} as character {found.start() + 1}"
    return _find_name_error(name, limit=DIST_LIMIT, reserved=frozenset())


def _find_name_error(name: str, *, limit: int, reserved: frozenset[str]) -> str | None:
    if not name.strip():
        return "is empty"
    if found := _FORBIDDEN.search(name):
        return f"has {_describe_character(found[0])} as character {found.start() + 1}"
    if name != name.strip():
        return "begins or ends with a space"
    if name.lower() in reserved:
        return "is a word that Sentry keeps for itself"
    return _find_length_error(name, limit)


def _find_length_error(name: str, limit: int) -> str | None:
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        return f"is not valid Unicode at character {error.start + 1}"
    if len(name) > limit:
        return f"has {len(name)} characters, and Sentry takes at most {limit}"
    if size > limit:
        return f"takes {size} bytes in UTF-8, and Sentry takes at most {limit}"
    return None


def _describe_character(character: str) -> str:
    # repr, so that no control character reaches a terminal or a log.
    return f"{_NAMED_CHARACTERS.get(character, 'the character')} ({character!r})"


def build_release_url(url: str, organization: str, release: str) -> str:
    """Return the URL of the release in Sentry."""
    return f"{url}/organizations/{quote(organization, safe='')}/releases/{quote(release, safe='')}/"


def build_issue_url(url: str, organization: str, issue: str) -> str:
    """Return the URL of an issue in Sentry by its short id."""
    return (
        f"{url}/organizations/{quote(organization, safe='')}/issues/?query={quote(issue, safe='')}"
    )
