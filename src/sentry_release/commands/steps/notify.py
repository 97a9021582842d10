"""When to send a notification, its values, and sending it to the services in `notify-urls`."""

import re
import unicodedata
from urllib.parse import quote

from sentry_release.config.config import Config
from sentry_release.config.inputs import NotifyOn
from sentry_release.errors import ActionError, WorkflowError
from sentry_release.model.job import Annotation, AnnotationLevel, Message
from sentry_release.report.page import Status, SummaryPage
from sentry_release.services import Services

_MAX_TEXT, _MAX_LIST = 300, 20
_NAMES = {"release", "previous_release", "dist", "head", "previous_commit"}
_LINKS = {"release_url", "range_url", "run_url", "deploy_url"}
_LOOKALIKES = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "`": "'", "\\": "/"})
_GAP = "\u200b"  # zero width: invisible, and it interrupts a mention, a link or an address
_MENTION = re.compile(r"@(?!\d{1,9}(?!\d))")  # the digits of shop@1.4.0 are too short for a user id
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www\.)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=\w\.)(?=[^\W\d])")
_ENTITY = re.compile(r"&(?=[#\w])")
_TITLE = "Sentry release: notification"
_TEMPLATE_LIMIT = 64 * 1024
_MIN_S = 3.0
"""Seconds that notifications have even after `timeout`, so that an outage is reported, too."""
_SAMPLE = SummaryPage(status=Status.DEPLOYED, release="shop@1.4.0+27", environment="production")


def find_notification_event(config: Config, page: SummaryPage) -> NotifyOn | None:
    """
    Return the event to notify about, or None when there is none or `notify-on` excludes it.

    A deploy that already existed was notified about when it was created. A failure counts only
    if the job would otherwise have created a deploy, which requires an environment and a token.
    """
    if page.status is Status.DEPLOYED:
        found = NotifyOn.DEPLOY
    elif page.status is Status.NOT_DEPLOYED and _would_have_deployed(config, page):
        found = NotifyOn.FAILURE
    elif page.status is Status.UNHEALTHY and not config.dry_run:
        found = NotifyOn.HEALTH
    else:
        return None
    return found if found in config.notify_on else None


def _would_have_deployed(config: Config, page: SummaryPage) -> bool:
    is_deploy_wanted = config.deploy and not config.dry_run
    return page.failed and is_deploy_wanted and bool(page.environment and config.auth_token)


def build_notification_values(page: SummaryPage, event: NotifyOn, form: str) -> dict[str, object]:
    """
    Return the values of a notification template: those of the page, `event` and `format`.

    All texts are escaped, so no template can create a mention, a link or HTML from them.

    Args:
        page: The page of the command.
        event: The event to notify about.
        form: `markdown` or `text`.
    """
    values = {key: _clean_value(key, value) for key, value in page.to_values().items()}
    return values | {"event": event.value, "format": form}


def _clean_value(key: str, value: object) -> object:
    if isinstance(value, str):
        return _escape_link(value) if key in _LINKS else _escape_text(value, is_name=key in _NAMES)
    if key == "resolves" and isinstance(value, tuple):
        return tuple((_escape_text(name), _escape_link(url)) for name, url in value[:_MAX_LIST])
    if isinstance(value, tuple):
        return tuple(_clean_value(key, one) for one in value[:_MAX_LIST])
    return value


def _escape_link(url: str) -> str:
    """Return the URL without characters that could end a link or form a mention."""
    return quote(url, safe="/:?#!$&'*+,;=%~-._")


def _escape_text(text: str, *, is_name: bool = False) -> str:
    """
    Return the text on one line, without meaning in Markdown, HTML and chat services.

    Special characters are interrupted by a zero-width space or replaced by similar ones, because
    each service has its own escapes. The dots of a release name stay, so that it can be copied.
    """
    printable = "".join(
        char for char in " ".join(text.split()) if unicodedata.category(char)[0] != "C"
    )
    gapped = _MENTION.sub(f"@{_GAP}", printable[:_MAX_TEXT].translate(_LOOKALIKES))
    gapped = _ENTITY.sub(f"&{_GAP}", _ADDRESS.sub(_GAP, gapped))
    return gapped if is_name else _DOMAIN.sub(_GAP, gapped)


def check_notify_config(config: Config, services: Services) -> None:
    """
    Validate `notify-urls` and `notify-template` before the first effect.

    Raises:
        WorkflowError: A URL is invalid, or the template does not exist or has an error.
    """
    if config.notify_template is not None:
        for event in config.notify_on:
            _build_message(config, services, _SAMPLE, event)
    if not config.notify_urls:
        return
    from sentry_release.adapters.apprise import find_invalid_urls

    if wrong := find_invalid_urls(config.notify_urls):
        listed = "; line ".join(
            f"{one.line} of `notify-urls` is not a valid {one.service} URL" for one in wrong
        )
        raise WorkflowError(
            f"Line {listed}.",
            reason="Apprise does not know the service, or a part of the URL is missing.",
            hint="Write the URL as in Apprise's documentation of that service, and store the "
            "secret again.",
        )


def notify(config: Config, services: Services, page: SummaryPage) -> None:
    """Notify about the page if `notify-on` includes its event; a failure is a warning."""
    event = find_notification_event(config, page)
    if event is None or not config.notify_urls:
        return
    try:
        _send_notification(config, services, page, _build_message(config, services, page, event))
    except ActionError as error:
        _annotate_warning(services, error.title, str(error))
    except Exception as error:  # noqa: BLE001 - the deploy is done, whatever a notification raises
        text = f"No notification about {page.release} was sent: {type(error).__name__} was raised."
        _annotate_warning(services, _TITLE, text)


def _send_notification(
    config: Config, services: Services, page: SummaryPage, message: Message
) -> None:
    if not message.title:
        services.runner.log_line("The notification is empty, so it was not sent.")
        return
    from sentry_release.adapters.apprise import SERVICE_LIMIT_S, send

    left_s = max(services.deadline.remaining_s, _MIN_S)
    failed = send(config.notify_urls, message, service_limit_s=min(SERVICE_LIMIT_S, left_s))
    is_recorded = page.status in {Status.DEPLOYED, Status.ALREADY_DEPLOYED}
    done = "The deploy was recorded." if is_recorded else "All other work is done."
    for one in failed:
        text = (
            f"Notification failed (line {one.line} of `notify-urls`, {one.service}). {done}\n"
            f"{page.release}: {one.reason}."
        )
        _annotate_warning(services, _TITLE, text)
    every = len(config.notify_urls)
    services.runner.log_line(f"{every - len(failed)} of {every} notifications sent.")


def _build_message(
    config: Config, services: Services, page: SummaryPage, event: NotifyOn
) -> Message:
    """Return the message in both formats; the first line of the template is the title."""
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
    """Return the message as Markdown and as text."""
    from sentry_release.adapters.templates import render

    values = [build_notification_values(page, event, form) for form in ("markdown", "text")]
    path = config.notify_template
    if path is None:
        return tuple(render.render_template("notice", **one).lstrip() for one in values)
    template = services.workspace.read_text(path, limit=_TEMPLATE_LIMIT)
    if template is None:
        raise WorkflowError(
            f"The file {str(path)!r} in `notify-template` does not exist.",
            reason="The path is relative to the workspace.",
            hint="Correct the path, or add `uses: actions/checkout` before this step.",
            shell_hint="Correct the path; it is relative to the current folder.",
        )
    texts = render.render_texts(template, "notify-template", values)
    return tuple(text.lstrip() for text in texts)


def _annotate_warning(services: Services, title: str, text: str) -> None:
    services.runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=title, text=text))
