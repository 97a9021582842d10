"""The releases Sentry lists -> what was in the environment before us."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sentry_release.release.same_name import Elsewhere, commit_of_page
from sentry_release.words.commits import Previous
from sentry_release.words.release import SeenDeploy, SeenRelease


def others(
    listed: Iterable[SeenRelease], *, name: str, projects: Sequence[str]
) -> tuple[SeenRelease, ...]:
    """Those that are not ours, but of one of our projects: Sentry lists the whole organization."""
    return tuple(
        seen for seen in listed if seen.name != name and not set(projects).isdisjoint(seen.projects)
    )


def by_last_deploy(listed: Iterable[SeenRelease]) -> tuple[SeenRelease, ...]:
    """Those that were ever deployed, the one whose last deploy is the newest first."""
    dated = [
        (seen.last_deploy.finished, seen)
        for seen in listed
        if seen.last_deploy is not None and seen.last_deploy.finished is not None
    ]
    return tuple(seen for _, seen in sorted(dated, key=lambda pair: pair[0], reverse=True))


def last_in(deploys: Iterable[SeenDeploy], environment: str) -> datetime | None:
    """When the newest of the deploys to the environment finished."""
    finished = [one.finished for one in deploys if one.environment == environment and one.finished]
    return max(finished, default=None)


def earlier(listed: Iterable[SeenRelease], ours: SeenRelease | None) -> tuple[SeenRelease, ...]:
    """Those that were opened before ours, if ours is there already."""
    if ours is None or ours.opened is None:
        return tuple(listed)
    return tuple(seen for seen in listed if seen.opened is None or seen.opened < ours.opened)


def previous_of(
    seen: SeenRelease | None,
    *,
    page: str | None = None,
    commit: str | None = None,
    repository: str | None = None,
) -> Previous:
    """
    Where the new range begins: at the commit of the release's page, its ref, or its newest commit.

    The page is that of the last build, the ref that of the first one under this name. A ref that
    is no whole sha (a branch, a tag) would mean another commit by now. A release of
    two repositories may have been created from the other one; then its newest commit counts if
    it is of ours, else Sentry knows better.

    Args:
        seen: The release before.
        page: The page of the commit that is built.
        commit: That commit.
        repository: What Sentry calls its repository.
    """
    if seen is None:
        return Previous()
    match commit_of_page(seen, page, commit):
        case Elsewhere.OTHER_REPOSITORY:
            found = _sha(seen.head) if seen.head_repository == repository else None
        case Elsewhere.NO_COMMIT:
            found = _sha(seen.ref) or _sha(seen.head)
        case last_built:
            found = last_built
    return Previous(release=seen.name, commit=found)


def _sha(text: str | None) -> str | None:
    if text is None or len(text) not in {40, 64} or not set(text) <= set("0123456789abcdef"):
        return None
    return text
