"""The commits that we bring ourselves: from GitHub, filtered, within Sentry's limits."""

from dataclasses import replace

from sentry_release.decisions.commit_limits import fitted
from sentry_release.facts.config import Config
from sentry_release.facts.path_globs import touched
from sentry_release.story.world import World
from sentry_release.words.commits import CommitRange, History
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.told import Level, Notice


def own_history(config: Config, commits: CommitRange, world: World) -> History | None:
    """
    The history of the range; None where GitHub cannot be asked, with a warning.

    What keeps the commits away keeps no release and no deploy away.
    """
    github = world.github()
    if github is None:
        _warn(
            world, "There is no `github-token` to read the commits with, or they are not on GitHub."
        )
        return None
    try:
        found = github.of(commits.source).history(commits, by_files=bool(config.commit_paths))
    except (RefusedError, OutageError) as error:
        _warn(world, f"The commits were left out.\n{error}")
        return None
    if not config.commit_paths:
        return replace(found, commits=fitted(found.commits))
    _say_unread(found, world)
    kept = [
        one for one in found.commits if touched(config.commit_paths, (f.path for f in one.files))
    ]
    return replace(found, commits=fitted(kept), total=len(kept))


def _say_unread(found: History, world: World) -> None:
    """Files are read of the newest commits only, so older ones cannot be compared with `commit-paths`."""
    from sentry_release.doors.github.files import MOST_WITH_FILES  # noqa: PLC0415 - rarely needed

    if found.total > MOST_WITH_FILES:
        text = (
            f"Of the {found.total} commits only the newest {MOST_WITH_FILES} were compared with `commit-paths`; "
            "the others were left out.\n"
            "The files of each commit cost a request, and GitHub grants 1,000 an hour."
        )
        _warn(world, text)


def _warn(world: World, text: str) -> None:
    notice = Notice(level=Level.WARNING, title="Sentry release: commits", text=text)
    world.runner.notice(notice)
