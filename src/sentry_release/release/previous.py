"""Find the previous release among the releases that Sentry lists."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sentry_release.model.commits import PreviousRelease
from sentry_release.model.release import SentryDeploy, SentryRelease
from sentry_release.release.same_name import Elsewhere, commit_of_page


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
    match commit_of_page(existing, page, commit):
        case Elsewhere.OTHER_REPOSITORY:
            found = _to_sha(existing.head) if existing.head_repository == repository else None
        case Elsewhere.NO_COMMIT:
            found = _to_sha(existing.ref) or _to_sha(existing.head)
        case last_built:
            found = last_built
    return PreviousRelease(release=existing.name, commit=found)


def _to_sha(text: str | None) -> str | None:
    if text is None or len(text) not in {40, 64} or not set(text) <= set("0123456789abcdef"):
        return None
    return text
