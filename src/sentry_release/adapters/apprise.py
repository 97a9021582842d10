"""The door to the services that tell people: Apprise, which knows their addresses and shapes."""

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

from sentry_release.model.message import DeliveryFailure, Message, Recipient

SERVICE_LIMIT_S, TOTAL_LIMIT_S = 10.0, 15.0
_STATUS = re.compile(r"\berror=(\d{3})\b")
_VERSION = re.compile(r"@(?=\d{1,9}(?!\d))")
_SHOWN_SCHEME = 20  # characters


def find_invalid_urls(addressees: Sequence[Recipient]) -> tuple[DeliveryFailure, ...]:
    """Those whose address no service understands; nothing is sent."""
    return tuple(
        DeliveryFailure(
            service=_get_service_name(one), line=one.line, reason="its address cannot be understood"
        )
        for one in addressees
        if _create_service(one) is None
    )


def send(
    addressees: Sequence[Recipient],
    message: Message,
    *,
    service_limit_s: float = SERVICE_LIMIT_S,
    total_limit_s: float = TOTAL_LIMIT_S,
) -> tuple[DeliveryFailure, ...]:
    """
    Tell all of them at once, and say who was not told.

    Args:
        addressees: Whom to tell.
        message: What to tell.
        service_limit_s: How long to wait for any of them, in seconds.
        total_limit_s: How long all of it may take, in seconds.
    """
    end = time.monotonic() + total_limit_s
    _build_asset()
    answers: SimpleQueue[tuple[Recipient, str | None]] = SimpleQueue()
    for one in addressees:
        # No pool: Python would wait for its threads at the end, however long a service hangs.
        Thread(target=_deliver, args=(one, message, answers), daemon=True).start()
    end = min(end, time.monotonic() + service_limit_s)
    waiting, failed = set(addressees), []
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
    except Exception as error:  # noqa: BLE001 - what a service's own module raises is its failure
        answers.put((one, f"{type(error).__name__} was raised on the way"))


def _send_message(one: Recipient, message: Message) -> str | None:
    """Tell one service; why it was not told, or None. Nothing that was logged is repeated."""
    service = _create_service(one)
    if service is None:
        return "its address cannot be understood"
    takes_markdown = service.resolve_format(NotifyFormat.MARKDOWN) is not NotifyFormat.TEXT
    post = Apprise(asset=_build_asset())
    post.add(service)
    body = message.markdown if takes_markdown else message.text
    if isinstance(service, NotifyDiscord):
        body = _VERSION.sub("@\u200b", body)  # it would mention a user 1 for shop@1.4.0
    result = post.notify(
        title=message.title,
        body=body,
        body_format=NotifyFormat.MARKDOWN if takes_markdown else NotifyFormat.TEXT,
        notify_type=NotifyType.FAILURE if message.is_failure else NotifyType.SUCCESS,
    )
    if result:
        return None
    status = _STATUS.search(" ".join(str(entry) for entry in result.logs()))
    return f"it answered with HTTP {status[1]}" if status else "it did not take the message"


@cache
def _build_asset() -> AppriseAsset:
    """How Apprise is to work: in our thread, without its own limit, and silently; loads it all."""
    with warnings.catch_warnings(action="ignore"):  # some of its services use what Python gives up
        _ = "json" in _load_services()
    urllib3.disable_warnings()  # they name hosts, for those who ask for `verify=no`
    return AppriseAsset(
        app_id="Sentry Release",
        app_desc="Sentry Release for Flutter",
        async_mode=False,
        http_redirects=False,  # an address with a token in it is for nobody else
        service_timeout=0,
    )


def _create_service(one: Recipient) -> NotifyBase | None:
    try:
        found = Apprise.instantiate(one.address, asset=_build_asset(), suppress_exceptions=True)
    except Exception:  # noqa: BLE001 - a service's own module judges, and its words are not ours
        return None
    if not isinstance(found, NotifyBase):
        return None
    if found.overflow_mode == OverflowMode.UPSTREAM:
        found.overflow_mode = OverflowMode.TRUNCATE  # a long message is better cut than refused
    return found


def _build_failure(one: Recipient, reason: str) -> DeliveryFailure:
    service = _create_service(one)
    name = str(service.service_name) if service else _get_service_name(one)
    return DeliveryFailure(service=name, line=one.line, reason=reason)


def _get_service_name(one: Recipient) -> str:
    """The name of the service that the scheme stands for, or the scheme."""
    scheme = one.address.partition("://")[0].lower()
    known = _load_services()
    return str(known[scheme].service_name) if scheme in known else scheme[:_SHOWN_SCHEME]


def _load_services() -> NotificationManager:
    return NotificationManager()  # type: ignore[no-untyped-call]
