"""The releases Sentry lists -> what was in the environment before us."""

from collections.abc import Iterable, Sequence

from sentry_release.words.commits import Previous
from sentry_release.words.release import SeenDeploy, SeenRelease


def others(
    listed: Iterable[SeenRelease], *, name: str, projects: Sequence[str]
) -> tuple[SeenRelease, ...]:
    """Those that are not ours, but of one of our projects: Sentry lists the whole organization."""
    return tuple(
        seen for seen in listed if seen.name != name and not set(projects).isdisjoint(seen.projects)
    )


def last_deployed(listed: Iterable[SeenRelease], environment: str) -> SeenRelease | None:
    """
    The release that was deployed to the environment last, as far as the list alone tells.

    Sentry lists a release under an environment as soon as an event came from there, and
    tells of each only its last deploy, wherever that went.
    """
    known = [
        (seen.last_deploy.finished, seen)
        for seen in listed
        if seen.last_deploy
        and seen.last_deploy.environment == environment
        and seen.last_deploy.finished
    ]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def was_deployed(deploys: Iterable[SeenDeploy], environment: str) -> bool:
    """Whether a release has ever been deployed to the environment."""
    return any(deploy.environment == environment for deploy in deploys)


def previous_of(seen: SeenRelease | None) -> Previous:
    """
    Where the new range begins: at the release's own ref, else at its newest commit.

    A ref that is no whole sha (a branch, a tag) would mean another commit by now.
    """
    if seen is None:
        return Previous()
    return Previous(release=seen.name, commit=_sha(seen.ref) or _sha(seen.head))


def _sha(text: str | None) -> str | None:
    if text is None or len(text) not in {40, 64} or not set(text) <= set("0123456789abcdef"):
        return None
    return text
