"""Whether the commits have come to Sentry; where they have not, they are brought."""

from dataclasses import dataclass

from sentry_release.decisions.finishing import Landed, landed
from sentry_release.decisions.relating import remark
from sentry_release.facts.choices import Commits
from sentry_release.facts.config import Config
from sentry_release.release.same_name import commits_to_keep
from sentry_release.story.history import own_history
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, CommitRange, History, Payload, Way
from sentry_release.words.errors import RefusedError
from sentry_release.words.release import SeenRelease
from sentry_release.words.told import Level, Notice

_PAGES = 10  # of 100 commits
_WAITS_S = (0.5, 1.0, 1.5, 3.0)
"""For commits that Sentry is still fetching; main has usually asked for them minutes ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The release now, whether its commits are there, how they came, and those we brought."""

    seen: SeenRelease
    landed: Landed
    way: Way
    given: tuple[Commit, ...] = ()


def arrived(
    config: Config,
    world: World,
    seen: SeenRelease,
    commits: CommitRange | None,
    way: Way,
    before: str | None = None,
) -> Arrival:
    """
    Wait a little for commits that are being fetched; bring them ourselves if they do not come.

    Args:
        config: What is asked.
        world: The doors.
        seen: The release as it was seen last.
        commits: What shall be there.
        way: How they were to come.
        before: The release before ours, to name it.

    Raises:
        RefusedError, OutageError: Sentry could not be asked.
    """
    state = _landed(world, seen, commits, way)
    for wait_s in _WAITS_S if way is Way.INTEGRATION else ():
        if state is not Landed.NO or not world.sentry().patience.waited(wait_s):
            break
        seen = look(world, seen.name)
        state = _landed(world, seen, commits, way)
    if state is not Landed.NO or commits is None or config.set_commits is Commits.INTEGRATION:
        return Arrival(seen=seen, landed=state, way=way)
    history = own_history(config, commits, world)
    if history is None:
        return Arrival(seen=seen, landed=Landed.NO, way=way)
    _tell(world, remark(history, commits, before))
    return _brought(world, seen, commits, history)


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
            why="A deploy belongs to a release that the root action has created.",
            mend="Give both steps the same name: pass the output `release` of the first to the "
            "input `release` of the second. After an event, check out the commit that was deployed, "
            "or set `create-missing-release: true`.",
        )
    return seen


def _brought(world: World, seen: SeenRelease, commits: CommitRange, history: History) -> Arrival:
    if not history.commits:
        # A range that holds nothing new is no range that has not arrived.
        return Arrival(seen=seen, landed=Landed.UNASKED, way=Way.NONE)
    # A list of commits replaces those of other repositories, so these go along.
    there = world.sentry().commits(seen.name, pages=_PAGES) if seen.commit_count else ()
    kept = commits_to_keep(there, sent={commits.repository})
    payload = Payload(repository=commits.repository, commits=(*history.commits, *kept))
    given = world.sentry().give_commits(seen.name, payload)
    return Arrival(seen=given, landed=Landed.YES, way=Way.GITHUB, given=history.commits)


def _tell(world: World, told: str | None) -> None:
    """What the range turned out to be only now; main could not know it without asking GitHub."""
    if told is not None:
        notice = Notice(level=Level.NOTICE, title="Sentry release: commits", text=told)
        world.runner.notice(notice)


def _landed(world: World, seen: SeenRelease, commits: CommitRange | None, way: Way) -> Landed:
    state = landed(seen, commits, way)
    if state is not Landed.UNSURE or commits is None:
        return state
    shas = {one.sha for one in world.sentry().commits(seen.name)}
    return Landed.YES if commits.head in shas else Landed.NO
