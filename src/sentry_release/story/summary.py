"""Facts -> the summary page of the run, by our template or the user's own."""

from sentry_release.decisions.page import Page, Status
from sentry_release.facts.config import Config
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError, WorkflowError
from sentry_release.words.told import Level, Notice

_TEMPLATE_LIMIT = 64 * 1024
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


def preview(config: Config, world: World) -> None:
    """
    Try the user's own template, before anything has an effect.

    Raises:
        WorkflowError: It is not there, or cannot be filled.
    """
    if config.summary_template is not None:
        _filled(_own(config, world), Page(status=Status.OPENED, release="shop@1.4.0+27"))


def summarize(config: Config, world: World, page: Page) -> None:
    """Add the page to the summary of the run; a template that fails costs only itself."""
    if config.summary_template is not None:
        try:
            world.runner.summarize(_filled(_own(config, world), page))
        except ActionError as error:
            world.runner.notice(Notice(level=Level.WARNING, title=error.title, text=str(error)))
        else:
            return
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    world.runner.summarize(render.markdown(_OURS[page.status], **page.values()))


def _own(config: Config, world: World) -> str:
    path = config.summary_template
    text = world.disk.read(path, limit=_TEMPLATE_LIMIT) if path else None
    if text is None:
        raise WorkflowError(
            f"`summary-template` is {str(path)!r}, and there is no such file.",
            why="It is looked for in the workspace.",
            mend="Correct the path, or put `uses: actions/checkout` before this step.",
        )
    return text


def _filled(text: str, page: Page) -> str:
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    return render.markdown_of(text, "summary-template", **page.values())
