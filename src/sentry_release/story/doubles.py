"""Whether a deploy is in Sentry more than once, which its API can neither exclude nor mend."""

from sentry_release.facts.choices import Phase
from sentry_release.facts.config import Config
from sentry_release.facts.handover import Handover
from sentry_release.story.world import World
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.release import Deploy, Marked, SeenRelease
from sentry_release.words.told import Level, Notice


def doubles(
    config: Config, world: World, left: Handover, seen: SeenRelease, deploy: Deploy, marked: Marked
) -> int:
    """
    How often the deploy is there besides the one that we know of.

    Two jobs that look in the same instant both see nothing, and both mark; so who may have
    had company looks once more. See docs/adr/0005-exactly-once.md.
    """
    alone = left.fresh or config.phase is Phase.DEPLOY
    if seen.deploy_count <= 1 if marked.already else alone and not seen.deploy_count:
        return 0
    try:
        found = sum(one.is_of(deploy) for one in world.sentry().deploys(seen.name))
    except (OutageError, RefusedError) as error:
        world.runner.say(f"Whether the deploy is there twice is not known: {error.what}")
        return 0
    return max(found - 1, 0)


def warn_of_doubles(world: World, release: str, count: int) -> None:
    """Say that the deploy is there too often, and how that is avoided."""
    text = (
        f"{release}: this deploy is in Sentry {count + 1} times.\n"
        "Jobs of the run marked it in the same instant, which Sentry does not exclude; its mail "
        "was sent as often.\n"
        "Give these jobs `deploy: never`, and mark it in a last job with `needs:` on all of them "
        "and `phase: deploy`."
    )
    notice = Notice(level=Level.WARNING, title="Sentry release: marked twice", text=text)
    world.runner.notice(notice)
