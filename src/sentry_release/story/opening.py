"""Open the release in Sentry: what was there before, the one request, its commits."""

from dataclasses import replace

from sentry_release.decisions.commit_limits import fitted
from sentry_release.decisions.opening import Opened, Plan, planned
from sentry_release.decisions.previous import last_deployed, others, previous_of, was_deployed
from sentry_release.facts.choices import Commits, PreviousBy
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.world import World
from sentry_release.words.commits import Commit, CommitRange, Previous, Way
from sentry_release.words.errors import OutageError, RefusedError, UnknownRepositoryError
from sentry_release.words.release import Opening, Release, SeenRelease
from sentry_release.words.told import Level, Notice

_CANDIDATES = 3  # releases whose deploys are looked through when the list does not tell


def find(
    config: Config, context: Context, world: World, release: Release, environment: str | None
) -> Plan:
    """Ask what was there before us, and plan."""
    previous, listed = _previous(config, world, release, environment)
    return planned(
        config,
        context,
        release=release,
        environment=environment,
        previous=previous,
        listed=listed,
    )


def carry_out(plan: Plan, config: Config, context: Context, world: World) -> Opened:
    """
    Open the release as planned.

    Raises:
        RefusedError, OutageError: The release could not be opened. What only concerns its
            commits is told as a warning, and mended in post.
    """
    opening = plan.opening(config, context, now=world.clock.now())
    if plan.way is Way.GITHUB:
        return _with_payload(plan, opening, world)
    try:
        seen = world.sentry().open(opening)
    except UnknownRepositoryError as refused:
        return _without_integration(plan, opening, config, world, refused)
    return Opened(plan=plan, seen=_finalized_now(seen, opening, world))


def own_commits(commits: CommitRange, world: World) -> tuple[Commit, ...]:
    """
    The commits of the range from GitHub; none where it cannot be asked, with a warning.

    What keeps the commits away keeps no release and no deploy away.
    """
    github = world.github()
    if github is None:
        _warn(world, "There is no `github-token` to read the commits with.")
        return ()
    try:
        return fitted(github.commits(commits))
    except (RefusedError, OutageError) as error:
        _warn(world, f"{error}")
        return ()


def _with_payload(plan: Plan, opening: Opening, world: World) -> Opened:
    payload = own_commits(plan.commits, world) if plan.commits else ()
    plain = opening if payload else replace(opening, commits=None)
    seen = world.sentry().open(replace(plain, payload=payload))
    return Opened(plan=plan, seen=_finalized_now(seen, opening, world))


def _without_integration(
    plan: Plan, opening: Opening, config: Config, world: World, refused: UnknownRepositoryError
) -> Opened:
    if config.commits is Commits.INTEGRATION or plan.commits is None:
        raise refused
    world.runner.say(f"{refused.what} So its commits come from GitHub: {refused.why}")
    # The refused request has opened the release, but whether it was new then is not known now.
    opened = _with_payload(replace(plan, way=Way.GITHUB), opening, world)
    return replace(opened, seen=replace(opened.seen, created=False))


def _finalized_now(seen: SeenRelease, opening: Opening, world: World) -> SeenRelease:
    """A release that exists already keeps its date, and ignores one that comes with opening it."""
    if opening.released is None or seen.released is not None:
        return seen
    return world.sentry().finalize(seen.name, opening.released)


def _previous(
    config: Config, world: World, release: Release, environment: str | None
) -> tuple[Previous, tuple[SeenRelease, ...]]:
    match config.previous:
        case PreviousBy.NONE:
            return Previous(), ()
        case PreviousBy.ENVIRONMENT if environment is not None:
            listed, before = _listed(config, world, release, environment)
            return previous_of(_last_deployed(before, world, environment)), listed
        case PreviousBy.ENVIRONMENT | PreviousBy.RELEASE:
            listed, before = _listed(config, world, release, None)
            return previous_of(next(iter(before), None)), listed
        case PreviousBy.TAG:
            return _tag_before(world, release), ()
        case sha:
            return Previous(commit=sha), ()


def _listed(
    config: Config, world: World, release: Release, environment: str | None
) -> tuple[tuple[SeenRelease, ...], tuple[SeenRelease, ...]]:
    """Releases up to the first page on which others of our projects occur, and those."""
    listed: tuple[SeenRelease, ...] = ()
    for page in world.sentry().pages(environment):
        listed += page
        if before := others(page, name=release.name, projects=config.projects):
            return listed, before
    return listed, ()


def _last_deployed(
    before: tuple[SeenRelease, ...], world: World, environment: str
) -> SeenRelease | None:
    if found := last_deployed(before, environment):
        return found
    for seen in before[:_CANDIDATES]:
        if seen.deploy_count and was_deployed(world.sentry().deploys(seen.name), environment):
            return seen
    return None


def _tag_before(world: World, release: Release) -> Previous:
    from sentry_release.decisions.ordering import newest_before  # noqa: PLC0415 - slow to import

    github = world.github()
    if github is None:
        _warn(world, "There is no `github-token` to read the tags with.")
        return Previous()
    tags = dict(github.tags())
    tag = newest_before(tags, release.version)
    return Previous(commit=tags.get(tag) if tag else None)


def _warn(world: World, text: str) -> None:
    notice = Notice(level=Level.WARNING, title="Sentry release: commits", text=text)
    world.runner.notice(notice)
