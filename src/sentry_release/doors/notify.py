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

from sentry_release.words.letter import Addressee, Letter, Undelivered

SERVICE_LIMIT_S, TOTAL_LIMIT_S = 10.0, 15.0
_STATUS = re.compile(r"\berror=(\d{3})\b")
_VERSION = re.compile(r"@(?=\d{1,9}(?!\d))")
_SCHEME_SHOWN = 20  # characters


def unknown(addressees: Sequence[Addressee]) -> tuple[Undelivered, ...]:
    """Those whose address no service understands; nothing is sent."""
    return tuple(
        Undelivered(service=_called(one), line=one.line, why="its address cannot be understood")
        for one in addressees
        if _service(one) is None
    )


def send(
    addressees: Sequence[Addressee],
    letter: Letter,
    *,
    service_limit_s: float = SERVICE_LIMIT_S,
    total_limit_s: float = TOTAL_LIMIT_S,
) -> tuple[Undelivered, ...]:
    """
    Tell all of them at once, and say who was not told.

    Args:
        addressees: Whom to tell.
        letter: What to tell.
        service_limit_s: How long to wait for any of them, in seconds.
        total_limit_s: How long all of it may take, in seconds.
    """
    end = time.monotonic() + total_limit_s
    _asset()
    answers: SimpleQueue[tuple[Addressee, str | None]] = SimpleQueue()
    for one in addressees:
        # No pool: Python would wait for its threads at the end, however long a service hangs.
        Thread(target=_deliver, args=(one, letter, answers), daemon=True).start()
    end = min(end, time.monotonic() + service_limit_s)
    waiting, failed = set(addressees), []
    while waiting:
        try:
            one, why = answers.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            break
        waiting.discard(one)
        failed += [_undelivered(one, why)] if why else []
    failed += [_undelivered(one, f"it took more than {service_limit_s:.2g} s") for one in waiting]
    return tuple(sorted(failed, key=lambda one: one.line))


def _deliver(
    one: Addressee, letter: Letter, answers: "SimpleQueue[tuple[Addressee, str | None]]"
) -> None:
    try:
        answers.put((one, _problem(one, letter)))
    except Exception as error:  # noqa: BLE001 - what a service's own module raises is its failure
        answers.put((one, f"{type(error).__name__} was raised on the way"))


def _problem(one: Addressee, letter: Letter) -> str | None:
    """Tell one service; why it was not told, or None. Nothing that was logged is repeated."""
    service = _service(one)
    if service is None:
        return "its address cannot be understood"
    takes_markdown = service.resolve_format(NotifyFormat.MARKDOWN) is not NotifyFormat.TEXT
    post = Apprise(asset=_asset())
    post.add(service)
    body = letter.markdown if takes_markdown else letter.text
    if isinstance(service, NotifyDiscord):
        body = _VERSION.sub("@\u200b", body)  # it would mention a user 1 for shop@1.4.0
    result = post.notify(
        title=letter.title,
        body=body,
        body_format=NotifyFormat.MARKDOWN if takes_markdown else NotifyFormat.TEXT,
        notify_type=NotifyType.FAILURE if letter.bad else NotifyType.SUCCESS,
    )
    if result:
        return None
    status = _STATUS.search(" ".join(str(entry) for entry in result.logs()))
    return f"it answered with HTTP {status[1]}" if status else "it did not take the message"


@cache
def _asset() -> AppriseAsset:
    """How Apprise is to work: in our thread, without its own limit, and silently; loads it all."""
    with warnings.catch_warnings(action="ignore"):  # some of its services use what Python gives up
        _ = "json" in _services()
    urllib3.disable_warnings()  # they name hosts, for those who ask for `verify=no`
    return AppriseAsset(
        app_id="Sentry Release",
        app_desc="Sentry Release for Flutter",
        async_mode=False,
        http_redirects=False,  # an address with a token in it is for nobody else
        service_timeout=0,
    )


def _service(one: Addressee) -> NotifyBase | None:
    try:
        found = Apprise.instantiate(one.address, asset=_asset(), suppress_exceptions=True)
    except Exception:  # noqa: BLE001 - a service's own module judges, and its words are not ours
        return None
    if not isinstance(found, NotifyBase):
        return None
    if found.overflow_mode == OverflowMode.UPSTREAM:
        found.overflow_mode = OverflowMode.TRUNCATE  # a long message is better cut than refused
    return found


def _undelivered(one: Addressee, why: str) -> Undelivered:
    service = _service(one)
    name = str(service.service_name) if service else _called(one)
    return Undelivered(service=name, line=one.line, why=why)


def _called(one: Addressee) -> str:
    """The name of the service that the scheme stands for, or the scheme."""
    scheme = one.address.partition("://")[0].lower()
    known = _services()
    return str(known[scheme].service_name) if scheme in known else scheme[:_SCHEME_SHOWN]


def _services() -> NotificationManager:
    return NotificationManager()  # type: ignore[no-untyped-call]
