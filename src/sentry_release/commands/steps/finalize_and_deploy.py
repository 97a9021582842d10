"""Execute the plan for a successful job: ensure the commits, finalize, create the deploy."""

from dataclasses import replace
from datetime import datetime

from sentry_release.commands.steps.create_deploy import (
    count_duplicates,
    create_deploy_once,
    wait_for_other_jobs,
)
from sentry_release.commands.steps.verify_commits import (
    CommitCheck,
    ensure_commits,
    require_release,
)
from sentry_release.config.config import Config
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import Commit, CommitSource
from sentry_release.model.release import CreatedDeploy, Deploy, SentryRelease
from sentry_release.release.deploy import (
    CommitStatus,
    FinalizeResult,
    FinishPlan,
    find_original_release_date,
)
from sentry_release.services import Services


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
    if plan.should_wait:
        wait_for_other_jobs(services)
    try:
        commit_check = _prepare_release(plan, config, services.with_half_budget(), existing)
    except ServiceUnavailableError:
        return _deploy_before_lookup(plan, config, services, plan.deploy)
    created = create_deploy_once(
        services.sentry(), plan.release, plan.deploy, existing=commit_check.release
    )
    return _build_result(plan, services, commit_check, created)


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
    source = CommitSource.KEPT if _is_last_deploy(existing, plan.deploy) else plan.commit_source
    commit_check = ensure_commits(
        config, services, existing, plan.commits, source, plan.previous_release
    )
    if not plan.should_finalize or commit_check.release.released_at is not None:
        return commit_check
    return replace(commit_check, release=services.sentry().finalize(existing.name, plan.now))


def _build_result(
    plan: FinishPlan, services: Services, commit_check: CommitCheck, created: CreatedDeploy | None
) -> FinalizeResult:
    existing = commit_check.release
    return FinalizeResult(
        release=existing,
        commits=plan.commits,
        commit_source=commit_check.commit_source,
        commit_status=commit_check.commit_status,
        deploy=plan.deploy,
        deployed=created,
        duplicates=count_duplicates(
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
        or (_list_summary_commits(services, existing) if created else ()),
    )


def _is_last_deploy(existing: SentryRelease, deploy: Deploy | None) -> bool:
    return (
        deploy is not None
        and existing.last_deploy is not None
        and existing.last_deploy.matches(deploy)
    )


def _restore_release_date(
    config: Config, services: Services, existing: SentryRelease, own: datetime
) -> SentryRelease:
    """Restore the release date that another job set after the main step of this one."""
    before = find_original_release_date(config, services.sentry().list_deploys(existing.name), own)
    return services.sentry().finalize(existing.name, before) if before else existing


def _list_summary_commits(services: Services, existing: SentryRelease) -> tuple[Commit, ...]:
    """Return the commits for the summary; a failure only costs the list, as all else is done."""
    try:
        return services.sentry().list_commits(existing.name) if existing.commit_count else ()
    except (ServiceUnavailableError, ApiError) as error:
        services.runner.log_line(f"The summary lists no commits: {error.message}")
        return ()
