"""Find the deployment that the deploy action records, and verify that it succeeded."""

from dataclasses import dataclass, replace

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.model.release import IN_PROGRESS_STATES, SUCCESS_STATES, Deployment
from sentry_release.release.event_policy import (
    SkipReason,
    apply_external_deploy,
    find_environment_mismatch,
    find_recorded_name,
    find_skip_reason,
    match_run_deployment,
)
from sentry_release.services import GitHubFactory, Services

_WAITS_S = (1, 2, 3, 4, 5, 5, 5, 5)
"""
Seconds between lookups, as GitHub may set the final state of a deployment after it starts the
jobs that `needs:` its job. The waits take at most half of the remaining time.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployTarget:
    """
    The deployment that is recorded.

    Attributes:
        config: The inputs, with the values of the deployment.
        context: The run, with the values of the deployment.
        is_of_this_run: Whether a job of this very run deploys, which then must have succeeded.
        deployed_name: GitHub's name of the environment, if it is known.
        is_production: Whether GitHub marks the environment as production.
        skip_reason: Why no deploy is recorded; None if one is.
    """

    config: Config
    context: Context
    is_of_this_run: bool = False
    deployed_name: str | None = None
    is_production: bool = False
    skip_reason: SkipReason | None = None


def find_deploy_target(
    config: Config, context: Context, github: GitHubFactory, runner: ActionsRunner
) -> DeployTarget:
    """
    Return what to record: the deployment of the event that started the run, or of this run.

    Raises:
        WorkflowError: The event is about no deployment, or about several; or GitHub does not
            reveal which environments were deployed.
        ServiceUnavailableError: GitHub is unreachable.
    """
    event = context.deployment_event
    if event is None:
        if not config.environment_pairs:
            return DeployTarget(config=config, context=context, is_of_this_run=True)
        return _find_own_target(config, context, _list_own_deployments(context, github, runner))
    reason = find_skip_reason(event)
    deployment: Deployment | None = None
    if event.deployment_id is not None:
        reason = find_environment_mismatch(config, [event.environment or ""]) or reason
    elif reason is None and event.run_id is not None:
        listed = _list_deployments(event.run_id, event.sha, github, runner)
        own = () if listed else _list_own_deployments(context, github, runner)
        if own:
            return _find_own_target(config, context, own)
        deployment, reason = match_run_deployment(config, event, listed)
    config, context = apply_external_deploy(config, context, event, deployment)
    return DeployTarget(
        config=config,
        context=context,
        is_production=event.is_production or (deployment is not None and deployment.is_production),
        skip_reason=reason,
    )


def _find_own_target(
    config: Config, context: Context, deployments: tuple[Deployment, ...]
) -> DeployTarget:
    """Return the target for a run whose own jobs deploy."""
    if config.environment is None and not config.environment_pairs:
        return DeployTarget(config=config, context=context, is_of_this_run=True)
    wanted = [one for one in deployments if find_recorded_name(config, one.environment)]
    if len(wanted) > 1:
        names = ", ".join(repr(one.environment[:80]) for one in wanted)
        raise WorkflowError(
            f"The run deploys to several environments: {names}.",
            reason="A step records one deploy.",
            hint="Add one step for each, with one of them in its `environment`.",
        )
    if not wanted:
        reason = find_environment_mismatch(config, [one.environment for one in deployments])
        return DeployTarget(config=config, context=context, skip_reason=reason)
    name = find_recorded_name(config, wanted[0].environment)
    return DeployTarget(
        config=replace(config, environment=name, environment_pairs=()),
        context=context,
        is_of_this_run=True,
        deployed_name=wanted[0].environment,
    )


def _list_own_deployments(
    context: Context, github: GitHubFactory, runner: ActionsRunner
) -> tuple[Deployment, ...]:
    return _list_deployments(context.run_id, context.sha, github, runner)


def _list_deployments(
    run_id: str | None, sha: str | None, github: GitHubFactory, runner: ActionsRunner
) -> tuple[Deployment, ...]:
    """
    Return the newest deployment of a run to each environment.

    A run that succeeded need not have deployed, so what it deployed must be readable.
    """
    repository = github()
    reason = "There is no `github-token`."
    if repository is not None and run_id and sha:
        try:
            return repository.list_run_deployments(run_id, sha)
        except ApiError as refused:
            runner.log_debug(f"GitHub: {refused.message} {refused.reason}")
            reason = refused.reason
    raise WorkflowError(
        "The deployments of the run are not readable, so it is unknown where it deployed to.",
        reason=reason,
        hint="Add `permissions: {deployments: read}` to the job.",
    )


def verify_deployment(target: DeployTarget, services: Services) -> None:
    """
    Verify that the job of the environment, which this job `needs:`, has succeeded.

    The check reads the run's newest deployment to the environment from GitHub, by its name there
    if that is known. If there is none of that name, or it is not readable, `needs:` alone must
    suffice. See docs/adr/0008-whose-deploy.md.

    Raises:
        ApiError: The deployment has not succeeded.
    """
    config = target.config
    deployment = _find_own_deployment(target, services)
    budget = services.with_half_budget().sentry().budget
    for wait_s in _WAITS_S:
        is_in_progress = (
            deployment is not None
            and deployment.state in IN_PROGRESS_STATES
            and not _is_own_job(config, deployment)
        )
        if not is_in_progress or not budget.sleep_if_affordable(wait_s):
            break
        deployment = _find_own_deployment(target, services)
    if deployment is None or deployment.state in SUCCESS_STATES or _is_own_job(config, deployment):
        return
    raise ApiError(
        f"The deployment of this run to {deployment.environment!r} is `{deployment.state}`.",
        reason=f"GitHub reports this state for {deployment.page}",
        hint="Add that job to `needs:` of this one, without an `if:` that runs it after a failure.",
    )


def _find_own_deployment(target: DeployTarget, services: Services) -> Deployment | None:
    config, context = target.config, target.context
    name = target.deployed_name or config.environment
    github = services.github()
    if github is None or not (config.check_run_id and context.run_id and context.sha):
        return None
    try:
        found = github.list_run_deployments(context.run_id, context.sha, environment=name)
    except (ApiError, ServiceUnavailableError) as error:
        services.runner.log_debug(f"GitHub: {error.message} {error.reason}")
        return None
    return next(iter(found), None)


def _is_own_job(config: Config, deployment: Deployment) -> bool:
    """Return whether this very job deploys; its result is not known yet."""
    return (deployment.page or "").endswith(f"/job/{config.check_run_id}")
