"""After a successful job: ensure the commits, finalize the release, create the deploy."""

from dataclasses import dataclass, replace
from datetime import datetime

from sentry_release.adapters.sentry.create_deploy import create_deploy_once
from sentry_release.ci.context import Context
from sentry_release.commands.steps import create_release
from sentry_release.commands.steps.duplicates import count_duplicates, may_race, wait_for_other_jobs
from sentry_release.commands.steps.verify_commits import (
    CommitCheck,
    ensure_commits,
    require_release,
)
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import Commit, CommitRange, CommitSource, PreviousRelease
from sentry_release.model.release import CreatedDeploy, Deploy, Release, SentryRelease
from sentry_release.release.deploy import (
    CommitStatus,
    FinalizeResult,
    build_deploy,
    can_finalize_without_lookup,
    find_original_release_date,
    should_finalize,
)
from sentry_release.release.event_policy import allowed_effects
from sentry_release.release.plan import find_commit_range
from sentry_release.release.post_state import PostState
from sentry_release.release.release_name import parse_release_name
from sentry_release.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class _FinishWork:
    """What to do; `deploy` is None if no deploy is created, `left` the state of the main step."""

    config: Config
    context: Context
    left: PostState
    now: datetime
    deploy: Deploy | None
    commits: CommitRange | None


def finalize_and_deploy(
    config: Config,
    context: Context,
    services: Services,
    state: PostState,
    existing: SentryRelease | None = None,
) -> FinalizeResult:
    """
    Create the release if it is missing, ensure its commits, finalize it and create the deploy.

    Args:
        config: The inputs.
        context: The run.
        services: The adapters.
        state: The state that the main step saved, or would have saved.
        existing: The release as read just now; it is read again if another job may race.

    Raises:
        ApiError, ServiceUnavailableError: Sentry refused a request, or is unreachable.
    """
    now = services.clock.now()
    allowed = allowed_effects(
        context.event_kind, state.job_environment, config.finalize_environments
    )
    state = state if state.is_created else _create_release_late(config, context, services, state)
    to = state.environment if allowed.deploy else None
    deploy = build_deploy(config, context, environment=to, started=state.started, now=now)
    commits = _find_range(config, context, state)
    work = _FinishWork(
        config=config, context=context, left=state, now=now, deploy=deploy, commits=commits
    )
    kind, environment = context.event_kind, state.job_environment
    unseen = can_finalize_without_lookup(config, kind, environment, fresh=state.created_here)
    existing = None if may_race(config, context, state) else existing
    if deploy is None:
        return _build_result(
            work, services, _prepare_release(work, services, unseen=unseen, existing=existing), None
        )
    wait_for_other_jobs(config, services, state)
    try:
        commit_check = _prepare_release(
            work, services.with_half_budget(), unseen=unseen, existing=existing
        )
    except ServiceUnavailableError:
        return _deploy_before_lookup(work, services, deploy)
    created = create_deploy_once(
        services.sentry(), state.release, deploy, existing=commit_check.release
    )
    return _build_result(work, services, commit_check, created)


def _deploy_before_lookup(work: _FinishWork, services: Services, deploy: Deploy) -> FinalizeResult:
    """
    Create the deploy although Sentry cannot return the release, then read the release again.

    Serializing a release depends on more parts of Sentry than creating a deploy does; if one of
    them is down, Sentry performs the request and answers 500. See docs/adr/0005-exactly-once.md.
    """
    state = work.left
    created = create_deploy_once(services.sentry(), state.release, deploy, existing=None)
    try:
        return _build_result(
            work, services, _prepare_release(work, services, unseen=False), created
        )
    except (ServiceUnavailableError, ApiError) as error:
        return FinalizeResult(
            release=SentryRelease.unknown(state.release),
            commits=work.commits,
            commit_source=CommitSource.KEPT,
            commit_status=CommitStatus.NOT_EXPECTED,
            deploy=deploy,
            deployed=created,
            uncertainty=error,
        )


def _prepare_release(
    work: _FinishWork, services: Services, *, unseen: bool, existing: SentryRelease | None = None
) -> CommitCheck:
    """Return the release with its commits, finalized if the policy requires it."""
    config, state = work.config, work.left
    if unseen:
        existing = services.sentry().finalize(state.release, work.now)
        existing = (
            _restore_release_date(config, services, existing, work.now)
            if existing.deploy_count
            else existing
        )
    elif existing is None:
        existing = require_release(services, state.release)
    way = CommitSource.KEPT if _is_last_deploy(existing, work.deploy) else state.commit_source
    commit_check = ensure_commits(
        config, services, existing, work.commits, way, state.previous_release
    )
    kind = work.context.event_kind
    if (
        not should_finalize(config, kind, state.job_environment)
        or commit_check.release.released_at is not None
    ):
        return commit_check
    return replace(commit_check, release=services.sentry().finalize(existing.name, work.now))


def _build_result(
    work: _FinishWork, services: Services, commit_check: CommitCheck, created: CreatedDeploy | None
) -> FinalizeResult:
    config, context, deploy, existing = work.config, work.context, work.deploy, commit_check.release
    # Two jobs of a run may use the action `deploy`; it looks again, as the run does not show them.
    may_race_others = may_race(config, context, work.left) or config.command is Command.DEPLOY
    is_matrix = (config.job_total or 1) > 1  # whose jobs all look again
    began = None if work.left.created_here or is_matrix else work.left.started
    return FinalizeResult(
        release=existing,
        commits=work.commits,
        commit_source=commit_check.commit_source,
        commit_status=commit_check.commit_status,
        deploy=deploy,
        deployed=created,
        duplicates=count_duplicates(
            services,
            existing,
            deploy,
            created,
            may_race_others=may_race_others,
            began=began,
        )
        if deploy and created
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


def _create_release_late(
    config: Config, context: Context, services: Services, state: PostState
) -> PostState:
    """Create the release now, as Sentry was unreachable in the main step."""
    release = Release(name=state.release, version=parse_release_name(state.release).version)
    plan = create_release.find_plan(config, context, services, release, state.environment)
    return create_release.create_release(plan, config, context, services).update_state(state)


def _restore_release_date(
    config: Config, services: Services, existing: SentryRelease, own: datetime
) -> SentryRelease:
    """Restore the release date that another job set after the main step of this one."""
    before = find_original_release_date(config, services.sentry().list_deploys(existing.name), own)
    return services.sentry().finalize(existing.name, before) if before else existing


def _find_range(config: Config, context: Context, state: PostState) -> CommitRange | None:
    commits = find_commit_range(config, context, PreviousRelease(commit=state.previous_commit))
    return replace(commits, head=state.head) if commits and state.head else commits


def _list_summary_commits(services: Services, existing: SentryRelease) -> tuple[Commit, ...]:
    """Return the commits for the summary; a failure only costs the list, as all else is done."""
    try:
        return services.sentry().list_commits(existing.name) if existing.commit_count else ()
    except (ServiceUnavailableError, ApiError) as error:
        services.runner.log_line(f"The summary lists no commits: {error.message}")
        return ()
