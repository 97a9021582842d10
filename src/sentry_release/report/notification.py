"""When to send a notification, and the values that its template uses."""

import re
import unicodedata
from urllib.parse import quote

from sentry_release.config.config import Config
from sentry_release.config.inputs import NotifyOn
from sentry_release.report.page import Status, SummaryPage

_MAX_TEXT, _MAX_LIST = 300, 20
_NAMES = {"release", "previous_release", "dist", "head", "previous_commit"}
_LINKS = {"release_url", "range_url", "run_url", "deploy_url"}
_LOOKALIKES = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "`": "'", "\\": "/"})
_GAP = "\u200b"  # zero width: invisible, and it interrupts a mention, a link or an address
_MENTION = re.compile(r"@(?!\d{1,9}(?!\d))")  # the digits of shop@1.4.0 are too short for a user id
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www\.)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=\w\.)(?=[^\W\d])")
_ENTITY = re.compile(r"&(?=[#\w])")


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
    expected = config.deploy and not config.dry_run
    return page.failed and expected and bool(page.environment and config.auth_token)


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
