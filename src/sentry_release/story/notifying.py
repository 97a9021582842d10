"""People are told: by whom the user named, in our words or the user's own."""

from sentry_release.decisions.noticing import notice_values, occasion
from sentry_release.decisions.page import Page, Status
from sentry_release.facts.choices import NotifyOn
from sentry_release.facts.config import Config
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError, WorkflowError
from sentry_release.words.letter import Letter
from sentry_release.words.told import Level, Notice

_TITLE = "Sentry release: notification"
_TEMPLATE_LIMIT = 64 * 1024
_LEAST_S = 3.0
"""What the services get even where the time budget is used up: of an outage people want to hear."""
_SAMPLE = Page(status=Status.DEPLOYED, release="shop@1.4.0+27", environment="production")


def try_out(config: Config, world: World) -> None:
    """
    Judge the addresses and the user's own template, before anything has an effect.

    Raises:
        WorkflowError: An address is not understood; the template is not there or has a mistake.
    """
    if config.notify_template is not None:
        for event in config.notify_on:
            _letter(config, world, _SAMPLE, event)
    if not config.notify_urls:
        return
    from sentry_release.doors.notify import unknown  # noqa: PLC0415 - slow to import

    if wrong := unknown(config.notify_urls):
        listed = ", ".join(f"line {one.line} ({one.service})" for one in wrong)
        raise WorkflowError(
            f"`notify-urls` holds what no service understands: {listed}.",
            why="Apprise does not know the service, or the address lacks a part of it.",
            mend="Write it as Apprise's page on that service shows it, and store the secret anew.",
        )


def tell_people(config: Config, world: World, page: Page) -> None:
    """Tell of what this page shows, if it is anything to tell of; a failure is a warning."""
    event = occasion(config, page)
    if event is None or not config.notify_urls:
        return
    try:
        _tell(config, world, page, _letter(config, world, page, event))
    except ActionError as error:
        _warn(world, error.title, str(error))
    except Exception as error:  # noqa: BLE001 - the deploy is done: telling of it may cost nothing
        text = f"Nobody was told of {page.release}: {type(error).__name__} was raised on the way."
        _warn(world, _TITLE, text)


def _tell(config: Config, world: World, page: Page, letter: Letter) -> None:
    if not letter.title:
        world.runner.say("The notice is empty, so nobody was told.")
        return
    from sentry_release.doors.notify import SERVICE_LIMIT_S, send  # noqa: PLC0415 - slow to import

    left_s = max(world.deadline.left_s, _LEAST_S)
    failed = send(config.notify_urls, letter, service_limit_s=min(SERVICE_LIMIT_S, left_s))
    for one in failed:
        text = (
            f"{one.service} was not told of {page.release}: {one.why}.\n"
            f"It stands on line {one.line} of `notify-urls`; everything else is done."
        )
        _warn(world, _TITLE, text)
    every = len(config.notify_urls)
    world.runner.say(f"People were told by {every - len(failed)} of {every} services.")


def _letter(config: Config, world: World, page: Page, event: NotifyOn) -> Letter:
    """The message in both formats; the first line of the template is the title."""
    markdown, text = map(world.runner.redact, _filled(config, world, page, event))
    return Letter(
        title=text.partition("\n")[0].strip(),
        markdown=markdown.partition("\n")[2].strip() or markdown,
        text=text.partition("\n")[2].strip() or text,
        bad=event is not NotifyOn.DEPLOY,
    )


def _filled(config: Config, world: World, page: Page, event: NotifyOn) -> tuple[str, ...]:
    """The message as Markdown and as text."""
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    values = [notice_values(page, event, form) for form in ("markdown", "text")]
    path = config.notify_template
    if path is None:
        return tuple(render.markdown("notice", **one).lstrip() for one in values)
    template = world.disk.read(path, limit=_TEMPLATE_LIMIT)
    if template is None:
        raise WorkflowError(
            f"`notify-template` is {str(path)!r}, and there is no such file.",
            why="It is looked for in the workspace.",
            mend="Correct the path, or put `uses: actions/checkout` before this step.",
        )
    texts = render.render_texts(template, "notify-template", values)
    return tuple(text.lstrip() for text in texts)


def _warn(world: World, title: str, text: str) -> None:
    world.runner.notice(Notice(level=Level.WARNING, title=title, text=text))
