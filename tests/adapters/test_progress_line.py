"""Claims about the line that says what the program waits for."""

import io
import time

from sentry_release.adapters.progress_line import ProgressLine

SOON = (0.01, 0.01)
CLEAR = "\r\x1b[K"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def wait_for(stream: io.StringIO, text: str) -> None:
    """Wait until a stream has this text, for five seconds at most."""
    for _ in range(500):
        if text in stream.getvalue():
            return
        time.sleep(0.01)
    raise AssertionError(stream.getvalue())


def test_what_ends_within_two_seconds_shows_no_line() -> None:
    terminal = Terminal()

    with ProgressLine(terminal, doing="Waiting"):
        pass

    assert terminal.getvalue() == ""


def test_a_terminal_has_one_line_that_goes_away() -> None:
    terminal = Terminal()

    with ProgressLine(terminal, doing="Waiting for x", pauses_s=SOON):
        wait_for(terminal, "0 s: Waiting for x")

    assert terminal.getvalue().endswith(CLEAR)
    assert "\n" not in terminal.getvalue()


def test_the_line_goes_away_while_something_else_is_printed() -> None:
    terminal = Terminal()

    with ProgressLine(terminal, doing="Waiting", pauses_s=SOON) as line:
        wait_for(terminal, "Waiting")
        with line.hidden():
            terminal.write("a message\n")

    assert f"{CLEAR}a message\n" in terminal.getvalue()


def test_the_line_shows_the_last_news_and_obeys_nothing_in_it() -> None:
    terminal = Terminal()

    with ProgressLine(terminal, doing="Waiting", pauses_s=SOON) as line:
        line.update("no answer\x1b[2J\nsecond line")
        wait_for(terminal, "0 s: no answer�[2J")

    assert "second line" not in terminal.getvalue()


def test_a_log_that_is_not_a_terminal_gets_whole_lines() -> None:
    log = io.StringIO()

    with ProgressLine(log, doing="Waiting", pauses_s=SOON):
        wait_for(log, "0 s: Waiting\n0 s: Waiting\n")

    assert "\r" not in log.getvalue()
