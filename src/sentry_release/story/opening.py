"""Open the release in Sentry: what was there before, the one request, its commits."""

from dataclasses import replace

from sentry_release.decisions.opening import Opened, Plan, planned
from sentry_release.decisions.relating import remark
from sentry_release.facts.choices import Commits
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.history import own_history
from sentry_release.story.previous import before_us
from sentry_release.story.world import World
from sentry_release.words.commits import Payload, Way
from sentry_release.words.errors import UnknownRepositoryError
from sentry_release.words.release import Opening, Release, SeenRelease
from sentry_release.words.told import Level, Notice


def find(
    config: Config, context: Context, world: World, release: Release, environment: str | None
) -> Plan:
    """
    Ask what was there before us, and plan.

    Raises:
        RefusedError, OutageError: Sentry could not be asked.
    """
    before = before_us(config, context, world, release, environment)
    return planned(config, context, release=release, environment=environment, before=before)


def carry_out(plan: Plan, config: Config, context: Context, world: World) -> Opened:
    """
    Open the release as planned.

    Raises:
        RefusedError, OutageError: The release could not be opened. What only concerns its
            commits is told as a warning, and mended in post.
    """
    opening = plan.opening(config, context, now=world.clock.now())
    if plan.way is Way.GITHUB:
        return _with_payload(plan, opening, config, world)
    try:
        seen = world.sentry().open(opening)
    except UnknownRepositoryError as refused:
        return _without_integration(plan, opening, config, world, refused)
    return Opened(plan=plan, seen=_finalized_now(seen, opening, world))


def _with_payload(plan: Plan, opening: Opening, config: Config, world: World) -> Opened:
    """Open it with commits of our own; then Sentry fetches none, so the other refs are dropped."""
    history = own_history(config, plan.commits, world) if plan.commits else None
    payload = None
    if history and history.commits and plan.commits:
        payload = Payload(repository=plan.commits.repository, commits=history.commits)
        plan = replace(plan, remark=remark(history, plan.commits, plan.previous.release))
    elif history and plan.commits:
        told = remark(history, plan.commits, plan.previous.release)
        plan = replace(plan, way=Way.NONE, remark=told)
    refs = () if payload else opening.refs  # with commits of ours, Sentry fetches none
    if plan.more and not refs:
        _say_left_out(plan, world)
    seen = world.sentry().open(replace(opening, payload=payload, refs=refs))
    return Opened(plan=plan, seen=_finalized_now(seen, opening, world), history=history)


def _without_integration(
    plan: Plan, opening: Opening, config: Config, world: World, refused: UnknownRepositoryError
) -> Opened:
    if config.commits is Commits.INTEGRATION or plan.commits is None:
        raise refused
    so = "So its commits come from GitHub" if world.github() else "So it cannot fetch commits"
    world.runner.say(f"{refused.what} {so}: {refused.why}")
    # The refused request has opened the release, but whether it was new then is not known now.
    plan = replace(plan, way=Way.GITHUB)
    opened = _with_payload(plan, replace(opening, refs=()), config, world)
    return replace(opened, seen=replace(opened.seen, created=False))


def _say_left_out(plan: Plan, world: World) -> None:
    names = ", ".join(one.repository for one in plan.more)
    text = (
        f"The commits of {names} were left out.\n"
        "Sentry takes either ranges to fetch or commits, and these commits come from GitHub.\n"
        "Link all repositories under Settings > Integrations, and leave `paths` empty."
    )
    notice = Notice(level=Level.WARNING, title="Sentry release: commits", text=text)
    world.runner.notice(notice)


def _finalized_now(seen: SeenRelease, opening: Opening, world: World) -> SeenRelease:
    """A release that exists already keeps its date, and ignores one that comes with opening it."""
    if opening.released is None or seen.released is not None:
        return seen
    return world.sentry().finalize(seen.name, opening.released)
