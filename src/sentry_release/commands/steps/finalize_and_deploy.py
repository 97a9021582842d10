"""Execute the plan for a successful job: ensure the commits, finalize, create the deploy exactly once."""

from dataclasses import replace
from datetime import datetime, timedelta

from sentry_release.adapters.sentry.responses import NO_ACCESS
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.commands.steps.verify_commits import (
    CommitCheck,
    CommitListing,
    ensure_commits,
    list_summary_commits,
    request_commits_early,
    require_release,
)
from sentry_release.config.config import Config
from sentry_release.errors import ApiError, ResponseLostError, ServiceUnavailableError
from sentry_release.model.commits import CommitSource
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease
from sentry_release.release.deploy import (
    CommitStatus,
    FinalizeResult,
    FinishPlan,
    find_original_release_date,
)
from sentry_release.services import Services

_SPREAD_S = 3.0
_SETTLE_S = 1.0
"""Seconds in which the job that created the release goes from finalizing to its deploy."""
_SAME_TIME = timedelta(minutes=1)
"""A release that was created no earlier before a job began may be that of a parallel job."""


def finalize_and_deploy(
    plan: FinishPlan, config: Config, services: Services, existing: SentryRelease | None = None
) -> FinalizeResult:
    """
    Ensure the commits of the release, finalize it and create the deploy.

    Args:
        plan: What to do.
        config: The inputs, for commits from GitHub and the date of the release.
        services: The adapters.
        existing: The release as read just now; it is read again if another job may race.

    Raises:
        ApiError, ServiceUnavailableError: Sentry refused a request, or is unreachable.
    """
    existing = None if plan.may_race else existing
    if plan.deploy is None:
        commit_check = _prepare_release(plan, config, services, existing)
        return _build_result(plan, services, commit_check, None)
    if plan.should_wait:  # so that the deploy of another job of the matrix is visible
        services.sentry().budget.sleep_if_affordable(_SPREAD_S * services.clock.random())
    listing = request_commits_early(plan, services.sentry())
    try:
        commit_check = _prepare_release(plan, config, services.with_half_budget(), existing)
    except ServiceUnavailableError:
        return _deploy_before_lookup(plan, config, services, plan.deploy)
    created = create_deploy_once(
        services.sentry(), plan.release, plan.deploy, existing=commit_check.release
    )
    return _build_result(plan, services, commit_check, created, listing)


def _deploy_before_lookup(
    plan: FinishPlan, config: Config, services: Services, deploy: Deploy
) -> FinalizeResult:
    """
    Create the deploy although Sentry cannot return the release, then read the release again.

    Serializing a release depends on more parts of Sentry than creating a deploy does; if one of
    them is down, Sentry performs the request and answers 500. See docs/adr/0005-exactly-once.md.
    """
    created = create_deploy_once(services.sentry(), plan.release, deploy, existing=None)
    try:
        commit_check = _prepare_release(replace(plan, needs_lookup=True), config, services, None)
        existing = commit_check.release
        has_earlier = existing.deploy_count > (0 if created.existed else 1)
        if not plan.needs_lookup and has_earlier and existing.released_at == plan.now:
            # The first attempt may have finalized the release, and failed before this.
            existing = _restore_release_date(config, services, existing, plan.now)
            commit_check = replace(commit_check, release=existing)
        return _build_result(plan, services, commit_check, created)
    except (ServiceUnavailableError, ApiError) as error:
        return FinalizeResult(
            release=SentryRelease.unknown(plan.release),
            commits=plan.commits,
            commit_source=CommitSource.KEPT,
            commit_status=CommitStatus.NOT_EXPECTED,
            deploy=deploy,
            deployed=created,
            duplicates=0,
            uncertainty=error,
        )


def _prepare_release(
    plan: FinishPlan, config: Config, services: Services, existing: SentryRelease | None
) -> CommitCheck:
    """Return the release with its commits, finalized if the plan says so."""
    if not plan.needs_lookup:
        existing = services.sentry().finalize(plan.release, plan.now)
        existing = (
            _restore_release_date(config, services, existing, plan.now)
            if existing.deploy_count
            else existing
        )
    elif existing is None:
        existing = require_release(services, plan.release)
    is_deployed = plan.deploy is not None and existing.was_last_deployed_by(plan.deploy)
    source = CommitSource.KEPT if is_deployed else plan.commit_source
    commit_check = ensure_commits(
        config, services, existing, plan.commits, source, plan.previous_release
    )
    if not plan.should_finalize or commit_check.release.released_at is not None:
        return commit_check
    return replace(commit_check, release=services.sentry().finalize(existing.name, plan.now))


def _build_result(
    plan: FinishPlan,
    services: Services,
    commit_check: CommitCheck,
    created: CreatedDeploy | None,
    listing: CommitListing | None = None,
) -> FinalizeResult:
    existing = commit_check.release
    return FinalizeResult(
        release=existing,
        commits=plan.commits,
        commit_source=commit_check.commit_source,
        commit_status=commit_check.commit_status,
        deploy=plan.deploy,
        deployed=created,
        duplicates=_count_duplicates(
            services,
            existing,
            plan.deploy,
            created,
            may_race_others=plan.must_check_duplicates,
            began=plan.began,
        )
        if plan.deploy and created
        else 0,
        listed=commit_check.uploaded
        or (list_summary_commits(services, existing, listing) if created else ()),
    )


def _restore_release_date(
    config: Config, services: Services, existing: SentryRelease, own: datetime
) -> SentryRelease:
    """Restore the release date that another job set after the main step of this one."""
    before = find_original_release_date(config, services.sentry().list_deploys(existing.name), own)
    return services.sentry().finalize(existing.name, before) if before else existing


def _count_duplicates(
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

    `existing` is the release as read before the deploy was created; `may_race_others` is whether
    another job may be creating the same deploy; `began` is when the main step of this job began,
    if another job created the release.
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
    if existing and existing.was_last_deployed_by(deploy):
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
