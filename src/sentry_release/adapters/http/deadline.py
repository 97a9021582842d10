"""Time limits for work that cannot be interrupted, such as a name lookup or a slow server."""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Thread
from typing import TypeVar

from sentry_release.clock import Clock

Result = TypeVar("Result")


def run_with_timeout(
    limit_s: float,
    clock: Clock,
    work: Callable[[], Result],
    *,
    meanwhile: Callable[[], object] | None = None,
) -> Result:
    """
    Run the work on a thread of its own and return its result.

    Work that exceeds the limit is abandoned: its thread goes on, but keeps no process alive.
    `meanwhile` runs on the calling thread while the work is under way.

    Raises TimeoutError after `limit_s` seconds, and whatever the work or `meanwhile` raises.
    """
    future: Future[Result] = Future()

    def expire() -> None:
        with suppress(InvalidStateError):  # the work has just finished
            future.set_exception(TimeoutError(f"not finished after {limit_s:.3g} s"))

    cancel_alarm = clock.start_timer(limit_s, expire)
    try:
        Thread(target=_run, args=(future, work), daemon=True).start()
        if meanwhile is not None:
            meanwhile()
        return future.result()
    finally:
        cancel_alarm()


def _run(future: "Future[Result]", work: Callable[[], Result]) -> None:
    with suppress(InvalidStateError):  # the time is over, and nothing waits for the result
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is read
            future.set_exception(error)
