"""The phases main and plan: name the release, tell everybody, open it in Sentry."""

from dataclasses import dataclass, replace

from sentry_release.decisions import defines, links, telling
from sentry_release.decisions.deploying import deploy_of
from sentry_release.decisions.noticing import marked_page
from sentry_release.decisions.opening import Plan
from sentry_release.decisions.page import Page, Status
from sentry_release.decisions.pages import credited, named_page, opened_page, undone
from sentry_release.facts.choices import OnOutage, Phase, When
from sentry_release.facts.config import Config
from sentry_release.facts.context import HANDOVER, Context
from sentry_release.facts.handover import Handover
from sentry_release.story.environment import environment_of_job, environment_of_name, judge_token
from sentry_release.story.hosting import say_unnamed_repository
from sentry_release.story.naming import named
from sentry_release.story.notifying import tell_people, try_out
from sentry_release.story.opening import carry_out, find
from sentry_release.story.remarks import judge_name, judge_project, say_passed_over
from sentry_release.story.summary import preview, summarize
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, Previous
from sentry_release.words.errors import OutageError
from sentry_release.words.release import Marked, Release, SeenRelease
from sentry_release.words.told import Level, Notice, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What every part of this phase needs."""

    config: Config
    context: Context
    world: World
    release: Release


def main(config: Config, context: Context, world: World) -> None:
    """
    Name the release and tell the build; then open it in Sentry.

    No outage can cost the build its name, since that is told before the first request.

    Raises:
        WorkflowError, ProjectError, RefusedError: A mistake of the user's.
        OutageError: Only with `on-outage: fail`, or where the name hangs on GitHub's answer.
    """
    judge_token(config, context)
    preview(config, world)
    try_out(config, world)
    environment = environment_of_name(config, context, world)
    found = named(config, context, world, environment)
    release = found.release
    judge_name(config, context, world, release)
    say_unnamed_repository(config, context, world)
    step = _Step(config=config, context=context, world=world, release=release)
    rehearsal = config.dry_run or config.phase is Phase.PLAN
    quiet = "a dry run changes nothing in Sentry" if rehearsal else None
    now = world.clock.now()
    left = Handover(release=release.name, environment=environment, started=now, quiet=quiet)
    left = left.with_commit(context.built)
    say_passed_over(context, world)
    _tell_name(step, environment)
    judge_project(config, context, world, found)
    if config.auth_token is None:
        world.spare.do_rest()
        _say_secretless(step, left)
        return
    _leave(world, left)
    try:
        left = _with_environment(step, left)
        _leave(world, left)
        _open(step, left)
    except OutageError as outage:
        _say_outage(step, left, outage)
    finally:
        world.spare.do_rest()


def _open(step: _Step, left: Handover) -> None:
    config, context, world = step.config, step.context, step.world
    plan = find(config, context, world, step.release, left.environment)
    left = plan.handed_over(left)
    _leave(world, left)
    if left.quiet:
        _say(step, left, plan, None, ())
        return
    opened = carry_out(plan, config, context, world)
    left = opened.handed_over(left)
    _leave(world, left)
    commits = opened.history.commits if opened.history else ()
    page = _say(step, left, opened.plan, opened.seen, commits)
    if marked := _mark_now(step, left, opened.seen):
        _leave(world, replace(left, marked=True))
        tell_people(config, world, marked_page(page, marked))


def _with_environment(step: _Step, left: Handover) -> Handover:
    """Learn the job's own environment from GitHub, unless the user named one, and tell it."""
    if left.environment is not None:
        return left
    try:
        environment = environment_of_job(step.config, step.context, step.world)
    except OutageError as outage:
        _tolerate(step, left, outage)
        return replace(left, environment_unsure=True)
    if environment is not None:
        _tell_name(step, environment)
    return replace(left, environment=environment)


def _mark_now(step: _Step, left: Handover, seen: SeenRelease) -> Marked | None:
    config, context, world = step.config, step.context, step.world
    if config.deploy is not When.NOW:
        return None
    now = world.clock.now()
    deploy = deploy_of(config, context, environment=left.environment, started=left.started, now=now)
    if deploy is None:
        return None
    from sentry_release.doors.sentry.once import marked_once  # noqa: PLC0415 - slow to import

    try:
        return marked_once(world.sentry(), seen.name, deploy, seen=seen)
    except OutageError as outage:
        _tolerate(step, left, outage)
        return None


def _tell_name(step: _Step, environment: str | None) -> None:
    """Hand the name to the build in all its forms."""
    config, release = step.config, step.release
    values = defines.defines(release, environment=environment, dsn=config.dsn)
    step.world.disk.write(
        telling.defines_path(config), defines.as_file(values), is_ours=defines.is_own_file
    )
    told = telling.of_release(config, step.context, release, environment, values)
    step.world.runner.tell(replace(told, outputs=telling.with_json(told.outputs)))
    if not step.context.on_actions:
        step.world.runner.say(telling.for_a_shell(config, told.variables))


def _tell_found(step: _Step, left: Handover, count: int | None) -> None:
    """Tell what only Sentry made known."""
    config, release = step.config, step.release
    values = defines.defines(release, environment=left.environment, dsn=config.dsn)
    first = telling.of_release(config, step.context, release, left.environment, values).outputs
    url = links.release_page(config.url, config.organization or "", release.name)
    previous = Previous(release=left.previous_release, commit=left.previous_commit)
    more = telling.of_opened(url, previous, count)
    every = telling.with_json({**first, **more})
    step.world.runner.tell(Told(outputs={**more, "json": every["json"]}))


def _leave(world: World, left: Handover) -> None:
    world.runner.tell(Told(state={HANDOVER: left.to_state()}))


def _say(
    step: _Step,
    left: Handover,
    plan: Plan,
    seen: SeenRelease | None,
    commits: tuple[Commit, ...],
) -> Page:
    """Say that the release is open (`seen`) with these commits, or would be."""
    page = opened_page(credited(_page(step, left), step.config, commits), step.context, plan, seen)
    _tell_found(step, left, page.commit_count)
    how = "is open in Sentry" if seen else "would be opened in Sentry"
    step.world.runner.say(f"{left.release} {how}: {page.release_url}")
    summarize(step.config, step.world, page)
    return page


def _say_secretless(step: _Step, left: Handover) -> None:
    why = step.context.secretless or "there is no auth token"
    text = f"{left.release}: the build has its name, but Sentry was not told of it: {why}."
    notice = Notice(level=Level.NOTICE, title="Sentry release: only named", text=text)
    step.world.runner.notice(notice)
    note = f"Sentry was not told of it: {why}."
    page = replace(_page(step, left), status=Status.NAMED, release_url=None, notes=(note,))
    summarize(step.config, step.world, page)


def _say_outage(step: _Step, left: Handover, outage: OutageError) -> None:
    _tolerate(step, left, outage)
    notes = (outage.what, undone(step.context, left))
    page = replace(_page(step, left), status=Status.UNREACHED, release_url=None, notes=notes)
    summarize(step.config, step.world, page)


def _tolerate(step: _Step, left: Handover, outage: OutageError) -> None:
    """Warn of an outage; with `on-outage: fail`, raise it."""
    if step.config.on_outage is OnOutage.FAIL:
        raise outage
    text = f"{outage}\nThe build has its name all the same. {undone(step.context, left)}"
    step.world.runner.notice(Notice(level=Level.WARNING, title=outage.title, text=text))


def _page(step: _Step, left: Handover) -> Page:
    return named_page(step.config, step.context, left, step.release)
