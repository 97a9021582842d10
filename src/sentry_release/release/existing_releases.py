"""Releases that exist already: which one came before, and what is kept of one of the same name."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import Enum

from sentry_release.model.commits import SHA_PATTERN, Commit, CommitRange, PreviousRelease, is_sha
from sentry_release.model.release import NewRelease, SentryDeploy, SentryRelease

_SHORT = 7
_COMMIT_PAGE = re.compile(rf"(?P<before>https?://.+/commits?/)(?P<commit>{SHA_PATTERN})")


def filter_other_releases(
    listed: Iterable[SentryRelease], *, name: str, projects: Sequence[str]
) -> tuple[SentryRelease, ...]:
    """Return the other releases of these projects; Sentry lists the whole organization."""
    return tuple(
        existing
        for existing in listed
        if existing.name != name and not set(projects).isdisjoint(existing.projects)
    )


def sort_by_last_deploy(listed: Iterable[SentryRelease]) -> tuple[SentryRelease, ...]:
    """Return the releases with a deploy, the most recently deployed first."""
    dated = [
        (existing.last_deploy.finished, existing)
        for existing in listed
        if existing.last_deploy is not None and existing.last_deploy.finished is not None
    ]
    return tuple(existing for _, existing in sorted(dated, key=lambda pair: pair[0], reverse=True))


def find_last_deploy_date(deploys: Iterable[SentryDeploy], environment: str) -> datetime | None:
    """Return when the latest deploy to the environment finished."""
    finished = [one.finished for one in deploys if one.environment == environment and one.finished]
    return max(finished, default=None)


def filter_earlier_releases(
    listed: Iterable[SentryRelease], own: SentryRelease | None
) -> tuple[SentryRelease, ...]:
    """Return the releases that were created before this one, if it exists; else all."""
    if own is None or own.created_at is None:
        return tuple(listed)
    return tuple(
        existing
        for existing in listed
        if existing.created_at is None or existing.created_at < own.created_at
    )


def to_previous(
    existing: SentryRelease | None,
    *,
    page: str | None = None,
    commit: str | None = None,
    repository: str | None = None,
) -> PreviousRelease:
    """
    Return where the new range starts: at the commit of the release's URL, its ref, or its head.

    The URL is that of the last build, the ref that of the first build with this name. A ref that
    is not a whole sha (a branch, a tag) may point to another commit by now. A release of two
    repositories may have been created from the other one; then its newest commit counts if it is
    of this repository, else Sentry chooses.

    Args:
        existing: The previous release.
        page: The URL of the built commit.
        commit: That commit.
        repository: The name of its repository in Sentry.
    """
    if existing is None:
        return PreviousRelease()
    match parse_commit_url(existing, page, commit):
        case UrlTarget.OTHER_REPOSITORY:
            found = _to_sha(existing.head) if existing.head_repository == repository else None
        case UrlTarget.NO_COMMIT:
            found = _to_sha(existing.ref) or _to_sha(existing.head)
        case last_built:
            found = last_built
    return PreviousRelease(release=existing.name, commit=found)


def _to_sha(text: str | None) -> str | None:
    return text if text is not None and is_sha(text) else None


def is_from_other_commit(new_release: NewRelease, existing: SentryRelease) -> bool:
    """Return whether the release was created from another commit of the same repository."""
    known = existing.ref is not None and new_release.ref is not None
    return (
        known
        and existing.ref != new_release.ref
        and not is_from_other_repository(new_release, existing)
    )


def is_from_other_repository(new_release: NewRelease, existing: SentryRelease) -> bool:
    """Return whether the URL of the release is that of a commit of another repository."""
    return (
        parse_commit_url(existing, new_release.url, new_release.ref) is UrlTarget.OTHER_REPOSITORY
    )


class UrlTarget(Enum):
    """The target of a URL that is not a commit of the run's repository."""

    OTHER_REPOSITORY = "other repository"
    NO_COMMIT = "no commit"


def parse_commit_url(
    existing: SentryRelease, page: str | None, commit: str | None
) -> str | UrlTarget:
    """
    Return the commit whose page is the URL of a release.

    It is the newest commit that the release was built from, and `ref` the first: for an existing
    release, only the URL is changed.

    Args:
        existing: The release.
        page: The URL of a commit in the repository of the run; None if it has none.
        commit: That commit.
    """
    found = _COMMIT_PAGE.fullmatch(existing.url or "")
    if page is None or commit is None or found is None:
        return UrlTarget.NO_COMMIT
    if found["before"] != page.removesuffix(commit):
        return UrlTarget.OTHER_REPOSITORY
    return found["commit"]


def is_shared(new_release: NewRelease, existing: SentryRelease, *, sent: Collection[str]) -> bool:
    """Return whether a release that was just created or found may have commits of others."""
    if not existing.commit_count:
        return False
    of_other = existing.head_repository is not None and existing.head_repository not in sent
    has_more = not set(existing.projects) <= set(new_release.projects)
    return of_other or has_more or is_from_other_repository(new_release, existing)


def describe_other_commit(
    new_release: NewRelease, existing: SentryRelease, *, on_actions: bool
) -> str:
    """Return the notice for a release that is built again from another commit."""
    number = "${{ github.run_number }}" if on_actions else "the number of the build"
    return (
        f"{new_release.name} exists already, from commit {_shorten(existing.ref)}; "
        f"this build is from {_shorten(new_release.ref)}.\n"
        "Sentry cannot tell the two builds apart: both report the same release.\n"
        "Give each build its own name: increase the version, or set "
        f"`build-number: {number}` here and the same `--build-number` for the build."
    )


def list_commits_to_keep(commits: Iterable[Commit], *, sent: Collection[str]) -> tuple[Commit, ...]:
    """Return the commits of repositories that are not among the `sent` ones, in the same order."""
    return tuple(one for one in commits if one.repository and one.repository not in sent)


def list_ranges_to_keep(
    existing: SentryRelease, commits: Iterable[Commit]
) -> tuple[CommitRange, ...]:
    """
    Return a range for each repository of these commits, so that Sentry fetches them again.

    A range ends at the commit the release was created from, if its URL is in that repository,
    else at the newest commit. It starts by Sentry's own rule: at the head that the previous
    release has in that repository.

    Args:
        existing: The release.
        commits: Newest first.
    """
    heads: dict[str, str] = {}
    for one in commits:
        created = _find_source_commit(existing, one.repository or "")
        heads.setdefault(one.repository or "", created or one.sha)
    return tuple(
        CommitRange(repository=name, source=name, head=head) for name, head in heads.items()
    )


def _find_source_commit(existing: SentryRelease, repository: str) -> str | None:
    page = f"/{repository}/commit/{existing.ref}"
    return _to_sha(existing.ref) if (existing.url or "").endswith(page) else None


def _shorten(sha: str | None) -> str:
    return (sha or "unknown")[:_SHORT]
