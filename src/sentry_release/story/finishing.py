"""When the job has succeeded: the commits are there, the release is finalized, the deploy is marked."""

from dataclasses import replace
from datetime import datetime

from sentry_release.decisions.deploying import deploy_of
from sentry_release.decisions.finishing import (
    Finished,
    Landed,
    date_to_restore,
    landed,
    may_finalize_unseen,
)
from sentry_release.decisions.opening import range_of
from sentry_release.doors.sentry.once import marked_once
from sentry_release.facts.choices import Commits, When
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story import opening
from sentry_release.story.world import World
from sentry_release.words.commits import CommitRange, Previous, Way
from sentry_release.words.errors import RefusedError
from sentry_release.words.release import Deploy, Release, SeenRelease

_WAITS_S = (0.5, 1.0, 1.5, 3.0)
"""For commits that Sentry is still fetching; main has usually asked for them minutes ago."""


def finish(config: Config, context: Context, world: World, left: Handover) -> Finished:
    """
    Do what is still to be done.

    Raises:
        RefusedError, OutageError: It could not be done.
    """
    now = world.clock.now()
    left = left if left.opened else _opened_late(config, context, world, left)
    deploy = deploy_of(config, context, environment=left.environment, started=left.started, now=now)
    unseen = may_finalize_unseen(config, fresh=left.fresh)
    seen = world.sentry().finalize(left.release, now) if unseen else look(world, left.release)
    if unseen and seen.deploy_count:
        seen = _restored(world, seen, now)
    commits = _range(config, context, left)
    way = Way.KEPT if _is_last(seen, deploy) else left.way
    seen, state, way = _with_commits(config, world, seen, commits, way)
    if config.finalize is When.ON_SUCCESS and seen.released is None:
        seen = world.sentry().finalize(seen.name, now)
    marked = marked_once(world.sentry(), seen, deploy) if deploy else None
    return Finished(seen=seen, commits=commits, way=way, landed=state, deploy=deploy, marked=marked)


def look(world: World, name: str) -> SeenRelease:
    """
    The release as it is now.

    Raises:
        RefusedError: There is none of that name.
    """
    seen = world.sentry().look(name)
    if seen is None:
        raise RefusedError(
            f"Sentry has no release {name!r}.",
            why="A deploy is marked on a release that a step with `phase: main` has opened.",
            mend="Give both steps the same name: pass the output `release` of the first to the "
            "input `release` of the second.",
        )
    return seen


def _is_last(seen: SeenRelease, deploy: Deploy | None) -> bool:
    return deploy is not None and seen.last_deploy is not None and seen.last_deploy.is_of(deploy)


def _opened_late(config: Config, context: Context, world: World, left: Handover) -> Handover:
    """Open the release now, since Sentry could not be reached when main tried."""
    release = Release(name=left.release)
    plan = opening.find(config, context, world, release, left.environment)
    return opening.carry_out(plan, config, context, world).handed_over(left)


def _restored(world: World, seen: SeenRelease, ours: datetime) -> SeenRelease:
    """Give back the date that another job had set between our main and now."""
    before = date_to_restore(world.sentry().deploys(seen.name), ours)
    return world.sentry().finalize(seen.name, before) if before else seen


def _range(config: Config, context: Context, left: Handover) -> CommitRange | None:
    commits = range_of(config, context, Previous(commit=left.previous_commit))
    return replace(commits, head=left.head) if commits and left.head else commits


def _with_commits(
    config: Config, world: World, seen: SeenRelease, commits: CommitRange | None, way: Way
) -> tuple[SeenRelease, Landed, Way]:
    """Wait a little for commits that are being fetched; bring them ourselves if they do not come."""
    state = _landed(world, seen, commits, way)
    for wait_s in _WAITS_S if way is Way.INTEGRATION else ():
        if state is not Landed.NO:
            break
        world.clock.sleep(wait_s)
        seen = look(world, seen.name)
        state = _landed(world, seen, commits, way)
    if state is not Landed.NO or commits is None or config.commits is Commits.INTEGRATION:
        return seen, state, way
    payload = opening.own_commits(commits, world)
    if not payload:
        return seen, state, way
    given = world.sentry().give_commits(seen.name, payload, commits.repository, None)
    return given, Landed.YES, Way.GITHUB


def _landed(world: World, seen: SeenRelease, commits: CommitRange | None, way: Way) -> Landed:
    state = landed(seen, commits, way)
    if state is not Landed.UNSURE or commits is None:
        return state
    return Landed.YES if commits.head in world.sentry().commits(seen.name) else Landed.NO
