"""When the job has succeeded: the commits are there, the release is finalized, the deploy is marked."""

from dataclasses import dataclass, replace
from datetime import datetime

from sentry_release.decisions.deploying import deploy_of
from sentry_release.decisions.finishing import (
    Finished,
    Landed,
    date_to_restore,
    finalizes,
    may_finalize_unseen,
)
from sentry_release.decisions.opening import range_of
from sentry_release.doors.sentry.once import marked_once
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.facts.sentry_version import reading_of
from sentry_release.release.event_policy import allowed_effects
from sentry_release.story import opening
from sentry_release.story.doubles import doubles, let_others_go_first, may_have_company
from sentry_release.story.landing import Arrival, arrived, look
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, CommitRange, Previous, Way
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.release import Deploy, Marked, Release, SeenRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is to be done, and from where; `deploy` is None where none is to be marked."""

    config: Config
    context: Context
    left: Handover
    now: datetime
    deploy: Deploy | None
    commits: CommitRange | None


def finish(
    config: Config,
    context: Context,
    world: World,
    left: Handover,
    seen: SeenRelease | None = None,
) -> Finished:
    """
    Do what is still to be done.

    Args:
        config: What is asked.
        context: What is given.
        world: The doors.
        left: What main has left, or would have.
        seen: The release as it was just now; where another job may be at work as well, it is
            looked at once more.

    Raises:
        RefusedError, OutageError: It could not be done.
    """
    now = world.clock.now()
    allowed = allowed_effects(context.event_kind, left.job_environment)
    left = left if left.opened else _opened_late(config, context, world, left)
    to = left.environment if allowed.deploy else None
    deploy = deploy_of(config, context, environment=to, started=left.started, now=now)
    commits = _range(config, context, left)
    work = _Work(config=config, context=context, left=left, now=now, deploy=deploy, commits=commits)
    kind, environment = context.event_kind, left.job_environment
    unseen = may_finalize_unseen(config, kind, environment, fresh=left.fresh)
    seen = None if may_have_company(config, context, left) else seen
    if deploy is None:
        return _finished(work, world, _readied(work, world, unseen=unseen, seen=seen), None)
    let_others_go_first(config, world, left)
    try:
        arrival = _readied(work, world.hurried(), unseen=unseen, seen=seen)
    except OutageError:
        return _deployed_first(work, world, deploy)
    marked = marked_once(world.sentry(), left.release, deploy, seen=arrival.seen)
    return _finished(work, world, arrival, marked)


def _deployed_first(work: _Work, world: World, deploy: Deploy) -> Finished:
    """
    Mark the deploy although Sentry tells nothing of the release, and ask once more then.

    What Sentry says of a release depends on more of its parts than a deploy does; where one of
    them is down it does what it is asked, and answers 500. See docs/adr/0005-exactly-once.md.
    """
    left = work.left
    marked = marked_once(world.sentry(), left.release, deploy, seen=None)
    try:
        return _finished(work, world, _readied(work, world, unseen=False), marked)
    except (OutageError, RefusedError) as error:
        return Finished(
            seen=SeenRelease.unknown(left.release),
            commits=work.commits,
            way=Way.KEPT,
            landed=Landed.UNASKED,
            deploy=deploy,
            marked=marked,
            unsure=error,
        )


def _readied(
    work: _Work, world: World, *, unseen: bool, seen: SeenRelease | None = None
) -> Arrival:
    """The release with its commits, finalized if it is to be."""
    config, left = work.config, work.left
    if unseen:
        seen = world.sentry().finalize(left.release, work.now)
        seen = _restored(config, world, seen, work.now) if seen.deploy_count else seen
    elif seen is None:
        seen = look(world, left.release)
    way = Way.KEPT if _is_last(seen, work.deploy) else left.way
    arrival = arrived(config, world, seen, work.commits, way, left.previous_release)
    kind = work.context.event_kind
    if not finalizes(config, kind, left.job_environment) or arrival.seen.released is not None:
        return arrival
    return replace(arrival, seen=world.sentry().finalize(seen.name, work.now))


def _finished(work: _Work, world: World, arrival: Arrival, marked: Marked | None) -> Finished:
    config, context, deploy, seen = work.config, work.context, work.deploy, arrival.seen
    company = may_have_company(config, context, work.left)
    return Finished(
        seen=seen,
        commits=work.commits,
        way=arrival.way,
        landed=arrival.landed,
        deploy=deploy,
        marked=marked,
        doubles=doubles(world, seen, deploy, marked, company=company) if deploy and marked else 0,
        listed=arrival.given or (_listed(world, seen) if marked else ()),
    )


def _is_last(seen: SeenRelease, deploy: Deploy | None) -> bool:
    return deploy is not None and seen.last_deploy is not None and seen.last_deploy.is_of(deploy)


def _opened_late(config: Config, context: Context, world: World, left: Handover) -> Handover:
    """Open the release now, since Sentry could not be reached when main tried."""
    release = Release(name=left.release, version=reading_of(left.release).version)
    plan = opening.find(config, context, world, release, left.environment)
    return opening.carry_out(plan, config, context, world).handed_over(left)


def _restored(config: Config, world: World, seen: SeenRelease, ours: datetime) -> SeenRelease:
    """Give back the date that another job had set between our main and now."""
    before = date_to_restore(config, world.sentry().deploys(seen.name), ours)
    return world.sentry().finalize(seen.name, before) if before else seen


def _range(config: Config, context: Context, left: Handover) -> CommitRange | None:
    commits = range_of(config, context, Previous(commit=left.previous_commit))
    return replace(commits, head=left.head) if commits and left.head else commits


def _listed(world: World, seen: SeenRelease) -> tuple[Commit, ...]:
    """The commits for the summary; by now all is done, so nothing may come of a failure."""
    try:
        return world.sentry().commits(seen.name) if seen.commit_count else ()
    except (OutageError, RefusedError) as error:
        world.runner.say(f"The summary lists no commits: {error.what}")
        return ()
