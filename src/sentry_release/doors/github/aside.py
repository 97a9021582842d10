"""Work on other threads, which nobody has to wait for."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from sentry_release.words.clock import Clock

Item = TypeVar("Item")
Result = TypeVar("Result")


def within(limit_s: float, clock: Clock, work: Callable[[], Result]) -> Result:
    """
    What comes of the work; where it hangs, it is left alone, and ends with the process.

    Raises:
        TimeoutError: It was not done within so many seconds.
        Exception: What the work has raised.
    """
    future: Future[Result] = Future()
    over = Event()
    future.add_done_callback(lambda _: over.set())
    call_off = clock.alarm(limit_s, over.set)
    Thread(target=_do, args=(future, work), daemon=True).start()
    over.wait()
    call_off()
    if not future.done():
        raise TimeoutError
    return future.result()


def spread(
    work: Callable[[Item], Result], items: Iterable[Item], *, at_once: int
) -> tuple[Result, ...]:
    """
    What comes of each item, in their order; so many of them are worked on at once.

    An executor of Python would keep the process from ending while one of its threads hangs.

    Raises:
        Exception: What the work on one of them has raised.
    """
    tasks: SimpleQueue[tuple[Future[Result], Item]] = SimpleQueue()
    futures: list[Future[Result]] = []
    for item in items:
        futures.append(Future())
        tasks.put((futures[-1], item))

    def take() -> None:
        while True:
            try:
                future, item = tasks.get_nowait()
            except Empty:
                return
            _do(future, partial(work, item))

    for _ in range(min(at_once, len(futures))):
        Thread(target=take, daemon=True).start()
    return tuple(one.result() for one in futures)


def _do(future: "Future[Result]", work: Callable[[], Result]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
        future.set_exception(error)
