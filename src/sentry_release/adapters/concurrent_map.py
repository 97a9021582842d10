"""Map a function over items concurrently, on daemon threads."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_concurrently(
    work: Callable[[Item], Result], items: Iterable[Item], *, at_once: int
) -> tuple[Result, ...]:
    """
    Return the result for each item, in order; at most `at_once` items are processed at a time.

    The threads are daemons: threads of concurrent.futures keep the process alive if they hang.

    Raises:
        Exception: The exception of the first item whose work failed.
    """
    expected = list(items)
    futures: list[Future[Result]] = [Future() for _ in expected]
    tasks = iter(list(zip(futures, expected, strict=True)))  # threads may share a list iterator

    def take() -> None:
        for future, item in tasks:
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - raised again where the result is read
                future.set_exception(error)

    for _ in range(min(at_once, len(futures))):
        Thread(target=take, daemon=True).start()
    return tuple(future.result() for future in futures)
