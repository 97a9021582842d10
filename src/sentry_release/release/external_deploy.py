"""Deployments of other workflows or tools: whether to record them, and with which values."""

from dataclasses import dataclass, replace

from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent
from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.model.release import FAILED_STATES, SUCCESS, SUCCESS_STATES, Deployment
from sentry_release.model.sentry_names import check_link

_MAX_SHOWN = 80  # characters of a name from another system


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipReason:
    """Why no deploy is recorded, as a sentence; `failed` is whether the deployment failed."""

    text: str
    failed: bool = False


def find_skip_reason(event: DeploymentEvent) -> SkipReason | None:
    """
    Return why the deployment of the event is not recorded; None if it is.

    Raises:
        WorkflowError: The event is about no deployment.
    """
    if event.state is None or event.sha is None:
        raise WorkflowError(
            f"The event `{event.event}` contains no deployment.",
            reason="Its payload has no state or no commit.",
            hint="Use the action `deploy` on the event `deployment_status` or `workflow_run`, or in a "
            "job with `needs:`.",
        )
    if event.is_fork:
        fork = event.is_fork[:_MAX_SHOWN]
        return SkipReason(
            text=f"The run is of the fork {fork}, whose deployments are not recorded."
        )
    if event.state == SUCCESS:
        return None
    message = (
        f"deployment to {(event.environment or '')[:_MAX_SHOWN]!r}" if event.deployment else "run"
    )
    text = f"The state of the {message} is `{event.state[:_MAX_SHOWN]}`."
    return SkipReason(text=text, failed=event.state in FAILED_STATES)


def match_run_deployment(
    config: Config, event: DeploymentEvent, made: tuple[Deployment, ...]
) -> tuple[Deployment | None, SkipReason | None]:
    """
    Return the matching deployment of the run, or why no deploy is recorded.

    A run can succeed although its deploying job was skipped, so a run without a deployment has
    deployed nothing. If it made exactly one, the environment may have another name in Sentry.

    Raises:
        WorkflowError: There are several, and `environment` is empty.
    """
    run = f"The run #{event.run_number}" if event.run_number else f"The run {event.run_id}"
    if not made:
        return None, SkipReason(text=f"{run} made no deployment.")
    names = ", ".join(repr(one.environment[:_MAX_SHOWN]) for one in made)
    if config.environment is None and len(made) > 1:
        raise WorkflowError(
            f"{run} deployed to several environments: {names}.",
            reason="A step records one deploy.",
            hint="Add one step for each, with `environment` in its `with:`.",
        )
    expected = (config.environment or "").casefold()
    named = [one for one in made if one.environment.casefold() == expected]
    if not named and len(made) > 1:
        return None, SkipReason(text=f"{run} deployed to {names}, not to {config.environment!r}.")
    intended = (named or made)[0]
    if intended.state not in SUCCESS_STATES:
        text = f"Its deployment to {intended.environment[:_MAX_SHOWN]!r} is `{intended.state}`."
        return None, SkipReason(text=text, failed=intended.state in FAILED_STATES)
    return intended, None


def apply_external_deploy(
    config: Config, context: Context, event: DeploymentEvent, made: Deployment | None
) -> tuple[Config, Context]:
    """
    Return inputs and run with the values of the deployment; inputs of the user take precedence.

    The deploy then identifies the run or the deployment that made it, so it is recognized
    whichever run records it.
    """
    url = event.url or check_link(made.url if made else None) or event.log_url
    config = replace(
        config,
        environment=config.environment or (made.environment if made else event.environment),
        deploy_url=config.deploy_url or url,
    )
    context = replace(
        context,
        sha=event.sha,
        built=None,
        actor=event.creator or context.actor,
        deployment_id=event.deployment,
        deploy_started=(made.started if made else None) or event.started,
    )
    if event.run_id is None:
        return config, context
    run = replace(context, run_id=event.run_id, run_number=event.run_number)
    return config, replace(run, run_attempt=event.run_attempt)
