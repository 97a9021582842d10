"""Send notifications through Apprise, which supports many services by their URL."""

import re
import time
import warnings
from collections.abc import Sequence
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread

import urllib3
from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType, OverflowMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins.discord import NotifyDiscord

from sentry_release.model.job import DeliveryFailure, Message, Recipient

SERVICE_LIMIT_S, TOTAL_LIMIT_S = 10.0, 15.0
_STATUS = re.compile(r"\berror=(\d{3})\b")
_VERSION = re.compile(r"@(?=\d{1,9}(?!\d))")
_SHOWN_SCHEME = 20  # characters
_INVALID_URL = "the URL is invalid"


def find_invalid_urls(recipients: Sequence[Recipient]) -> tuple[DeliveryFailure, ...]:
    """Return a failure for each recipient with an invalid URL; nothing is sent."""
    return tuple(
        DeliveryFailure(service=_get_service_name(one), line=one.line, reason=_INVALID_URL)
        for one in recipients
        if _create_service(one) is None
    )


def send(
    recipients: Sequence[Recipient],
    message: Message,
    *,
    service_limit_s: float = SERVICE_LIMIT_S,
    total_limit_s: float = TOTAL_LIMIT_S,
) -> tuple[DeliveryFailure, ...]:
    """
    Notify all recipients concurrently, and return a failure for each that was not notified.

    Args:
        recipients: The services to notify.
        message: The message.
        service_limit_s: Time limit for each service, in seconds.
        total_limit_s: Time limit for the whole call, in seconds.
    """
    end = time.monotonic() + total_limit_s
    _build_asset()
    answers: SimpleQueue[tuple[Recipient, str | None]] = SimpleQueue()
    for one in recipients:
        # Not a pool: Python waits for its threads at exit, however long a service hangs.
        Thread(target=_deliver, args=(one, message, answers), daemon=True).start()
    end = min(end, time.monotonic() + service_limit_s)
    waiting, failed = set(recipients), []
    while waiting:
        try:
            one, reason = answers.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            break
        waiting.discard(one)
        failed += [_build_failure(one, reason)] if reason else []
    failed += [_build_failure(one, f"it took more than {service_limit_s:.2g} s") for one in waiting]
    return tuple(sorted(failed, key=lambda one: one.line))


def _deliver(
    one: Recipient, message: Message, answers: "SimpleQueue[tuple[Recipient, str | None]]"
) -> None:
    try:
        answers.put((one, _send_message(one, message)))
    except Exception as error:  # noqa: BLE001 - a plugin of Apprise may raise anything
        answers.put((one, f"{type(error).__name__} was raised while sending"))


def _send_message(one: Recipient, message: Message) -> str | None:
    """Notify one service; return the reason if it failed. Apprise's own log is not shown."""
    service = _create_service(one)
    if service is None:
        return _INVALID_URL
    takes_markdown = service.resolve_format(NotifyFormat.MARKDOWN) is not NotifyFormat.TEXT
    post = Apprise(asset=_build_asset())
    post.add(service)
    body = message.markdown if takes_markdown else message.text
    if isinstance(service, NotifyDiscord):
        body = _VERSION.sub("@\u200b", body)  # Discord would mention a user "1" for shop@1.4.0
    result = post.notify(
        title=message.title,
        body=body,
        body_format=NotifyFormat.MARKDOWN if takes_markdown else NotifyFormat.TEXT,
        notify_type=NotifyType.FAILURE if message.is_failure else NotifyType.SUCCESS,
    )
    if result:
        return None
    status = _STATUS.search(" ".join(str(entry) for entry in result.logs()))
    return f"it answered with HTTP {status[1]}" if status else "it rejected the message"


@cache
def _build_asset() -> AppriseAsset:
    """Return the settings of Apprise: no threads, no time limit, no output; loads all plugins."""
    with warnings.catch_warnings(action="ignore"):  # some plugins use deprecated parts of Python
        _ = "json" in _load_services()
    urllib3.disable_warnings()  # they name hosts, if a URL has `verify=no`
    return AppriseAsset(
        app_id="Sentry Release",
        app_desc="Sentry Release for Flutter",
        async_mode=False,
        http_redirects=False,  # the URL may contain a token, which belongs to one host
        service_timeout=0,
    )


def _create_service(one: Recipient) -> NotifyBase | None:
    try:
        found = Apprise.instantiate(one.address, asset=_build_asset(), suppress_exceptions=True)
    except Exception:  # noqa: BLE001 - a plugin may raise anything for an invalid URL
        return None
    if not isinstance(found, NotifyBase):
        return None
    if found.overflow_mode == OverflowMode.UPSTREAM:
        found.overflow_mode = OverflowMode.TRUNCATE  # a truncated message is better than none
    return found


def _build_failure(one: Recipient, reason: str) -> DeliveryFailure:
    service = _create_service(one)
    name = str(service.service_name) if service else _get_service_name(one)
    return DeliveryFailure(service=name, line=one.line, reason=reason)


def _get_service_name(one: Recipient) -> str:
    """Return the name of the service for the URL's scheme, or the scheme."""
    scheme = one.address.partition("://")[0].lower()
    known = _load_services()
    return str(known[scheme].service_name) if scheme in known else scheme[:_SHOWN_SCHEME]


def _load_services() -> NotificationManager:
    return NotificationManager()  # type: ignore[no-untyped-call]
