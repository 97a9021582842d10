"""A page -> the job summary, by one of the templates."""

from sentry_release.decisions.page import Status, SummaryPage
from sentry_release.story.world import Services

_TEMPLATES = {
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


def preload_summary(status: Status) -> None:
    """Make ready for a page of this status."""
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    render.preload_template(_TEMPLATES[status])


def write_summary(services: Services, page: SummaryPage) -> None:
    """Add the page to the job summary."""
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    services.runner.add_summary(render.render_template(_TEMPLATES[page.status], **page.to_values()))
