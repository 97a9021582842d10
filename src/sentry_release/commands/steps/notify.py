"""People are told: by whom the user named, in our words or the user's own."""

from sentry_release.config.choices import NotifyOn
from sentry_release.config.config import Config
from sentry_release.errors import ActionError, WorkflowError
from sentry_release.model.message import Message
from sentry_release.model.outputs import Annotation, AnnotationLevel
from sentry_release.report.notification import build_notification_values, find_notification_event
from sentry_release.report.page import Status, SummaryPage
from sentry_release.services import Services

_TITLE = "Sentry release: notification"
_TEMPLATE_LIMIT = 64 * 1024
_MIN_S = 3.0
"""What the services get even where the time budget is used up: of an outage people want to hear."""
_SAMPLE = SummaryPage(status=Status.DEPLOYED, release="shop@1.4.0+27", environment="production")


def check_notify_config(config: Config, services: Services) -> None:
    """
    Judge the addresses and the user's own template, before anything has an effect.

    Raises:
        WorkflowError: An address is not understood; the template is not there or has a mistake.
    """
    if config.notify_template is not None:
        for event in config.notify_on:
            _build_message(config, services, _SAMPLE, event)
    if not config.notify_urls:
        return
    from sentry_release.adapters.apprise import find_invalid_urls  # noqa: PLC0415 - slow to import

    if wrong := find_invalid_urls(config.notify_urls):
        listed = ", ".join(f"line {one.line} ({one.service})" for one in wrong)
        raise WorkflowError(
            f"`notify-urls` holds what no service understands: {listed}.",
            reason="Apprise does not know the service, or the address lacks a part of it.",
            hint="Write it as Apprise's page on that service shows it, and store the secret anew.",
        )


def notify(config: Config, services: Services, page: SummaryPage) -> None:
    """Tell of what this page shows, if it is anything to tell of; a failure is a warning."""
    event = find_notification_event(config, page)
    if event is None or not config.notify_urls:
        return
    try:
        _send_notification(config, services, page, _build_message(config, services, page, event))
    except ActionError as error:
        _annotate_warning(services, error.title, str(error))
    except Exception as error:  # noqa: BLE001 - the deploy is done: telling of it may cost nothing
        text = f"Nobody was told of {page.release}: {type(error).__name__} was raised on the way."
        _annotate_warning(services, _TITLE, text)


def _send_notification(
    config: Config, services: Services, page: SummaryPage, message: Message
) -> None:
    if not message.title:
        services.runner.log_line("The notice is empty, so nobody was told.")
        return
    from sentry_release.adapters.apprise import SERVICE_LIMIT_S, send  # noqa: PLC0415 - slow to import

    left_s = max(services.deadline.remaining_s, _MIN_S)
    failed = send(config.notify_urls, message, service_limit_s=min(SERVICE_LIMIT_S, left_s))
    for one in failed:
        text = (
            f"{one.service} was not told of {page.release}: {one.reason}.\n"
            f"It stands on line {one.line} of `notify-urls`; everything else is done."
        )
        _annotate_warning(services, _TITLE, text)
    every = len(config.notify_urls)
    services.runner.log_line(f"People were told by {every - len(failed)} of {every} services.")


def _build_message(
    config: Config, services: Services, page: SummaryPage, event: NotifyOn
) -> Message:
    """The message in both formats; the first line of the template is the title."""
    markdown, text = map(services.runner.redact, _fill_template(config, services, page, event))
    return Message(
        title=text.partition("\n")[0].strip(),
        markdown=markdown.partition("\n")[2].strip() or markdown,
        text=text.partition("\n")[2].strip() or text,
        is_failure=event is not NotifyOn.DEPLOY,
    )


def _fill_template(
    config: Config, services: Services, page: SummaryPage, event: NotifyOn
) -> tuple[str, ...]:
    """The message as Markdown and as text."""
    from sentry_release.adapters.templates import render  # noqa: PLC0415 - slow to import

    values = [build_notification_values(page, event, form) for form in ("markdown", "text")]
    path = config.notify_template
    if path is None:
        return tuple(render.render_template("notice", **one).lstrip() for one in values)
    template = services.workspace.read_text(path, limit=_TEMPLATE_LIMIT)
    if template is None:
        raise WorkflowError(
            f"`notify-template` is {str(path)!r}, and there is no such file.",
            reason="It is looked for in the workspace.",
            hint="Correct the path, or put `uses: actions/checkout` before this step.",
        )
    texts = render.render_texts(template, "notify-template", values)
    return tuple(text.lstrip() for text in texts)


def _annotate_warning(services: Services, title: str, text: str) -> None:
    services.runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=title, text=text))
