"""Find the deployment that the deploy action records, and verify that it succeeded."""

from dataclasses import dataclass

from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent
from sentry_release.config.config import Config
from sentry_release.errors import ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.model.release import IN_PROGRESS_STATES, SUCCESS_STATES, Deployment
from sentry_release.release.external_deploy import (
    SkipReason,
    apply_external_deploy,
    find_skip_reason,
    match_run_deployment,
)
from sentry_release.services import Services

_WAITS_S = (1, 2, 3, 4, 5, 5, 5, 5)
"""
Seconds between lookups, as GitHub may set the final state of a deployment after it starts the
jobs that `needs:` its job. The waits take at most half of the remaining time.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployTarget:
    """
    The inputs and the run of the deployment; `skip_reason` is why no deploy is recorded.

    `is_external` is whether a job of this very run deploys, which then must have succeeded.
    """

    config: Config
    context: Context
    is_external: bool = False
    deployment: int | None = None
    skip_reason: SkipReason | None = None


def find_deploy_target(config: Config, context: Context, services: Services) -> DeployTarget:
    """
    Return what to record: the deployment of the event that started the run, or of this run.

    Raises:
        WorkflowError: The event is about no deployment, or about several.
        ServiceUnavailableError: GitHub is unreachable.
    """
    event = context.deployment_event
    if event is None:
        return DeployTarget(config=config, context=context, is_external=True)
    reason = find_skip_reason(event)
    made: Deployment | None = None
    if reason is None and event.run_id is not None:
        made, reason = _find_run_deployment(config, event, services)
        if reason and _deploys_itself(context, services):
            return DeployTarget(config=config, context=context, is_external=True)
    config, context = apply_external_deploy(config, context, event, made)
    number = made.id if made else event.deployment
    return DeployTarget(config=config, context=context, deployment=number, skip_reason=reason)


def _find_run_deployment(
    config: Config, event: DeploymentEvent, services: Services
) -> tuple[Deployment | None, SkipReason | None]:
    github = services.github()
    if github is not None and event.run_id and event.sha:
        try:
            return match_run_deployment(
                config, event, github.list_run_deployments(event.run_id, event.sha)
            )
        except ApiError as refused:
            services.runner.log_debug(f"GitHub: {refused.message} {refused.reason}")
    if config.environment:
        return None, None
    raise WorkflowError(
        "`environment` is empty, and the deployments of the run are not readable.",
        reason="The event `workflow_run` does not contain the environment.",
        hint="Add `permissions: deployments: read`, or set `environment`.",
    )


def _deploys_itself(context: Context, services: Services) -> bool:
    """Return whether this job deploys, as a job of a workflow that another run started may."""
    github = services.github()
    if github is None or not (context.run_id and context.sha):
        return False
    return bool(github.list_run_deployments(context.run_id, context.sha))


def verify_deployment(config: Config, context: Context, services: Services) -> int | None:
    """
    Verify that the job of the environment, which this job `needs:`, has succeeded.

    The check reads the run's newest deployment to the environment from GitHub. If there is none
    of that name, or it is not readable, `needs:` alone must suffice.
    See docs/adr/0008-whose-deploy.md.

    Returns:
        The id of the deployment; None if there is none.

    Raises:
        WorkflowError: The deployment has not succeeded.
    """
    made = _find_own_deployment(config, context, services)
    budget = services.with_half_budget().sentry().budget
    for wait_s in _WAITS_S:
        at_work = (
            made is not None and made.state in IN_PROGRESS_STATES and not _is_own_job(config, made)
        )
        if not at_work or not budget.sleep_if_affordable(wait_s):
            break
        made = _find_own_deployment(config, context, services)
    if made is None or made.state in SUCCESS_STATES or _is_own_job(config, made):
        return made.id if made else None
    raise ApiError(
        f"The deployment of this run to {made.environment!r} is `{made.state}`.",
        reason=f"GitHub reports this state for {made.page}",
        hint="Add that job to `needs:` of this one, without an `if:` that runs it after a failure.",
    )


def _find_own_deployment(config: Config, context: Context, services: Services) -> Deployment | None:
    github = services.github()
    if github is None or not (config.check_run_id and context.run_id and context.sha):
        return None
    try:
        found = github.list_run_deployments(
            context.run_id, context.sha, environment=config.environment
        )
    except (ApiError, ServiceUnavailableError) as error:
        services.runner.log_debug(f"GitHub: {error.message} {error.reason}")
        return None
    return next(iter(found), None)


def _is_own_job(config: Config, made: Deployment) -> bool:
    """Return whether this very job deploys; its result is not known yet."""
    return (made.page or "").endswith(f"/job/{config.check_run_id}")
