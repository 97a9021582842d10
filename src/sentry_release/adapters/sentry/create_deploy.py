"""Create a deploy exactly once, even if responses are lost."""

from dataclasses import replace

from sentry_release.adapters.sentry.responses import NO_ACCESS
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.errors import ApiError, ResponseLostError, ServiceUnavailableError
from sentry_release.model.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease


def create_deploy_once(
    sentry: SentryClient, name: str, deploy: Deploy, *, existing: SentryRelease | None
) -> CreatedDeploy:
    """
    Create a deploy unless it exists.

    Sentry creates another deploy, and sends another email, for every request. So the deploys
    are listed before the first request, and again after each lost response.

    Args:
        sentry: The client.
        name: The name of the release.
        deploy: The deploy.
        existing: The release just before, or None if it could not be read.

    Raises:
        ApiError, ServiceUnavailableError: The deploy could not be created.
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
    List the deploys soon, and again when a slow server must have finished the request.

    Raises:
        ResponseLostError: There is no time to be sure that the deploy will not be created.
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
        # A token may be allowed to create a deploy, but not to name projects; without
        # projects Sentry uses all projects of the release.
        # https://github.com/getsentry/sentry/pull/78026
        if NO_ACCESS not in refused.answer or not deploy.projects:
            raise
        return sentry.create_deploy(name, replace(deploy, projects=()))
