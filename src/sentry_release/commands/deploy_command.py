"""The deploy action: create the deploy, or report why none is created."""

from dataclasses import replace

from sentry_release.ci.context import Context
from sentry_release.commands.steps.create_release import create_release, find_plan
from sentry_release.commands.steps.deploy_report import (
    annotate_warning,
    report_deployed,
    report_not_deployed,
    set_deploy_outputs,
    show_page,
)
from sentry_release.commands.steps.deploy_target import (
    DeployTarget,
    find_deploy_target,
    verify_deployment,
)
from sentry_release.commands.steps.finalize_and_deploy import finalize_and_deploy
from sentry_release.commands.steps.job_setup import (
    find_job_environment,
    require_token,
    validate_environment,
)
from sentry_release.commands.steps.notify import check_notify_config
from sentry_release.commands.steps.previous_release import find_previous
from sentry_release.commands.steps.verify_commits import require_release
from sentry_release.commands.steps.warnings import warn_other_environment
from sentry_release.commands.steps.write_notes import request_notes, write_requested_notes
from sentry_release.config.config import Config
from sentry_release.config.inputs import OnOutage
from sentry_release.config.outputs import find_exported_variable
from sentry_release.errors import ActionError, ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.model.commits import CommitSource
from sentry_release.model.job import JobEnvironment
from sentry_release.model.release import SUCCESS, Release, SentryRelease
from sentry_release.project.resolve_name import resolve_release_name
from sentry_release.release.deploy import FinalizeResult, plan_finish
from sentry_release.release.event_policy import SkipReason, decide_allowed_effects
from sentry_release.release.plan import plan_release
from sentry_release.release.post_state import PostState
from sentry_release.release.release_name import build_named_release
from sentry_release.report.pages import (
    build_external_deploy_page,
    build_failed_page,
    build_finished_page,
    build_not_deployed_page,
    explain_job_failure,
)
from sentry_release.services import Services


def deploy_now(config: Config, context: Context, services: Services) -> None:
    """
    Finalize the release and create its deploy, in a job that runs after the deployment.

    It does what the post step of the release action does, as a step of its own.

    Raises:
        WorkflowError, ProjectError, ApiError: The inputs, the project or Sentry do not allow it.
        ServiceUnavailableError: Only with `on-outage: fail`.
    """
    require_token(config, context)
    check_notify_config(config, services)
    try:
        target = find_deploy_target(config, context, services.github, services.runner)
        if target.skip_reason:
            _report_skipped(target, target.skip_reason, services)
        else:
            named_by_user = config.environment is not None or bool(config.environment_pairs)
            _deploy_target_release(target, services, named_by_user=named_by_user)
    except ServiceUnavailableError as outage:
        if config.on_outage is OnOutage.FAIL:
            raise
        set_deploy_outputs(services, None)
        annotate_warning(services, outage)


def _deploy_target_release(
    target: DeployTarget, services: Services, *, named_by_user: bool
) -> None:
    config, context = target.config, target.context
    environment = _require_environment(target, services)
    release = resolve_release_name(config, context, services.workspace, environment.name).release
    defined = find_exported_variable(
        context.exported_env, config.working_directory, "SENTRY_ENVIRONMENT"
    )
    warn_other_environment(services.runner, release.name, defined, environment.name)
    state = PostState(release=release.name).in_environment(environment)
    if reason := _find_reason_not_to_deploy(config, context, environment):
        set_deploy_outputs(services, None)
        failed = config.job_status not in {None, SUCCESS}
        report_not_deployed(
            config, services, build_not_deployed_page(config, context, state, reason, failed=failed)
        )
        return
    try:
        if named_by_user and target.is_of_this_run:
            verify_deployment(target, services)
        state, existing = _prepare_deploy(target, services, release, state)
        now = services.clock.now()
        if not state.is_created:
            plan = find_plan(config, context, release, state.environment, services)
            new_release = plan.build_new_release(config, context)
            state = create_release(plan, new_release, config, services).update_state(state)
        finish = plan_finish(config, context, state, now)
        done = finalize_and_deploy(finish, config, services, existing)
    except (ApiError, ServiceUnavailableError) as error:
        show_page(config, services, build_failed_page(config, context, state, error))
        raise
    _report_deploy(target, services, state, done)


def _report_deploy(
    target: DeployTarget, services: Services, state: PostState, done: FinalizeResult
) -> None:
    """Write notes and outputs, then the summary; announcements come last, as they take longest."""
    config, context = target.config, target.context
    notes = request_notes(config, context, state, done.commits)
    notes_dir, state = write_requested_notes(notes, services, state)
    set_deploy_outputs(services, done, notes_dir=notes_dir, commit_times=state.commit_times)
    page = build_finished_page(config, context, state, done)
    is_external = context.deployment_event is not None
    report_deployed(config, services, page, done, is_external=is_external)
    if config.announce:
        from sentry_release.commands.steps.announce import announce_deploy, build_target

        announce_deploy(build_target(config, context), services, done)


def _report_skipped(target: DeployTarget, reason: SkipReason, services: Services) -> None:
    """Report that the event is about no successful deploy, which is not an error."""
    config, context = target.config, target.context
    event = context.deployment_event
    try:
        name = resolve_release_name(
            config, context, services.workspace, config.environment
        ).release.name
    except ActionError as error:
        services.runner.log_debug(f"The release of the event has no name: {error.message}")
        name = None
    set_deploy_outputs(services, None)
    report_not_deployed(
        config, services, build_external_deploy_page(config, context, event, reason, name)
    )


def _require_environment(target: DeployTarget, services: Services) -> JobEnvironment:
    config, context = target.config, target.context
    environment = find_job_environment(config, context, services)
    if environment.name is None:
        unknown = environment.unknown_reason
        if environment.no_deployment:
            unknown = "the workflow sets `deployment: false` for it"
        raise WorkflowError(
            "`environment` is empty, and the job has no environment."
            if unknown is None
            else f"`environment` is empty, and the job's environment is unknown ({unknown}).",
            reason="A deploy belongs to an environment.",
            hint="Add `environment: production` to this step's `with:`.",
            shell_hint="Add the option `--environment production`.",
        )
    validate_environment(environment.name)
    return replace(environment, is_production=environment.is_production or target.is_production)


def _find_reason_not_to_deploy(
    config: Config, context: Context, environment: JobEnvironment
) -> str | None:
    """Return why no deploy may be created, as a sentence; None if one may."""
    if config.auth_token is None:
        return (
            f"Nothing was sent to Sentry: {context.no_secrets_reason or 'there is no auth token'}."
        )
    if config.job_status not in {None, SUCCESS}:
        return explain_job_failure(config)
    allowed = decide_allowed_effects(context.event_kind, environment, config.finalize_environments)
    if not allowed.may_deploy:
        return f"Nothing was sent to Sentry: {allowed.reason}."
    return "Dry run: nothing was changed in Sentry." if config.dry_run else None


def _prepare_deploy(
    target: DeployTarget, services: Services, release: Release, state: PostState
) -> tuple[PostState, SentryRelease | None]:
    """Return the state that the main step would have saved for post, and the release."""
    config, context = target.config, target.context
    half_budget = services.with_half_budget()
    try:
        may_create = config.create_missing_release
        existing = (
            half_budget.sentry().get_release(release.name)
            if may_create
            else require_release(half_budget, release.name)
        )
        if existing is None:
            services.runner.log_line(f"Sentry has no release {release.name}: creating it.")
            return state, None
        if existing.commit_count:
            return _keep_commits(target, half_budget, existing, state), existing
        plan = find_plan(config, context, release, state.environment, half_budget)
    except ServiceUnavailableError as outage:
        services.runner.log_line(f"The commits of the release are not changed: {outage.message}")
        return replace(state, is_created=True, commit_source=CommitSource.KEPT), None
    return replace(
        plan.update_state(state), is_created=True, head=existing.ref or context.commit
    ), existing


def _keep_commits(
    target: DeployTarget, services: Services, existing: SentryRelease, state: PostState
) -> PostState:
    """Return the state for a release that has its commits, with the start of its range if needed."""
    config, context = target.config, target.context
    state = replace(state, is_created=True, commit_source=CommitSource.KEPT)
    if not (config.announce or config.notes_dir):
        return state
    release = build_named_release(state.release)
    environment, built = state.environment, context.built_commit
    before = find_previous(config, services, release, environment, built)
    plan = plan_release(config, context, release, environment, before)
    return replace(
        plan.update_state(state),
        commit_source=CommitSource.KEPT,
        head=existing.ref or context.commit,
    )
