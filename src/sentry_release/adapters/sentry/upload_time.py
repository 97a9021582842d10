"""Time limits of an upload: in total, and without progress."""

from dataclasses import dataclass

from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.clock import Clock

TOTAL_S = 300.0
STALL_S = 60.0
_TO_END_S = 0.2  # for the time after the last request


class UploadTime:
    """
    The remaining time of an upload.

    It ends after `total_s` seconds, or after `stall_s` seconds without progress.
    """

    def __init__(self, clock: Clock, *, total_s: float = TOTAL_S, stall_s: float = STALL_S) -> None:
        self.clock = clock
        self._end = clock.monotonic() + total_s
        self._stall_s = stall_s
        self._moved = clock.monotonic()

    def report_progress(self) -> None:
        """Record progress: chunks were sent, or Sentry has processed a file."""
        self._moved = self.clock.monotonic()

    @property
    def left_s(self) -> float:
        """Return the seconds until the upload ends if there is no more progress."""
        return min(self._end, self._moved + self._stall_s) - self.clock.monotonic()

    def budget(self) -> "UploadBudget":
        """Return the budget of a request, which is retried while there is time."""
        return UploadBudget(
            clock=self.clock, started=self._moved, budget_s=self._stall_s, time=self
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBudget(RetryBudget):
    """A retry budget whose end moves with the progress of the upload."""

    time: UploadTime

    @property
    def remaining_s(self) -> float:
        """Return the seconds until the upload ends if there is no more progress."""
        return self.time.left_s

    @property
    def request_timeout_s(self) -> float:
        """
        Return the time limit of one request in seconds: half, so that it can be repeated once.

        A batch has at most 8 MiB, which takes less at 300 kB/s.
        """
        return min(self.budget_s / 2, self.remaining_s - _TO_END_S)
