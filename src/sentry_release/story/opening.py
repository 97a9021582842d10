"""Open the release in Sentry: what was there before, the one request, its commits."""

from dataclasses import replace

from sentry_release.decisions.opening import Opened, Plan, planned
from sentry_release.decisions.relating import remark
from sentry_release.facts.choices import Commits
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.release.same_name import (
    commits_to_keep,
    describe_other_commit,
    is_from_other_commit,
    is_from_other_repository,
    is_shared,
    ranges_to_keep,
)
from sentry_release.story.history import own_history
from sentry_release.story.previous import before_us
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, Payload, Way
from sentry_release.words.errors import RefusedError, UnknownRepositoryError
from sentry_release.words.release import Opening, Release, SeenRelease
from sentry_release.words.told import Level, Notice

_LINK = (
    "Link all repositories of the release in Sentry under Settings > Integrations, and deploy them "
    "to the same `environment`: then the commits of all are kept."
)
_PAGES = 10  # of 100 commits of a release that exists already


def find(
    config: Config, context: Context, world: World, release: Release, environment: str | None
) -> Plan:
    """
    Ask what was there before us, and plan.

    Raises:
        RefusedError, OutageError: Sentry could not be asked.
    """
    before = before_us(config, context, world, release, environment)
    plan = planned(config, context, release=release, environment=environment, before=before)
    if plan.known is None or not plan.known.commit_count or not plan.sent_repositories:
        return plan
    kept = _to_keep(plan, world)
    if plan.way is not Way.INTEGRATION or all(one.is_linked for one in kept):
        return replace(plan, kept=kept)
    if config.set_commits is Commits.AUTO and world.github() is not None:
        return replace(plan, kept=kept, way=Way.GITHUB)  # only a list can have commits of both
    _warn_of_replaced(plan.release, kept, world)
    return replace(plan, kept=tuple(one for one in kept if one.is_linked))


def carry_out(plan: Plan, config: Config, context: Context, world: World) -> Opened:
    """
    Open the release as planned.

    Raises:
        RefusedError, OutageError: The release could not be opened. What only concerns its
            commits is told as a warning, and mended in post.
    """
    opening = plan.opening(config, context)
    if plan.way is Way.GITHUB:
        opened = _with_payload(plan, opening, config, world)
    else:
        try:
            seen = _sent(plan, opening, world)
        except UnknownRepositoryError as refused:
            opened = _without_integration(plan, opening, config, world, refused)
        else:
            opened = Opened(plan=plan, seen=seen)
    return _reconciled(opened, opening, context, world)


def _to_keep(plan: Plan, world: World) -> tuple[Commit, ...]:
    """Return the commits of other repositories, which a new list of commits would replace."""
    try:
        commits = world.sentry().commits(plan.release.name, pages=_PAGES)
    except RefusedError as refused:  # deleted since, or the token may not read it
        world.runner.say(f"Commits of other repositories are not kept: {refused.what}")
        return ()
    return commits_to_keep(commits, sent=plan.sent_repositories)


def _sent(plan: Plan, opening: Opening, world: World) -> SeenRelease:
    """Create the release; one that is known to be of another commit is updated instead."""
    known = plan.known
    is_complete = known is not None and set(opening.projects) <= set(known.projects)
    if known is None or not is_complete or not _is_moved(opening, known):
        return world.sentry().open(opening)
    return world.sentry().update(opening)


def _is_moved(opening: Opening, seen: SeenRelease) -> bool:
    """Return whether the release has the page of another commit of this repository."""
    return is_from_other_commit(opening, seen) and seen.url != opening.url


def _reconciled(opened: Opened, opening: Opening, context: Context, world: World) -> Opened:
    """Say that the release is of another commit, and repair what only the answer made known."""
    plan, seen = opened.plan, opened.seen
    if is_from_other_commit(opening, plan.known or seen):
        text = describe_other_commit(opening, plan.known or seen, on_actions=context.on_actions)
        notice = Notice(level=Level.NOTICE, title="Sentry release: same name", text=text)
        world.runner.notice(notice)
    kept = _kept_late(plan, opening, seen, world) if plan.known is None else ()
    url = opening.url if _is_moved(opening, seen) else None
    if not kept and url is None:
        return opened
    refs = (*opening.refs, *ranges_to_keep(seen, kept)) if kept else ()
    update = replace(opening, url=url, refs=refs, payload=None)
    return replace(opened, seen=world.sentry().update(update))


def _kept_late(plan: Plan, opening: Opening, seen: SeenRelease, world: World) -> tuple[Commit, ...]:
    """Return the commits to keep in a release of which only the answer has told."""
    if plan.way is Way.INTEGRATION and is_shared(opening, seen, sent=plan.sent_repositories):
        kept = _to_keep(plan, world)  # Sentry fetches ours later, so those before are still there
        if not all(one.is_linked for one in kept):
            _warn_of_replaced(plan.release, kept, world)
        return tuple(one for one in kept if one.is_linked)
    if plan.way is Way.GITHUB and is_from_other_repository(opening, seen):
        text = f"{opening.name} was created from another repository: {seen.url}."
        _warn(world, f"{text}\nIf it had commits of that one, these have replaced them.\n{_LINK}")
    return ()


def _warn_of_replaced(release: Release, kept: tuple[Commit, ...], world: World) -> None:
    lost = sorted({one.repository or "" for one in kept if not one.is_linked})
    text = f"{release.name} has commits of {', '.join(lost)}, which those of this run will replace."
    _warn(world, f"{text}\n{_LINK}")


def _warn(world: World, text: str) -> None:
    world.runner.notice(Notice(level=Level.WARNING, title="Sentry release: commits", text=text))


def _with_payload(plan: Plan, opening: Opening, config: Config, world: World) -> Opened:
    """Open it with commits of our own; then Sentry fetches none, so the other refs are dropped."""
    history = own_history(config, plan.commits, world) if plan.commits else None
    payload = None
    if history and history.commits and plan.commits:
        commits = (*history.commits, *plan.kept)
        payload = Payload(repository=plan.commits.repository, commits=commits)
        plan = replace(plan, remark=remark(history, plan.commits, plan.previous.release))
    elif history and plan.commits:
        told = remark(history, plan.commits, plan.previous.release)
        plan = replace(plan, way=Way.NONE, remark=told)
    refs = () if payload or not plan.more else opening.refs
    if plan.more and not refs:
        _say_left_out(plan, world)
    seen = _sent(plan, replace(opening, payload=payload, refs=refs), world)
    return Opened(plan=plan, seen=seen, history=history)


def _without_integration(
    plan: Plan, opening: Opening, config: Config, world: World, refused: UnknownRepositoryError
) -> Opened:
    if config.set_commits is Commits.INTEGRATION or plan.commits is None:
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
        "Link all repositories under Settings > Integrations, and leave `commit-paths` empty."
    )
    _warn(world, text)
