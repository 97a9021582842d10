"""The phases post and deploy: mark the deploy when it is true, and say so when it is not."""

from dataclasses import replace

from sentry_release.decisions import telling
from sentry_release.decisions.finishing import Finished, Landed
from sentry_release.decisions.page import Status
from sentry_release.decisions.pages import finished_page, page_of
from sentry_release.facts.choices import OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story.doubles import warn_of_doubles
from sentry_release.story.environment import (
    environment_of_job,
    judge_environment,
    judge_token,
)
from sentry_release.story.finishing import finish
from sentry_release.story.landing import look
from sentry_release.story.naming import named
from sentry_release.story.notifying import tell_people, try_out
from sentry_release.story.opening import find
from sentry_release.story.speaking import link_deployment, spoken_for, verified
from sentry_release.story.summary import summarize
from sentry_release.story.world import World
from sentry_release.words.commits import Way
from sentry_release.words.errors import ActionError, OutageError, WorkflowError
from sentry_release.words.release import Release
from sentry_release.words.told import Level, Notice, Told

_SUCCESS = "success"


def post(config: Config, context: Context, world: World) -> None:
    """
    After the last step of the job: finish what main began, if the job has succeeded.

    Raises:
        ActionError: Only with `on-outage: fail`; otherwise a failure is a warning, since the
            job has done its own work.
    """
    left = Handover.from_state(context.handover) if context.handover else None
    if left is None or left.quiet:
        world.runner.say(f"Nothing to finish: {left.quiet if left else 'main left nothing'}.")
        return
    if config.job_status != _SUCCESS:
        _say_unmarked(config, context, world, left, _job_ended(config))
        return
    try:
        if left.environment_unsure and not left.environment:
            left = replace(left, environment=environment_of_job(config, context, world))
        _say_finished(config, context, world, left, finish(config, context, world, left))
    except ActionError as error:
        if config.on_outage is OnOutage.FAIL:
            raise
        _say_failed(config, context, world, left, error)


def deploy(config: Config, context: Context, world: World) -> None:
    """
    The same as a step of its own, in a job that runs when the deploy has been done.

    Raises:
        WorkflowError, ProjectError, RefusedError: A mistake of the user's.
        OutageError: Only with `on-outage: fail`.
    """
    judge_token(config, context)
    try_out(config, world)
    try:
        _deploy(config, context, world)
    except OutageError as outage:
        if config.on_outage is OnOutage.FAIL:
            raise
        _tell(world, None)
        world.runner.notice(Notice(level=Level.WARNING, title=outage.title, text=str(outage)))


def _deploy(config: Config, context: Context, world: World) -> None:
    spoken = spoken_for(config, context, world)
    if spoken.why_not:
        _tell(world, None)
        world.runner.say(f"No deploy was marked. {spoken.why_not}")
        return
    config, context = spoken.config, spoken.context
    named_by_user = config.environment is not None
    environment = config.environment or environment_of_job(config, context, world)
    if environment is None:
        raise WorkflowError(
            "`environment` is empty, and this job has none of its own.",
            why="A deploy is marked in an environment.",
            mend="Add `environment: production` to this step's `with:`.",
        )
    judge_environment(environment)
    release = named(config, context, world, environment).release
    left = Handover(release=release.name, environment=environment, opened=True)
    if why := _why_not(config, context):
        _tell(world, None)
        _say_unmarked(config, context, world, left, why)
        return
    deployment = spoken.deployment
    if named_by_user and spoken.ours:
        deployment = verified(config, context, world)
    left = _prepared(config, context, world, release, left)
    done = finish(config, context, world, left)
    _tell(world, done)
    _say_finished(config, context, world, left, done)
    if deployment is not None and config.github_deployment:
        link_deployment(config, world, left, deployment)


def _why_not(config: Config, context: Context) -> str | None:
    """Why no deploy is to be marked, as a sentence."""
    if config.auth_token is None:
        return f"Sentry was not asked: {context.secretless or 'there is no auth token'}."
    if config.job_status not in {None, _SUCCESS}:
        return _job_ended(config)
    return "This is a dry run: it changes nothing in Sentry." if config.dry_run else None


def _job_ended(config: Config) -> str:
    return f"The job's status is {config.job_status or 'unknown'}, so nothing was finalized either."


def _prepared(
    config: Config, context: Context, world: World, release: Release, left: Handover
) -> Handover:
    """What main would have left for post, found out anew where it matters."""
    hurried = world.hurried()
    try:
        seen = look(hurried, release.name)
        if seen.commit_count:
            return replace(left, way=Way.KEPT)
        plan = find(config, context, hurried, release, left.environment)
    except OutageError as outage:
        world.runner.say(f"Its commits are left alone: {outage.what}")
        return replace(left, way=Way.KEPT)
    return replace(plan.handed_over(left), head=seen.ref or context.sha)


def _tell(world: World, done: Finished | None) -> None:
    marked = done.marked if done else None
    outputs = telling.of_finished(
        done.seen if done and not done.unsure else None,
        marked.deploy.id if marked else None,
        marked=bool(marked),
    )
    world.runner.tell(Told(outputs=telling.with_json(outputs)))


def _say_finished(
    config: Config, context: Context, world: World, left: Handover, done: Finished
) -> None:
    """
    Say what was done.

    Raises:
        ActionError: With `on-outage: fail`, where the deploy is all that is known to be done.
    """
    page = finished_page(config, context, left, done)
    if done.landed is Landed.NO:
        text = (
            f"{left.release}: its commits did not come to Sentry, so nobody gets a deploy mail.\n"
            "Look at Settings > Integrations in Sentry, and give the job "
            "`permissions: {contents: read}`."
        )
        world.runner.notice(Notice(level=Level.WARNING, title="Sentry release: commits", text=text))
    if done.doubles:
        warn_of_doubles(world, left.release, done.doubles)
    world.runner.say(f"{left.release}: {page.status.value} {left.environment or ''}".rstrip())
    summarize(config, world, page)
    tell_people(config, world, page)
    if done.unsure:
        _say_unsure(config, world, left, done.unsure)


def _say_unsure(config: Config, world: World, left: Handover, why: ActionError) -> None:
    if config.on_outage is OnOutage.FAIL:
        raise why
    text = f"{left.release} is marked as deployed, but it may not be finalized.\n{why}"
    world.runner.notice(Notice(level=Level.WARNING, title=why.title, text=text))


def _say_unmarked(config: Config, context: Context, world: World, left: Handover, why: str) -> None:
    world.runner.say(f"{left.release}: no deploy was marked. {why}")
    page = replace(page_of(config, context, left), status=Status.NOT_DEPLOYED, notes=(why,))
    summarize(config, world, page)
    tell_people(config, world, page)


def _say_failed(
    config: Config, context: Context, world: World, left: Handover, error: ActionError
) -> None:
    world.runner.notice(Notice(level=Level.WARNING, title=error.title, text=str(error)))
    page = replace(
        page_of(config, context, left),
        status=Status.NOT_DEPLOYED,
        notes=(error.what, error.why, error.mend),
    )
    summarize(config, world, page)
