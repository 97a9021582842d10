"""A deploy is created exactly once, whatever happens to the answers."""

from dataclasses import replace

from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.adapters.sentry.sentry_errors import NO_ACCESS
from sentry_release.errors import ApiError, ResponseLostError, ServiceUnavailableError
from sentry_release.model.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease


def create_deploy_once(
    sentry: SentryClient, name: str, deploy: Deploy, *, existing: SentryRelease | None
) -> CreatedDeploy:
    """
    Create a deploy unless it is there.

    Sentry makes another deploy, and sends another mail, for every request; so the deploys
    are looked at before the first one, and again after each answer that was lost.

    Args:
        sentry: The door.
        name: The name of the release.
        deploy: The deploy.
        existing: The release as it was just before; None where Sentry could not tell.

    Raises:
        RefusedError, OutageError: The deploy could not be created.
    """
    if (existing is None or existing.deploy_count) and (
        found := _find_deploy(sentry, name, deploy, existing)
    ):
        return CreatedDeploy(deploy=found, existed=True)
    tries = 0
    while True:
        tries += 1
        try:
            return CreatedDeploy(deploy=_send_deploy(sentry, name, deploy), existed=False)
        except ResponseLostError as lost:
            if found := _find_deploy_later(sentry, name, deploy, lost, tries):
                return CreatedDeploy(deploy=found, existed=False)


def _find_deploy(
    sentry: SentryClient, name: str, deploy: Deploy, existing: SentryRelease | None = None
) -> SentryDeploy | None:
    if existing and existing.last_deploy and existing.last_deploy.matches(deploy):
        return existing.last_deploy
    return next((one for one in sentry.list_deploys(name) if one.matches(deploy)), None)


def _find_deploy_later(
    sentry: SentryClient, name: str, deploy: Deploy, lost: ResponseLostError, tries: int
) -> SentryDeploy | None:
    """
    Look soon, and once more when a server that was only slow must have finished.

    Raises:
        LostAnswerError: There is no time to make sure that nothing comes any more.
    """
    soon_s = max(sentry.budget.compute_delay_s(tries, {}), lost.wait_s)
    later_s = sentry.budget.settle_delay_s - soon_s
    for wait_s in (soon_s, later_s) if later_s > 0 else (soon_s,):
        if not sentry.budget.sleep_if_affordable(wait_s):
            raise lost
        try:
            found = _find_deploy(sentry, name, deploy)
        except ServiceUnavailableError as outage:
            raise lost from outage
        if found:
            return found
    return None


def _send_deploy(sentry: SentryClient, name: str, deploy: Deploy) -> SentryDeploy:
    try:
        return sentry.create_deploy(name, deploy)
    except ApiError as refused:
        # A token may be allowed to mark a deploy and yet not to name the projects; without
        # names Sentry takes all projects of the release.
        # https://github.com/getsentry/sentry/pull/78026
        if NO_ACCESS not in refused.answer or not deploy.projects:
            raise
        return sentry.create_deploy(name, replace(deploy, projects=()))
