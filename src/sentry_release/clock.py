"""Time and randomness, which are passed in so that tests control them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

StartTimer = Callable[[float, Callable[[], object]], Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """
    Time, timers and randomness.

    Attributes:
        now: Returns the date and time, with its time zone.
        monotonic: Returns seconds that never run backwards.
        sleep: Waits for a number of seconds.
        random: Returns a number from 0 to 1.
        start_timer: Takes seconds and a function to call, on another thread, when they have
            passed; returns the function that cancels the timer.
    """

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    start_timer: StartTimer


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The end of a command: `at` is in the seconds of `clock.monotonic`."""

    clock: Clock
    at: float

    @property
    def remaining_s(self) -> float:
        """Return the seconds until the deadline; negative after it."""
        return self.at - self.clock.monotonic()
