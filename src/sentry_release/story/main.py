"""The main step of the action: name the release, hand the name to the build, create it in Sentry."""

from dataclasses import dataclass, replace

from sentry_release.decisions import defines, links, telling
from sentry_release.decisions.opening import Plan
from sentry_release.decisions.page import Page, Status
from sentry_release.decisions.pages import credited, named_page, opened_page, undone
from sentry_release.facts.choices import Commits, OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import HANDOVER, Context
from sentry_release.facts.handover import Handover
from sentry_release.model.event_kind import EventKind
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.release.event_policy import allowed_effects
from sentry_release.story.environment import environment_of_job, environment_of_name, judge_token
from sentry_release.story.hosting import say_unnamed_repository
from sentry_release.story.naming import named
from sentry_release.story.notifying import try_out
from sentry_release.story.opening import carry_out, find
from sentry_release.story.remarks import judge_name, judge_project, say_passed_over
from sentry_release.story.summary import summarize
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, Previous
from sentry_release.words.errors import OutageError
from sentry_release.words.release import Release, SeenRelease
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
    try_out(config, world)
    environment = environment_of_name(config, context, world)
    found = named(config, context, world, environment.name if environment else None)
    release = found.release
    judge_name(config, context, world, release)
    say_unnamed_repository(config, context, world)
    step = _Step(config=config, context=context, world=world, release=release)
    quiet = "a dry run changes nothing in Sentry" if config.dry_run else None
    left = Handover(release=release.name, dist=release.dist, started=world.clock.now(), quiet=quiet)
    left = left.in_environment(environment or JobEnvironment()).with_commit(context.built)
    say_passed_over(context, world)
    _tell_name(step, left.environment)
    judge_project(config, context, world, found)
    try:
        if why := _why_only_named(config, context):
            _say_only_named(step, left, why)
        else:
            _leave(config, world, left)
            _open_in(step, left, environment)
    finally:
        world.spare.do_rest()


def _open_in(step: _Step, left: Handover, environment: JobEnvironment | None) -> None:
    """Learn the environment, unless it is known, and create the release if the event may."""
    try:
        left = left if environment else _with_environment(step, left)
        allowed = allowed_effects(step.context.event_kind, left.job_environment)
        if not allowed.create:
            left = replace(left, quiet=allowed.because)
            _leave(step.config, step.world, left)
            _say_only_named(step, left, allowed.because or "")
            return
        _leave(step.config, step.world, left)
        _open(step, left, commits=allowed.commits)
    except OutageError as outage:
        _say_outage(step, left, outage)


def _why_only_named(config: Config, context: Context) -> str | None:
    """Why the release only gets its name, as far as it is known without a request."""
    if config.auth_token is None:
        return context.secretless or "there is no auth token"
    if context.event_kind in {EventKind.FORK, EventKind.FORK_WITH_SECRETS}:
        return allowed_effects(context.event_kind, JobEnvironment()).because
    return None


def _open(step: _Step, left: Handover, *, commits: bool) -> None:
    config, context, world = step.config, step.context, step.world
    config = config if commits else replace(config, set_commits=Commits.SKIP)
    plan = find(config, context, world, step.release, left.environment)
    left = plan.handed_over(left)
    _leave(config, world, left)
    if left.quiet:
        _say(step, left, plan, None, ())
        return
    opened = carry_out(plan, config, context, world)
    left = opened.handed_over(left)
    _leave(config, world, left)
    own = opened.history.commits if opened.history else ()
    _say(step, left, opened.plan, opened.seen, own)


def _with_environment(step: _Step, left: Handover) -> Handover:
    """Learn the job's own environment from GitHub, and put it among outputs and defines."""
    try:
        environment = environment_of_job(step.config, step.context, step.world)
    except OutageError as outage:
        _tolerate(step, left, outage)
        return replace(left, environment_problem=outage.what)
    if environment.name is not None:
        _tell_name(step, environment.name)
    elif environment.unknown_because is not None and step.config.deploy:
        _warn_of_environment(step, left, environment.unknown_because)
    return left.in_environment(environment)


def _warn_of_environment(step: _Step, left: Handover, why: str) -> None:
    text = (
        f"{left.release} will not be finalized, and no deploy will be recorded: "
        f"the job's environment is unknown ({why}).\n"
        "Set `environment`, or give the job `permissions: {checks: read}`. "
        "A job that deploys nothing sets `deploy: false`."
    )
    notice = Notice(level=Level.WARNING, title="Sentry release: environment", text=text)
    step.world.runner.notice(notice)


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
        if told.variables:
            step.world.runner.print_result(telling.for_a_shell(told.variables))
        step.world.runner.say(telling.as_argument(config))


def _tell_found(step: _Step, left: Handover, count: int | None) -> None:
    """Tell what only Sentry made known."""
    config, release = step.config, step.release
    values = defines.defines(release, environment=left.environment, dsn=config.dsn)
    first = telling.of_release(config, step.context, release, left.environment, values).outputs
    url = links.release_page(config.url, config.org or "", release.name)
    previous = Previous(release=left.previous_release, commit=left.previous_commit)
    more = telling.of_opened(url, previous, count)
    every = telling.with_json({**first, **more})
    step.world.runner.tell(Told(outputs={**more, "json": every["json"]}))


def _leave(config: Config, world: World, left: Handover) -> None:
    """Save what the post step needs, with the time that was used up to now."""
    left = replace(left, used_s=round(config.timeout - world.deadline.left_s, 1))
    world.runner.tell(Told(state={HANDOVER: left.to_state()}))


def _say(
    step: _Step,
    left: Handover,
    plan: Plan,
    seen: SeenRelease | None,
    commits: tuple[Commit, ...],
) -> None:
    """Say that the release is open (`seen`) with these commits, or would be."""
    page = opened_page(credited(_page(step, left), step.config, commits), step.context, plan, seen)
    _tell_found(step, left, page.commit_count)
    how = "is open in Sentry" if seen else "would be opened in Sentry"
    step.world.runner.say(f"{left.release} {how}: {page.release_url}")
    summarize(step.world, page)


def _say_only_named(step: _Step, left: Handover, why: str) -> None:
    text = f"{left.release}: release name set for the build; nothing sent to Sentry: {why}."
    notice = Notice(level=Level.NOTICE, title="Sentry release: only named", text=text)
    step.world.runner.notice(notice)
    note = f"Nothing was sent to Sentry: {why}."
    page = replace(_page(step, left), status=Status.NAMED, release_url=None, notes=(note,))
    summarize(step.world, page)


def _say_outage(step: _Step, left: Handover, outage: OutageError) -> None:
    _leave(step.config, step.world, left)
    _tolerate(step, left, outage)
    notes = (outage.what, undone(step.context, left))
    page = replace(_page(step, left), status=Status.UNREACHED, release_url=None, notes=notes)
    summarize(step.world, page)


def _tolerate(step: _Step, left: Handover, outage: OutageError) -> None:
    """Warn of an outage; with `on-outage: fail`, raise it."""
    if step.config.on_outage is OnOutage.FAIL:
        raise outage
    text = f"{outage}\nThe build has its name all the same. {undone(step.context, left)}"
    step.world.runner.notice(Notice(level=Level.WARNING, title=outage.title, text=text))


def _page(step: _Step, left: Handover) -> Page:
    return named_page(step.config, step.context, left, step.release)
