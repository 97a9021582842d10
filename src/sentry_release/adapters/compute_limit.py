"""A time limit for work that only computes, such as checking the files of a project."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_S = 0.1


class ComputeLimitError(BaseException):
    """The time is over; no `except Exception` of the interrupted work catches it."""


@contextmanager
def limit_compute_time(limit_s: float) -> Iterator[None]:
    """
    Interrupt the block after so many seconds, also in the middle of a regular expression.

    The alarm repeats until the block has ended, in case that code swallows one, as Python does in
    a callback of the garbage collection. Only a main
    thread can be interrupted, and not on Windows: there the work has to check the clock itself.

    Raises:
        ComputeLimitError: The time is over.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    is_active = True

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if is_active:
            raise ComputeLimitError

    report_unraisable = sys.unraisablehook

    def report_others(unraisable: "sys.UnraisableHookArgs") -> None:
        if unraisable.exc_type is not ComputeLimitError:  # it will be raised again
            report_unraisable(unraisable)

    sys.unraisablehook = report_others
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, limit_s, _AGAIN_S)
            yield
        finally:
            is_active = False
    finally:  # also if the alarm came just before
        is_active = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.unraisablehook = report_unraisable
