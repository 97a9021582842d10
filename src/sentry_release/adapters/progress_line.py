"""A progress line: what the program does, and for how many seconds."""

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
    A context manager that shows what the program does.

    On a terminal one line appears after two seconds, changes each second, and is removed at the
    end; any other log gets a new line after ten seconds, and every thirty seconds from then on.
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
            stream: The terminal or log.
            doing: The text, such as `Waiting for https://sentry.io`.
            pauses_s: Seconds before the first text, and between two texts.
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
        """Change the text to the first line of `doing`, without control characters."""
        first = doing.strip().partition("\n")[0]
        self._doing = "".join(one if one.isprintable() else "�" for one in first)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Remove the line while something else is printed."""
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
        except (OSError, ValueError):  # the stream is closed; the command goes on
            self._ended.set()
