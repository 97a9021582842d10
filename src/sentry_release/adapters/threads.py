"""Run work on daemon threads: with a time limit, or for several items at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Event, Thread
from typing import TypeVar

from sentry_release.clock import Clock

_MAX_BUSY_S = 6.0  # seconds by which the caller may be late
_TO_FINISH_S = 1.0  # seconds for a response that arrived while the caller was busy
Result = TypeVar("Result")
Item = TypeVar("Item")


def run_with_timeout(
    limit_s: float,
    clock: Clock,
    work: Callable[[], Result],
    *,
    meanwhile: Callable[[], object] | None = None,
    after: Event | None = None,
) -> Result:
    """
    Run the work on a thread of its own and return its result.

    Work that exceeds the limit is abandoned: its thread goes on, but keeps no process alive.
    `meanwhile` runs on the calling thread while the work is under way, from the event `after` on.
    As it slows the work down, the limit never ends during it, and the work may then still finish
    what has arrived already.

    Raises TimeoutError after `limit_s` seconds, and whatever the work or `meanwhile` raises.
    """
    future: Future[Result] = Future()
    is_busy = is_late = False
    began = clock.monotonic()

    def expire() -> None:
        nonlocal is_late
        is_late = True
        if is_busy:
            return
        with suppress(InvalidStateError):  # the work has just finished
            future.set_exception(TimeoutError(f"not finished after {limit_s:.3g} s"))

    cancel_alarm = clock.start_timer(limit_s, expire)
    try:
        Thread(target=_run, args=(future, work), daemon=True).start()
        if meanwhile is not None and (after is None or after.wait(limit_s)):
            is_busy = True
            meanwhile()
            is_busy = False
            if clock.monotonic() - began > limit_s + _MAX_BUSY_S:
                raise TimeoutError(f"not finished after {limit_s:.3g} s")
        return future.result(timeout=_TO_FINISH_S if is_late else None)
    finally:
        cancel_alarm()


def _run(future: "Future[Result]", work: Callable[[], Result]) -> None:
    with suppress(InvalidStateError):  # the time is over, and nothing waits for the result
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is read
            future.set_exception(error)


def map_concurrently(
    work: Callable[[Item], Result], items: Iterable[Item], *, at_once: int
) -> tuple[Result, ...]:
    """
    Return the result for each item, in order; at most `at_once` items are processed at a time.

    The threads are daemons: threads of concurrent.futures keep the process alive if they hang.

    Raises:
        Exception: The exception of the first item whose work failed.
    """
    listed = list(items)
    futures: list[Future[Result]] = [Future() for _ in listed]
    tasks = iter(list(zip(futures, listed, strict=True)))  # threads may share a list iterator

    def take() -> None:
        for future, item in tasks:
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - raised again where the result is read
                future.set_exception(error)

    for _ in range(min(at_once, len(futures))):
        Thread(target=take, daemon=True).start()
    return tuple(future.result() for future in futures)
