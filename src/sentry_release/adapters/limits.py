"""Limits of work on foreign input: a process of its own that ends at them, and an alarm."""

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from sentry_release.clock import Clock

MAX_CPU_S = 3
MAX_WALL_S = 10.0 if os.name == "nt" else 30.0  # only Windows has no limit of processor time
MAX_BYTES = 128 * 1024 * 1024  # beyond what the process has before it reads the input
_MAX_RESIDENT_BYTES = 256 * 1024 * 1024  # of the whole process, where no such limit can be set
_POLL_S = 0.1
_SOURCES = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, {sources!r}); "
    "from sentry_release.adapters.limits import serve; serve({module!r}, {function!r})"
)
_BYTECODE = ("-B", *(("-X", f"pycache_prefix={sys.pycache_prefix}") if sys.pycache_prefix else ()))
"""Bytecode is read from where this process reads it, and written nowhere."""
_KEPT_VARIABLES = {"PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TEMP"}
_AGAIN_S = 0.1  # seconds after which the alarm repeats


def run_limited(
    module: str,
    function: str,
    request: str,
    *,
    max_cpu_s: int = MAX_CPU_S,
    max_wall_s: float = MAX_WALL_S,
    max_bytes: int = MAX_BYTES,
) -> str:
    """
    Return what a function of a module returns for this text, computed in another process.

    The process gets no variables of this one, so no secret. It cannot escape its limits: the
    system or this process kills it. A limit inside of a process, such as an alarm, can be caught
    by the code that it interrupts.

    Args:
        module: The full name of a module that can be imported.
        function: The name of its function, from text to text.
        request: The text that is passed to the function; ASCII.
        max_cpu_s: Processor time after the imports, in whole seconds; not limited on Windows.
        max_wall_s: Time in all, in seconds.
        max_bytes: Memory that may be added after the imports; on Linux only. On macOS the whole
            process may hold 256 MB; on Windows its memory is limited by the time alone.

    Raises:
        TimeoutError: It takes too long.
        MemoryError: It needs too much memory.
        ChildProcessError: The process failed in another way.
    """
    limits = f"{max_cpu_s} {max_bytes}\n"
    with _start_process(module, function) as process:
        try:
            output = _exchange(process, (limits + request).encode("ascii"), max_wall_s)
        except BaseException:  # a cancelled job leaves no process behind either
            process.kill()
            process.wait()
            raise
    if process.returncode == 0:
        return output.decode("ascii")
    if process.returncode in _list_exit_codes("SIGXCPU", "SIGKILL"):
        raise TimeoutError(f"it takes more than {max_cpu_s} seconds")
    raise ChildProcessError(f"its process ended with {process.returncode}")


def _start_process(module: str, function: str) -> "subprocess.Popen[bytes]":
    """Start the process that reads the request; it gets no variables of this process."""
    start = _START.format(sources=str(_SOURCES), module=module, function=function)
    environ = {key: value for key, value in os.environ.items() if key.upper() in _KEPT_VARIABLES}
    return subprocess.Popen(  # noqa: S603 - a list, no shell
        [sys.executable, "-I", *_BYTECODE, "-c", start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
    )


def serve(module: str, function: str) -> None:
    """Answer one request on stdin, in the limits that stand before it; what the process runs."""
    answer = getattr(importlib.import_module(module), function)
    limits, _, request = sys.stdin.buffer.read().decode("ascii").partition("\n")
    cpu_s, more_bytes = map(int, limits.split())
    if os.name != "nt":
        _limit_this_process(cpu_s, more_bytes)
    sys.stdout.buffer.write(answer(request).encode("ascii"))


def _exchange(process: "subprocess.Popen[bytes]", request: bytes, max_wall_s: float) -> bytes:
    end = time.monotonic() + max_wall_s
    # A second call of `communicate` does not go on sending what the first one could not send.
    pipe, process.stdin = process.stdin, None
    threading.Thread(target=_send, args=(pipe, request), daemon=True).start()
    while True:
        try:
            return process.communicate(timeout=_POLL_S)[0]
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise TimeoutError(f"it takes more than {max_wall_s:g} seconds") from None
            if measure_resident_bytes(process.pid) > _MAX_RESIDENT_BYTES:
                raise MemoryError("it asks for too much memory") from None


def _send(pipe: IO[bytes], request: bytes) -> None:
    with suppress(OSError), pipe:  # the process may have ended
        pipe.write(request)


def measure_resident_bytes(pid: int) -> int:
    """Return the memory that a process holds, in bytes; 0 if the system does not report it."""
    if sys.platform == "win32":
        return 0
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        if sys.platform == "linux":
            pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        listed = subprocess.run(  # noqa: S603 - a list, no shell
            ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, timeout=5, check=False
        )
        return int(listed.stdout) * 1024
    return 0


def _limit_this_process(cpu_s: int, more_bytes: int) -> None:
    """Limit processor time; on Linux also the address space, which no other system counts so."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        max_count = pages * os.sysconf("SC_PAGE_SIZE") + more_bytes
        resource.setrlimit(resource.RLIMIT_AS, (max_count, max_count))


def _list_exit_codes(*names: str) -> set[int]:
    """Return the exit codes of processes that these signals killed; none on Windows."""
    import signal

    return {-int(getattr(signal, name)) for name in names if hasattr(signal, name)}


class ComputeLimitError(BaseException):
    """The time is over; no `except Exception` of the interrupted work catches it."""


@contextmanager
def limit_compute_time(limit_s: float, clock: Clock) -> Iterator[Callable[[], None]]:
    """
    End the block after so many seconds, and yield a function that ends it then.

    An alarm interrupts the block, also in the middle of a regular expression. It repeats until the
    block has ended, in case that code swallows one, as Python does in a callback of the garbage
    collection. On Windows, and on another thread than the main one, there is no alarm: the work
    calls the function between its parts, such as files and rules.

    Raises:
        ComputeLimitError: The time is over.
    """
    until = clock.monotonic() + limit_s

    def check_time() -> None:
        if clock.monotonic() > until:
            raise ComputeLimitError

    has_alarm = hasattr(signal, "setitimer")
    if has_alarm and threading.current_thread() is threading.main_thread():
        with _repeating_alarm(limit_s):
            yield check_time
    else:
        yield check_time


@contextmanager
def _repeating_alarm(limit_s: float) -> Iterator[None]:
    """Raise ComputeLimitError in the block after so many seconds, again until the block ends."""
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
