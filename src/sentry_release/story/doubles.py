"""Whether a deploy is in Sentry more than once, which its API can neither exclude nor mend."""

from sentry_release.config.inputs import Command
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story.world import World
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.release import Deploy, Marked, SeenRelease
from sentry_release.words.told import Level, Notice

_SPREAD_S = 3.0


def let_others_go_first(config: Config, world: World, left: Handover) -> None:
    """
    Legs of a matrix often end together, and one that opened the release marks its deploy at once.

    The others wait, each as long as chance has it, so that they see what was marked.
    """
    if (config.job_total or 1) > 1 and not left.fresh:
        world.sentry().patience.waited(_SPREAD_S * world.clock.chance())


def may_have_company(config: Config, context: Context, left: Handover) -> bool:
    """
    Whether another job may be marking the same deploy.

    It may be another leg of a matrix, another run of an event that came twice, or whoever has
    opened the release before us.
    """
    if (config.job_total or 1) > 1 or context.deployed is not None:
        return True
    return not left.fresh and config.command is not Command.DEPLOY


def doubles(
    world: World, seen: SeenRelease, deploy: Deploy, marked: Marked, *, company: bool
) -> int:
    """
    How often the deploy is there besides the one that we know of.

    Two jobs that look in the same instant both see nothing, and both mark; so who may have
    had company looks once more. See docs/adr/0005-exactly-once.md.
    """
    if seen.deploy_count <= 1 if marked.already else not company and not seen.deploy_count:
        return 0
    try:
        found = sum(one.is_of(deploy) for one in world.sentry().deploys(seen.name))
    except (OutageError, RefusedError) as error:
        world.runner.say(f"Whether the deploy is there twice is not known: {error.what}")
        return 0
    return max(found - 1, 0)


def warn_of_doubles(world: World, context: Context, release: str, count: int) -> None:
    """Say that the deploy is there too often, and how that is avoided."""
    mend = (
        "Give these jobs `deploy: false`, and create it in a last job with `needs:` on all of them "
        "and the action `deploy`."
        if context.deployed is None
        else "Give the job `concurrency: mark-${{ github.event.deployment.id || "
        "github.event.workflow_run.id }}`."
    )
    text = (
        f"{release}: this deploy is in Sentry {count + 1} times.\n"
        "Jobs marked it in the same instant, which Sentry does not exclude; its mail was sent as "
        f"often.\n{mend}"
    )
    notice = Notice(level=Level.WARNING, title="Sentry release: marked twice", text=text)
    world.runner.notice(notice)
