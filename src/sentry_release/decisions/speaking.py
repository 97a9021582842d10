"""A deploy that somebody else made -> what this step takes from it, and whether it may be marked."""

from dataclasses import dataclass, replace

from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.deployed import Deployed
from sentry_release.facts.sentry_links import address
from sentry_release.words.deployments import ENDED_WELL, FAILED, SUCCESS, Deployment
from sentry_release.words.errors import WorkflowError

_SHOWN = 80  # characters of a name that somebody else has chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why nothing is marked, as a sentence; `failed` is whether the deploy has gone wrong."""

    text: str
    failed: bool = False


def why_not(told: Deployed) -> WhyNot | None:
    """
    Why the deploy that the event tells of is not to be marked; None when it is.

    Raises:
        WorkflowError: The event tells of none.
    """
    if told.state is None or told.sha is None:
        raise WorkflowError(
            f"The event `{told.event}` tells of no deployment.",
            why="Its payload has no state or no commit.",
            mend="Use the action `deploy` on GitHub's own `deployment_status` or `workflow_run`, or "
            "in a job with `needs:`.",
        )
    if told.fork:
        fork = told.fork[:_SHOWN]
        return WhyNot(text=f"The run came from the fork {fork}, which deploys nothing of ours.")
    if told.state == SUCCESS:
        return None
    what = f"deployment to {(told.environment or '')[:_SHOWN]!r}" if told.deployment else "run"
    text = f"The state of the {what} is `{told.state[:_SHOWN]}`."
    return WhyNot(text=text, failed=told.state in FAILED)


def of_run(
    config: Config, told: Deployed, made: tuple[Deployment, ...]
) -> tuple[Deployment | None, WhyNot | None]:
    """
    The deployment of the run that is meant, else why none is to be marked.

    A run can succeed although its deploying job was skipped, so one that made no deployment
    has deployed nothing. Where it made just one, Sentry's environment may have another name.

    Raises:
        WorkflowError: There are several, and none is named.
    """
    run = f"The run #{told.run_number}" if told.run_number else f"The run {told.run_id}"
    if not made:
        return None, WhyNot(text=f"{run} has made no deployment.")
    names = ", ".join(repr(one.environment[:_SHOWN]) for one in made)
    if config.environment is None and len(made) > 1:
        raise WorkflowError(
            f"{run} has deployed to several environments: {names}.",
            why="A step marks one deploy.",
            mend="Use the step once for each, with `environment` in its `with:`.",
        )
    wanted = (config.environment or "").casefold()
    named = [one for one in made if one.environment.casefold() == wanted]
    if not named and len(made) > 1:
        return None, WhyNot(text=f"{run} has deployed to {names}, not to {config.environment!r}.")
    meant = (named or made)[0]
    if meant.state not in ENDED_WELL:
        text = f"Its deployment to {meant.environment[:_SHOWN]!r} is `{meant.state}`."
        return None, WhyNot(text=text, failed=meant.state in FAILED)
    return meant, None


def speaking(
    config: Config, context: Context, told: Deployed, made: Deployment | None
) -> tuple[Config, Context]:
    """
    The inputs and the run, as the one who deployed would have had them; inputs that are given win.

    So a deploy carries the run or the deployment that made it, and is known again whichever
    run of ours marks it.
    """
    url = told.url or address(made.url if made else None) or told.page
    config = replace(
        config,
        environment=config.environment or (made.environment if made else told.environment),
        deploy_url=config.deploy_url or url,
    )
    context = replace(
        context,
        sha=told.sha,
        built=None,
        actor=told.creator or context.actor,
        deployment=told.deployment,
        deploy_started=(made.started if made else None) or told.started,
    )
    if told.run_id is None:
        return config, context
    run = replace(context, run_id=told.run_id, run_number=told.run_number)
    return config, replace(run, run_attempt=told.run_attempt)
