"""A line on a terminal that says for how long and for what the program has been waiting."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread
from types import TracebackType
from typing import Self, TextIO

_CLEAR = "\r\x1b[K"
_TERMINAL_PAUSES_S = (2.0, 1.0)
_LOG_PAUSES_S = (10.0, 30.0)


class ProgressLine:
    """
    Shows what the program does from two seconds on, while it is entered as a context.

    A terminal has one line that changes each second and goes away; any other log gets a line of
    its own after ten seconds, and every thirty seconds from then on.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        doing: str,
        pauses_s: tuple[float, float] | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Prepare the line; nothing is shown yet.

        Args:
            stream: Where to show it.
            doing: What the program does, as in `Waiting for https://sentry.io`.
            pauses_s: Seconds before it appears, and between two changes.
            seconds: A clock that never runs backwards.
        """
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._doing = doing
        self._pauses_s = pauses_s or (_TERMINAL_PAUSES_S if self._is_terminal else _LOG_PAUSES_S)
        self._seconds = seconds
        self._began = seconds()
        self._is_shown = False
        self._lock = RLock()
        self._ended = Event()
        self._thread = Thread(target=self._show_until_ended, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        with self.hidden():
            pass

    def update(self, doing: str) -> None:
        """Show this from now on; only its first line, without control characters."""
        first = doing.strip().partition("\n")[0]
        self._doing = "".join(message if message.isprintable() else "�" for message in first)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line away while something else is printed."""
        with self._lock:
            if self._is_shown and self._is_terminal:
                self._write(_CLEAR)
            self._is_shown = False
            yield

    def _show_until_ended(self) -> None:
        first_s, next_s = self._pauses_s
        pause_s = first_s
        while not self._ended.wait(pause_s):
            self._show()
            pause_s = next_s

    def _show(self) -> None:
        text = f"{self._seconds() - self._began:.0f} s: {self._doing}"
        with self._lock:
            if self._is_terminal:
                columns = shutil.get_terminal_size().columns
                self._write(f"{_CLEAR}{text[: columns - 1]}")
            else:
                self._write(f"{text}\n")
            self._is_shown = True

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # whoever read it is gone; the command goes on
            self._ended.set()
