"""The page of a phase -> whether people are told of it, and the values they are told with."""

import re
import unicodedata
from urllib.parse import quote

from sentry_release.config.choices import NotifyOn
from sentry_release.config.config import Config
from sentry_release.report.page import Status, SummaryPage

_MAX_TEXT, _MAX_LIST = 300, 20
_NAMES = {"release", "previous_release", "dist", "head", "previous_commit"}
_LINKS = {"release_url", "range_url", "run_url", "deploy_url"}
_STRANGE = str.maketrans({"<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "`": "'", "\\": "/"})
_GAP = "\u200b"  # nobody sees it, and no service sees a mention or an address across it
_MENTION = re.compile(r"@(?!\d{1,9}(?!\d))")  # the digits of shop@1.4.0 are too few for an id
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www\.)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=\w\.)(?=[^\W\d])")
_ENTITY = re.compile(r"&(?=[#\w])")


def find_notification_event(config: Config, page: SummaryPage) -> NotifyOn | None:
    """
    What there is to tell of, where the user wants to be told of it.

    A deploy that was marked before was told before. A failure is that of a deploy which would
    have been marked: a job without an environment, or without a token, would mark none.
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
    What a template of a notice may use: the page, the `event`, and the `format` it is for.

    Whatever a template does with them, the texts mention nobody, link nowhere and hold no HTML.

    Args:
        page: The page.
        event: What is told of.
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
    """An address with nothing in it that would end a link, or be a mention by itself."""
    return quote(url, safe="/:?#!$&'*+,;=%~-._")


def _escape_text(text: str, *, is_name: bool = False) -> str:
    """
    Text on one line that means nothing but itself, in Markdown, HTML and chats.

    What would be read as more is broken by a gap, or replaced by what looks alike: escapes
    differ from service to service. A name of a release keeps its dots, to be copied from there.
    """
    observed = "".join(one for one in " ".join(text.split()) if unicodedata.category(one)[0] != "C")
    gapped = _MENTION.sub(f"@{_GAP}", observed[:_MAX_TEXT].translate(_STRANGE))
    gapped = _ENTITY.sub(f"&{_GAP}", _ADDRESS.sub(_GAP, gapped))
    return gapped if is_name else _DOMAIN.sub(_GAP, gapped)
