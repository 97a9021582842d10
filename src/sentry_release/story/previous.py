"""Find what was there before us: in the environment, in Sentry, or under the tags."""

from sentry_release.decisions.opening import Before, source_page
from sentry_release.decisions.previous import by_last_deploy, earlier, last_in, others, previous_of
from sentry_release.facts.choices import CommitsSince
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.world import World
from sentry_release.words.commits import Previous
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.release import Release, SeenRelease
from sentry_release.words.told import Level, Notice

_MOST_ASKED = 5  # releases whose deploys are looked through, and tags that are tried


def before_us(
    config: Config, context: Context, world: World, release: Release, environment: str | None
) -> Before:
    """
    Ask for it in the way that `commits-since` says.

    Raises:
        RefusedError, OutageError: Sentry could not be asked.
    """
    match config.commits_since:
        case CommitsSince.SENTRY_DEFAULT:
            return Before(previous=Previous())
        case CommitsSince.LAST_DEPLOY if environment is not None:
            listed, before = _listed(config, world, release, environment)
            seen = _last_deployed(before, world, environment)
            return Before(previous=_previous(context, seen), seen=seen, listed=listed)
        case CommitsSince.LAST_DEPLOY | CommitsSince.LAST_RELEASE:
            listed, before = _listed(config, world, release, None)
            ours = next((one for one in listed if one.name == release.name), None)
            seen = next(iter(earlier(before, ours)), None)
            return Before(previous=_previous(context, seen), seen=seen, listed=listed)
        case CommitsSince.LAST_TAG:
            return Before(previous=_tag_before(context, world, release))
        case sha:
            return Before(previous=Previous(commit=sha))


def _previous(context: Context, seen: SeenRelease | None) -> Previous:
    page, repository = source_page(context), context.repository_in_sentry
    return previous_of(seen, page=page, commit=context.commit, repository=repository)


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
    """
    The release that was deployed to the environment last.

    Sentry tells of each release only its last deploy, wherever that went; so a release that
    has moved on since is asked for all of its deploys, as long as that can change the answer.
    """
    found: SeenRelease | None = None
    newest = None
    asked = 0
    for seen in by_last_deploy(before):
        last = seen.last_deploy
        if last is None or last.finished is None or (newest and last.finished <= newest):
            break
        when = last.finished if last.environment == environment else None
        if when is None and asked < _MOST_ASKED:
            asked += 1
            when = last_in(world.sentry().deploys(seen.name), environment)
        if when is not None and (newest is None or when > newest):
            found, newest = seen, when
    return found


def _tag_before(context: Context, world: World, release: Release) -> Previous:
    """The newest lower version among the tags that lead to our commit."""
    from sentry_release.decisions.ordering import newest_before  # noqa: PLC0415 - slow to import

    github, commit = world.github(), context.commit
    if github is None or commit is None:
        _warn(world, "There is no `github-token` to read the tags with.")
        return Previous()
    try:
        github = github.of(context.commit_repository)
        tags = dict(github.tags())
        for tag in newest_before(tags, release.version)[:_MOST_ASKED]:
            if github.reaches(tags[tag], commit):
                return Previous(commit=tags[tag])
        world.runner.say("None of the tags of a lower version leads to this commit.")
    except (RefusedError, OutageError) as error:
        _warn(world, str(error))
    return Previous()


def _warn(world: World, text: str) -> None:
    notice = Notice(level=Level.WARNING, title="Sentry release: previous", text=text)
    world.runner.notice(notice)
