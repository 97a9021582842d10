"""Whose deploy a step with the action `deploy` speaks for, and whether that one has succeeded."""

from dataclasses import dataclass

from sentry_release.decisions.speaking import WhyNot, of_run, speaking, why_not
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.deployed import Deployed
from sentry_release.story.world import World
from sentry_release.words.deployments import AT_WORK, ENDED_WELL, Deployment
from sentry_release.words.errors import OutageError, RefusedError, WorkflowError

_WAITS_S = (1, 2, 3, 4, 5, 5, 5, 5)
"""
GitHub writes how a deployment ended when its job is over, so it may lag behind `needs:`; at
most half of the time that is left is waited.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """
    The inputs and the run of the one who deployed; `why_not` says why nothing is marked.

    `ours` is whether it is our own run, so that a job of it has to have succeeded.
    """

    config: Config
    context: Context
    ours: bool = False
    deployment: int | None = None
    why_not: WhyNot | None = None


def spoken_for(config: Config, context: Context, world: World) -> Spoken:
    """
    Take from the event what it tells of a deploy that somebody else made.

    Raises:
        WorkflowError: The event tells of no deployment, or of several.
        OutageError: GitHub could not be reached.
    """
    told = context.deployed
    if told is None:
        return Spoken(config=config, context=context, ours=True)
    why = why_not(told)
    made: Deployment | None = None
    if why is None and told.run_id is not None:
        made, why = _of_run(config, told, world)
        if why and _deploys_itself(context, world):
            return Spoken(config=config, context=context, ours=True)
    config, context = speaking(config, context, told, made)
    number = made.id if made else told.deployment
    return Spoken(config=config, context=context, deployment=number, why_not=why)


def _of_run(
    config: Config, told: Deployed, world: World
) -> tuple[Deployment | None, WhyNot | None]:
    github = world.github()
    if github is not None and told.run_id and told.sha:
        try:
            return of_run(config, told, github.deployments_of_run(told.run_id, told.sha))
        except RefusedError as refused:
            world.runner.whisper(f"GitHub: {refused.what} {refused.why}")
    if config.environment:
        return None, None
    raise WorkflowError(
        "`environment` is empty, and the deployments of the run cannot be read.",
        why="The event `workflow_run` does not say where its run has deployed to.",
        mend="Give the job `permissions: {deployments: read}`.",
    )


def _deploys_itself(context: Context, world: World) -> bool:
    """A workflow that another one has started may well deploy with jobs of its own."""
    github = world.github()
    if github is None or not (context.run_id and context.sha):
        return False
    return bool(github.deployments_of_run(context.run_id, context.sha))


def verified(config: Config, context: Context, world: World) -> int | None:
    """
    Make sure that the job of the environment, which this job `needs:`, has succeeded.

    GitHub is asked for the run's newest deployment to the environment. Where it has none of
    that name, or cannot be asked, nothing is known, and `needs:` has to do.
    See docs/adr/0008-whose-deploy.md.

    Returns:
        The id of the deployment, if there is one.

    Raises:
        RefusedError: It has not succeeded.
    """
    made = _made_here(config, context, world)
    patience = world.hurried().sentry().patience
    for wait_s in _WAITS_S:
        at_work = made is not None and made.state in AT_WORK and not _is_ours(config, made)
        if not at_work or not patience.waited(wait_s):
            break
        made = _made_here(config, context, world)
    if made is None or made.state in ENDED_WELL or _is_ours(config, made):
        return made.id if made else None
    raise RefusedError(
        f"The deployment of this run to {made.environment!r} is `{made.state}`.",
        why=f"So says GitHub of the job {made.page}",
        mend="Let this job `needs:` that one, without an `if:` that lets it run after a failure.",
    )


def _made_here(config: Config, context: Context, world: World) -> Deployment | None:
    github = world.github()
    if github is None or not (config.check_run_id and context.run_id and context.sha):
        return None
    try:
        found = github.deployments_of_run(
            context.run_id, context.sha, environment=config.environment
        )
    except (RefusedError, OutageError) as error:
        world.runner.whisper(f"GitHub: {error.what} {error.why}")
        return None
    return next(iter(found), None)


def _is_ours(config: Config, made: Deployment) -> bool:
    """Whether it is this very job that deploys; how it ends nobody knows yet."""
    return (made.page or "").endswith(f"/job/{config.check_run_id}")
