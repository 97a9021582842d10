"""Time and chance, passed in so that a test can hold them in its hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

StartTimer = Callable[[float, Callable[[], object]], Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """
    What passes and what falls by chance.

    `now` is the time of day, with its zone; `monotonic` never runs backwards; `sleep` takes
    seconds; `random` gives a number from 0 to 1. `start_timer` takes seconds and what to call, on
    another thread, when they have passed; it gives what calls that off.
    """

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    start_timer: StartTimer


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a phase has to be over, in the seconds of the clock."""

    clock: Clock
    at: float

    @property
    def remaining_s(self) -> float:
        """Seconds until then; below zero when they have passed."""
        return self.at - self.clock.monotonic()
