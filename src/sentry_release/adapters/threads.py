"""Run work on daemon threads: with a time limit, or for several items at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Thread
from typing import Generic, TypeVar

from sentry_release.clock import Clock

_MAX_BUSY_S = 6.0  # seconds by which the caller may be late
_TO_FINISH_S = 1.0  # seconds for a response that arrived while the caller was busy
Result = TypeVar("Result")
Item = TypeVar("Item")


class TimedWork(Generic[Result]):
    """
    Work on a thread of its own, under way at once, with a time limit.

    Work that exceeds the limit is abandoned: its thread goes on, but keeps no process alive.
    As the caller's own work slows it down, the limit never ends while `is_busy` is set, and the
    work may then still finish what has arrived already. With `is_early` the limit begins only
    with `get_result`, as the caller has other things to wait for first.
    """

    def __init__(
        self, limit_s: float, clock: Clock, work: Callable[[], Result], *, is_early: bool = False
    ) -> None:
        self.is_busy = False
        self._limit_s, self._clock, self._is_late = limit_s, clock, False
        self._future: Future[Result] = Future()
        self._is_early = is_early
        self.cancel_alarm: Callable[[], object] = lambda: None
        if not is_early:
            self._start_limit()
        Thread(target=_run, args=(self._future, work), daemon=True).start()

    def get_result(self) -> Result:
        """Wait for the result; raises TimeoutError after the limit, and what the work raises."""
        was_busy, self.is_busy = self.is_busy, False
        try:
            if self._is_early:
                self._start_limit()
            used_s = self._clock.monotonic() - self._began
            if was_busy and used_s > self._limit_s + _MAX_BUSY_S:
                raise TimeoutError(f"not finished after {self._limit_s:.3g} s")
            return self._future.result(timeout=_TO_FINISH_S if self._is_late else None)
        finally:
            self.cancel_alarm()

    def _start_limit(self) -> None:
        self._began = self._clock.monotonic()
        self.cancel_alarm = self._clock.start_timer(self._limit_s, self._expire)

    def _expire(self) -> None:
        self._is_late = True
        if self.is_busy:
            return
        with suppress(InvalidStateError):  # the work has just finished
            self._future.set_exception(TimeoutError(f"not finished after {self._limit_s:.3g} s"))


def run_with_timeout(limit_s: float, clock: Clock, work: Callable[[], Result]) -> Result:
    """Return the result of TimedWork, for a caller that does nothing else meanwhile."""
    return TimedWork(limit_s, clock, work).get_result()


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
