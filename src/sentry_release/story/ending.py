"""How a deploy ended is told: in the log, in the outputs, on the summary page, and to people."""

from sentry_release.decisions import telling
from sentry_release.decisions.finishing import Finished, Landed
from sentry_release.decisions.page import Page
from sentry_release.decisions.pages import finished_page
from sentry_release.decisions.unmarked import unmarked_page
from sentry_release.facts.choices import OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story.doubles import warn_of_doubles
from sentry_release.story.notifying import tell_people
from sentry_release.story.summary import summarize
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError
from sentry_release.words.told import Level, Notice, Told


def tell_outputs(world: World, done: Finished | None) -> None:
    """Hand later steps what came of `phase: deploy`; None where nothing was marked."""
    marked = done.marked if done else None
    outputs = telling.of_finished(
        done.seen if done and not done.unsure else None,
        marked.deploy.id if marked else None,
        marked=bool(marked),
    )
    world.runner.tell(Told(outputs=telling.with_json(outputs)))


def say_finished(
    config: Config, context: Context, world: World, left: Handover, done: Finished
) -> None:
    """
    Say what was done.

    Raises:
        ActionError: With `on-outage: fail`, where the deploy is all that is known to be done.
    """
    page = finished_page(config, context, left, done)
    if done.landed is Landed.NO:
        _warn_of_commits(world, left.release)
    if done.doubles:
        warn_of_doubles(world, context, left.release, done.doubles)
    world.runner.say(f"{left.release}: {page.status.value} {left.environment or ''}".rstrip())
    _show(config, world, page)
    if done.unsure:
        _say_unsure(config, world, left, done.unsure)


def say_unmarked(config: Config, world: World, page: Page) -> None:
    """Say that nothing was marked, and why."""
    world.runner.say(f"{page.release}: no deploy was marked. {' '.join(page.notes)}")
    _show(config, world, page)


def say_failed(
    config: Config, context: Context, world: World, left: Handover, error: ActionError
) -> None:
    """Say that the deploy could not be marked; the error is raised or warned of elsewhere."""
    notes = (error.what, error.why, error.mend)
    _show(config, world, unmarked_page(config, context, left, *notes, failed=True))


def warn(world: World, error: ActionError, *, before: str = "") -> None:
    """An error that fails nothing."""
    notice = Notice(level=Level.WARNING, title=error.title, text=f"{before}{error}")
    world.runner.notice(notice)


def _show(config: Config, world: World, page: Page) -> None:
    summarize(world, page)
    tell_people(config, world, page)


def _warn_of_commits(world: World, release: str) -> None:
    text = (
        f"{release}: its commits did not come to Sentry, so nobody gets a deploy mail.\n"
        "Look at Settings > Integrations in Sentry, and give the job "
        "`permissions: {contents: read}`."
    )
    world.runner.notice(Notice(level=Level.WARNING, title="Sentry release: commits", text=text))


def _say_unsure(config: Config, world: World, left: Handover, why: ActionError) -> None:
    if config.on_outage is OnOutage.FAIL:
        raise why
    warn(world, why, before=f"{left.release} is marked as deployed, but it may not be finalized.\n")
