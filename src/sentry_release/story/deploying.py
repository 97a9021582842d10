"""The action deploy: mark the deploy when it is true, and say so when it is not."""

from dataclasses import replace

from sentry_release.decisions.speaking import WhyNot
from sentry_release.decisions.unmarked import SUCCESS, job_ended, spoken_page, unmarked_page
from sentry_release.facts.choices import OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.deployed import Deployed
from sentry_release.facts.handover import Handover
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.release.event_policy import allowed_effects
from sentry_release.story.ending import say_failed, say_finished, say_unmarked, tell_outputs, warn
from sentry_release.story.environment import (
    environment_of_job,
    judge_environment,
    judge_token,
)
from sentry_release.story.finishing import finish
from sentry_release.story.landing import look
from sentry_release.story.naming import named
from sentry_release.story.notifying import try_out
from sentry_release.story.opening import find
from sentry_release.story.speaking import Spoken, spoken_for, verified
from sentry_release.story.world import World
from sentry_release.words.commits import Way
from sentry_release.words.errors import ActionError, OutageError, RefusedError, WorkflowError
from sentry_release.words.release import Release, SeenRelease


def deploy(config: Config, context: Context, world: World) -> None:
    """
    What post does, as a step of its own, in a job that runs when the deploy has been done.

    Raises:
        WorkflowError, ProjectError, RefusedError: A mistake of the user's.
        OutageError: Only with `on-outage: fail`.
    """
    judge_token(config, context)
    try_out(config, world)
    try:
        spoken = spoken_for(config, context, world)
        if spoken.why_not and context.deployed:
            _say_not_true(spoken, context.deployed, spoken.why_not, world)
        else:
            _deploy(spoken, world, named_by_user=config.environment is not None)
    except OutageError as outage:
        if config.on_outage is OnOutage.FAIL:
            raise
        tell_outputs(world, None)
        warn(world, outage)


def _deploy(spoken: Spoken, world: World, *, named_by_user: bool) -> None:
    config, context = spoken.config, spoken.context
    environment = _environment(config, context, world)
    release = named(config, context, world, environment.name).release
    left = Handover(release=release.name).in_environment(environment)
    if why := _why_not(config, context, environment):
        tell_outputs(world, None)
        failed = config.job_status not in {None, SUCCESS}
        say_unmarked(config, world, unmarked_page(config, context, left, why, failed=failed))
        return
    try:
        if named_by_user and spoken.ours:
            verified(config, context, world)
        left, seen = _prepared(config, context, world, release, left)
        done = finish(config, context, world, left, seen)
    except (RefusedError, OutageError) as error:
        say_failed(config, context, world, left, error)
        raise
    tell_outputs(world, done)
    say_finished(config, context, world, left, done)


def _say_not_true(spoken: Spoken, told: Deployed, why: WhyNot, world: World) -> None:
    """What the event tells of is no deploy that has succeeded, which is no mistake of anybody."""
    config, context = spoken.config, spoken.context
    try:
        name = named(config, context, world, config.environment).release.name
    except ActionError as error:
        world.runner.whisper(f"The release of the event cannot be named: {error.what}")
        name = None
    tell_outputs(world, None)
    say_unmarked(config, world, spoken_page(config, context, told, why, name))


def _environment(config: Config, context: Context, world: World) -> JobEnvironment:
    environment = environment_of_job(config, context, world)
    if environment.name is None:
        unknown = environment.unknown_because
        raise WorkflowError(
            "`environment` is empty, and the job has no environment."
            if unknown is None
            else f"`environment` is empty, and the job's environment is unknown ({unknown}).",
            why="A deploy belongs to an environment.",
            mend="Add `environment: production` to this step's `with:`.",
        )
    judge_environment(environment.name)
    told = context.deployed
    is_production = environment.is_production or (told is not None and told.is_production)
    return replace(environment, is_production=is_production)


def _why_not(config: Config, context: Context, environment: JobEnvironment) -> str | None:
    """Why no deploy may be created, as a sentence."""
    if config.auth_token is None:
        return f"Nothing was sent to Sentry: {context.secretless or 'there is no auth token'}."
    if config.job_status not in {None, SUCCESS}:
        return job_ended(config)
    allowed = allowed_effects(context.event_kind, environment)
    if not allowed.deploy:
        return f"Nothing was sent to Sentry: {allowed.because}."
    return "Dry run: nothing was changed in Sentry." if config.dry_run else None


def _prepared(
    config: Config, context: Context, world: World, release: Release, left: Handover
) -> tuple[Handover, SeenRelease | None]:
    """What main would have left for post, found out anew where it matters; and the release."""
    hurried = world.hurried()
    try:
        may_open = config.create_missing_release
        seen = hurried.sentry().look(release.name) if may_open else look(hurried, release.name)
        if seen is None:
            world.runner.say(f"Sentry has no release {release.name}, so it is opened now.")
            return left, None
        if seen.commit_count:
            return replace(left, opened=True, way=Way.KEPT), seen
        plan = find(config, context, hurried, release, left.environment)
    except OutageError as outage:
        world.runner.say(f"Its commits are left alone: {outage.what}")
        return replace(left, opened=True, way=Way.KEPT), None
    return replace(plan.handed_over(left), opened=True, head=seen.ref or context.commit), seen
