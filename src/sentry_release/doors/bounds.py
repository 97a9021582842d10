"""How much time and memory filling a template may take."""

import os
import signal
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer, current_thread, main_thread

_MOST_SECONDS = 3.0
_MOST_BYTES = 128 * 1024 * 1024  # beyond what the program has already
_PAGES = Path("/proc/self/statm")


@contextmanager
def limited() -> Iterator[None]:
    """
    Stop a template that does not end, or that asks for more memory than a machine has.

    The sandbox keeps a template from reaching anything, but not from counting for ever, nor from
    doubling a text again and again.

    Raises:
        TimeoutError: It takes too long.
        MemoryError: It asks for too much.
    """
    with _in_time(), _in_memory():
        yield


@contextmanager
def _in_memory() -> Iterator[None]:
    """Only Linux can be told, and only it runs the container."""
    if not _PAGES.exists():
        yield
        return
    import resource  # noqa: PLC0415 - Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(_PAGES.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    most = used + _MOST_BYTES
    wanted = most if soft == resource.RLIM_INFINITY else min(soft, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _in_time() -> Iterator[None]:
    if current_thread() is not main_thread():
        yield
        return
    if not hasattr(signal, "setitimer"):
        with _interrupted():
            yield
        return
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _interrupted() -> Iterator[None]:
    """The same on Windows, which has no such signal: there we cancel ourselves."""
    late = Event()

    def ring() -> None:
        late.set()
        interrupt_main()

    timer = Timer(_MOST_SECONDS, ring)
    timer.start()
    try:
        yield
    except KeyboardInterrupt:
        if not late.is_set():
            raise
        _too_long()
    finally:
        timer.cancel()


def _too_long(*_signal: object) -> None:
    raise TimeoutError(f"it takes more than {_MOST_SECONDS} seconds")
