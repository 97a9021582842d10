"""A deploy is created exactly once, whatever happens to the answers."""

from dataclasses import replace

from sentry_release.doors.sentry.api import SentryApi
from sentry_release.doors.sentry.mistakes import NO_ACCESS
from sentry_release.words.errors import LostAnswerError, OutageError, RefusedError
from sentry_release.words.release import Deploy, Marked, SeenDeploy, SeenRelease


def marked_once(
    sentry: SentryApi, name: str, deploy: Deploy, *, seen: SeenRelease | None
) -> Marked:
    """
    Create a deploy unless it is there.

    Sentry makes another deploy, and sends another mail, for every request; so the deploys
    are looked at before the first one, and again after each answer that was lost.

    Args:
        sentry: The door.
        name: The name of the release.
        deploy: The deploy.
        seen: The release as it was just before; None where Sentry could not tell.

    Raises:
        RefusedError, OutageError: The deploy could not be created.
    """
    if (seen is None or seen.deploy_count) and (found := _found(sentry, name, deploy, seen)):
        return Marked(deploy=found, already=True)
    tries = 0
    while True:
        tries += 1
        try:
            return Marked(deploy=_mark(sentry, name, deploy), already=False)
        except LostAnswerError as lost:
            if found := _found_late(sentry, name, deploy, lost, tries):
                return Marked(deploy=found, already=False)


def _found(
    sentry: SentryApi, name: str, deploy: Deploy, seen: SeenRelease | None = None
) -> SeenDeploy | None:
    if seen and seen.last_deploy and seen.last_deploy.is_of(deploy):
        return seen.last_deploy
    return next((one for one in sentry.deploys(name) if one.is_of(deploy)), None)


def _found_late(
    sentry: SentryApi, name: str, deploy: Deploy, lost: LostAnswerError, tries: int
) -> SeenDeploy | None:
    """
    Look soon, and once more when a server that was only slow must have finished.

    Raises:
        LostAnswerError: There is no time to make sure that nothing comes any more.
    """
    soon_s = max(sentry.patience.wait_s(tries, {}), lost.wait_s)
    later_s = sentry.patience.settle_s - soon_s
    for wait_s in (soon_s, later_s) if later_s > 0 else (soon_s,):
        if not sentry.patience.waited(wait_s):
            raise lost
        try:
            found = _found(sentry, name, deploy)
        except OutageError as outage:
            raise lost from outage
        if found:
            return found
    return None


def _mark(sentry: SentryApi, name: str, deploy: Deploy) -> SeenDeploy:
    try:
        return sentry.mark(name, deploy)
    except RefusedError as refused:
        # A token may be allowed to mark a deploy and yet not to name the projects; without
        # names Sentry takes all projects of the release.
        # https://github.com/getsentry/sentry/pull/78026
        if NO_ACCESS not in refused.answer or not deploy.projects:
            raise
        return sentry.mark(name, replace(deploy, projects=()))
