"""Create a deploy exactly once, even if responses are lost, and detect duplicates of parallel jobs."""

from dataclasses import replace
from datetime import datetime, timedelta

from sentry_release.adapters.sentry.responses import NO_ACCESS
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.errors import ApiError, ResponseLostError, ServiceUnavailableError
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease
from sentry_release.services import Services

_SPREAD_S = 3.0
_SETTLE_S = 1.0
"""Seconds in which the job that created the release goes from finalizing to its deploy."""
_SAME_TIME = timedelta(minutes=1)
"""A release that was created no earlier before a job began may be that of a parallel job."""


def wait_for_other_jobs(services: Services) -> None:
    """
    Wait a random time, so that the deploy of a parallel job is visible.

    Matrix jobs often end together; the one that created the release creates the deploy at once.
    """
    services.sentry().budget.sleep_if_affordable(_SPREAD_S * services.clock.random())


def count_duplicates(
    services: Services,
    existing: SentryRelease,
    deploy: Deploy,
    created: CreatedDeploy,
    *,
    may_race_others: bool,
    began: datetime | None,
) -> int:
    """
    Return how many duplicates of the created deploy Sentry has.

    Two jobs that look at the same instant both see no deploy, and both create it; a job that may
    have raced looks again afterwards. The one that created the release does not look again, so
    a parallel job gives it time for its deploy. See docs/adr/0005-exactly-once.md.

    Args:
        services: The adapters.
        existing: The release, as read before the deploy was created.
        deploy: The deploy.
        created: What became of it.
        may_race_others: Whether another job may be creating the same deploy.
        began: When the main step of this job began, if another job created the release.
    """
    if (
        existing.deploy_count <= 1
        if created.existed
        else not may_race_others and not existing.deploy_count
    ):
        return 0
    if not created.existed and _may_be_parallel(existing, began):
        services.sentry().budget.sleep_if_affordable(_SETTLE_S)
    try:
        found = sum(one.matches(deploy) for one in services.sentry().list_deploys(existing.name))
    except ApiError as refused:  # as in every job with this token
        services.runner.log_line(f"Could not check for duplicate deploys: {refused.message}")
        return 0
    except ServiceUnavailableError as outage:
        _warn_about_unknown_duplicates(services, existing.name, outage)
        return 0
    return max(found - 1, 0)


def _warn_about_unknown_duplicates(
    services: Services, release: str, outage: ServiceUnavailableError
) -> None:
    text = (
        f"{release}: the deploy was recorded, but perhaps by several jobs.\n"
        f"Could not check for duplicate deploys: {outage.message}\n"
        "Check the deploys of the release in Sentry."
    )
    notice = Annotation(
        level=AnnotationLevel.WARNING, title="Sentry release: duplicate deploy", text=text
    )
    services.runner.annotate(notice)


def _may_be_parallel(existing: SentryRelease, began: datetime | None) -> bool:
    """Return whether the release was created by a job that ran at the same time as this one."""
    created_at = existing.created_at
    return began is not None and created_at is not None and created_at > began - _SAME_TIME


def warn_about_duplicates(
    services: Services, release: str, count: int, *, is_external: bool
) -> None:
    """Warn that the deploy exists more than once, with a hint how to avoid that."""
    hint = (
        "Set `deploy: false` in these jobs, and create the deploy in a last job that "
        "`needs:` all of them and uses the action `deploy`."
        if not is_external
        else "Set for the job `concurrency: mark-${{ github.event.deployment.id || "
        "github.event.workflow_run.id }}`."
    )
    text = (
        f"{release}: Sentry has this deploy {count + 1} times.\n"
        "Several jobs created it at the same instant, which Sentry does not prevent; it sent the "
        f"deploy email as often.\n{hint}"
    )
    notice = Annotation(
        level=AnnotationLevel.WARNING, title="Sentry release: duplicate deploy", text=text
    )
    services.runner.annotate(notice)


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
