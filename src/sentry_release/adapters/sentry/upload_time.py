"""How long an upload may take: in all, and without progress."""

from dataclasses import dataclass

from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.clock import Clock

TOTAL_S = 300.0
STALL_S = 60.0
_TO_END_S = 0.2  # that are left of the time when a request is given up


class UploadTime:
    """
    The seconds that an upload may still take.

    It ends after `total_s` seconds, and earlier when nothing moves for `stall_s` seconds.
    """

    def __init__(self, clock: Clock, *, total_s: float = TOTAL_S, stall_s: float = STALL_S) -> None:
        self.clock = clock
        self._end = clock.monotonic() + total_s
        self._stall_s = stall_s
        self._moved = clock.monotonic()

    def report_progress(self) -> None:
        """Something was sent, or Sentry has finished something."""
        self._moved = self.clock.monotonic()

    @property
    def left_s(self) -> float:
        """Seconds until the upload ends, if nothing moves any more."""
        return min(self._end, self._moved + self._stall_s) - self.clock.monotonic()

    def budget(self) -> "UploadBudget":
        """The same for requests, which are repeated as long as there is time."""
        return UploadBudget(
            clock=self.clock, started=self._moved, budget_s=self._stall_s, time=self
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBudget(RetryBudget):
    """Patience whose end moves with the progress of the upload."""

    time: UploadTime

    @property
    def remaining_s(self) -> float:
        """Seconds until the upload ends, if nothing moves any more."""
        return self.time.left_s

    @property
    def request_timeout_s(self) -> float:
        """
        Seconds that one request may take: half of them, so that one that hangs can be repeated.

        A chunk is at most 8 MiB, which takes less at 300 kB/s.
        """
        return min(self.budget_s / 2, self.remaining_s - _TO_END_S)
