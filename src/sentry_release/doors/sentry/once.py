"""A deploy is created exactly once, whatever happens to the answers."""

from dataclasses import replace

from sentry_release.doors.sentry.api import SentryApi
from sentry_release.doors.sentry.mistakes import NO_ACCESS
from sentry_release.words.errors import LostAnswerError, RefusedError
from sentry_release.words.release import Deploy, Marked, SeenDeploy, SeenRelease


def marked_once(sentry: SentryApi, release: SeenRelease, deploy: Deploy) -> Marked:
    """
    Create a deploy unless it is there.

    Sentry makes another deploy, and sends another mail, for every request; so the deploys
    are looked at before the first one, and again after each answer that was lost.

    Raises:
        RefusedError, OutageError: The deploy could not be created.
    """
    if release.deploy_count and (found := _found(sentry, release, deploy)):
        return Marked(deploy=found, already=True)
    tries = 0
    while True:
        tries += 1
        try:
            return Marked(deploy=_mark(sentry, release.name, deploy), already=False)
        except LostAnswerError:
            patience = sentry.wire.patience
            wait_s = patience.wait_s(tries, {})
            if not patience.lasts(wait_s):
                raise
            # A server that was only slow gets the time to finish what it was asked.
            patience.sleep(wait_s)
        if found := _match(sentry.deploys(release.name), deploy):
            return Marked(deploy=found, already=False)


def _found(sentry: SentryApi, release: SeenRelease, deploy: Deploy) -> SeenDeploy | None:
    if release.last_deploy and release.last_deploy.is_of(deploy):
        return release.last_deploy
    return _match(sentry.deploys(release.name), deploy)


def _match(deploys: tuple[SeenDeploy, ...], deploy: Deploy) -> SeenDeploy | None:
    return next((seen for seen in deploys if seen.is_of(deploy)), None)


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
