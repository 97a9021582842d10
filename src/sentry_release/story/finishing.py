"""When the job has succeeded: the commits are there, the release is finalized, the deploy is marked."""

from dataclasses import replace
from datetime import datetime

from sentry_release.decisions.deploying import deploy_of
from sentry_release.decisions.finishing import (
    Finished,
    date_to_restore,
    finalizes,
    may_finalize_unseen,
)
from sentry_release.decisions.opening import range_of
from sentry_release.doors.sentry.once import marked_once
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story import opening
from sentry_release.story.landing import arrived, look
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, CommitRange, Previous, Way
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.release import Deploy, Release, SeenRelease


def finish(config: Config, context: Context, world: World, left: Handover) -> Finished:
    """
    Do what is still to be done.

    Raises:
        RefusedError, OutageError: It could not be done.
    """
    now = world.clock.now()
    left = left if left.opened else _opened_late(config, context, world, left)
    deploy = deploy_of(config, context, environment=left.environment, started=left.started, now=now)
    unseen = may_finalize_unseen(config, left.environment, fresh=left.fresh)
    seen = world.sentry().finalize(left.release, now) if unseen else look(world, left.release)
    if unseen and seen.deploy_count:
        seen = _restored(config, world, seen, now)
    commits = _range(config, context, left)
    way = Way.KEPT if _is_last(seen, deploy) else left.way
    arrival = arrived(config, world, seen, commits, way, left.previous_release)
    seen = arrival.seen
    if finalizes(config, left.environment) and seen.released is None:
        seen = world.sentry().finalize(seen.name, now)
    marked = marked_once(world.sentry(), seen, deploy) if deploy else None
    wanted = config.list_commits or context.resolves
    return Finished(
        seen=seen,
        commits=commits,
        way=arrival.way,
        landed=arrival.landed,
        deploy=deploy,
        marked=marked,
        listed=arrival.given or (_listed(world, seen) if wanted else ()),
    )


def _is_last(seen: SeenRelease, deploy: Deploy | None) -> bool:
    return deploy is not None and seen.last_deploy is not None and seen.last_deploy.is_of(deploy)


def _opened_late(config: Config, context: Context, world: World, left: Handover) -> Handover:
    """Open the release now, since Sentry could not be reached when main tried."""
    release = Release(name=left.release)
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
