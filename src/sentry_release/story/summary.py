"""A page -> the job summary, by one of the templates."""

from sentry_release.decisions.page import Page, Status
from sentry_release.story.world import World

_OURS = {
    Status.NAMED: "opened",
    Status.PLANNED: "opened",
    Status.OPENED: "opened",
    Status.UNREACHED: "opened",
    Status.DEPLOYED: "deployed",
    Status.ALREADY_DEPLOYED: "deployed",
    Status.FINISHED: "deployed",
    Status.NOT_DEPLOYED: "not_deployed",
    Status.HEALTHY: "health",
    Status.UNHEALTHY: "health",
    Status.HEALTH_UNKNOWN: "health",
}


def prepare(status: Status) -> None:
    """Make ready for a page of this status."""
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    render.prepare(_OURS[status])


def summarize(world: World, page: Page) -> None:
    """Add the page to the job summary."""
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    world.runner.summarize(render.markdown(_OURS[page.status], **page.values()))
