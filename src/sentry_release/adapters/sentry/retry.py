"""Time limits of requests to Sentry and of uploads, and the delays between retries."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sentry_release.clock import Clock

DEFAULT_BUDGET_S = 60.0
_MIN_S = 0.5  # for one request
_TO_END_S = 0.2  # of the budget, for the time after the last request
_FIRST_WAIT_S, _MAX_WAIT_S = 0.5, 8.0  # between two attempts
_SETTLE_S = 5.0  # in which a slow server has finished a request
UPLOAD_TOTAL_S = 300.0
"""Seconds after which an upload ends."""
UPLOAD_STALL_S = 60.0
"""Seconds without progress after which an upload ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryBudget:
    """
    The total time in seconds for all requests of a command to Sentry.

    `started` is the start of the command, in the seconds of `clock.monotonic`; `reserved_s` are
    seconds of the budget that are reserved for other requests.
    """

    clock: Clock
    started: float
    budget_s: float = DEFAULT_BUDGET_S
    reserved_s: float = 0.0

    @property
    def remaining_s(self) -> float:
        """Return the remaining seconds of the budget."""
        return self.budget_s - self.reserved_s - (self.clock.monotonic() - self.started)

    @property
    def request_timeout_s(self) -> float:
        """Return the time limit of one request in seconds; at least three requests fit."""
        return min(self.budget_s / 3, self.remaining_s - _TO_END_S)

    @property
    def settle_delay_s(self) -> float:
        """Return the seconds after which a request with a lost response has taken effect, if ever."""
        return min(_SETTLE_S, self.budget_s / 12)

    def halve(self) -> "RetryBudget":
        """Return the budget with half of the remaining time; the other half is reserved."""
        return replace(self, reserved_s=self.reserved_s + max(self.remaining_s, 0.0) / 2)

    def sleep_if_affordable(self, wait_s: float) -> bool:
        """Sleep if the budget allows it; return whether it does."""
        is_affordable = self.can_afford(wait_s)
        if is_affordable and wait_s > 0:
            self.clock.sleep(wait_s)
        return is_affordable

    def compute_delay_s(self, tries: int, headers: Mapping[str, str]) -> float:
        """
        Return the seconds to wait after the given number of attempts.

        The server's `Retry-After` in seconds is honoured, else `X-Sentry-Rate-Limit-Reset`.
        Without both the delay doubles, and half of it is random, so that the jobs of a matrix
        do not retry at the same time.
        Source: https://docs.sentry.io/api/ratelimits/
        """
        delay_s = _parse_seconds(headers.get("Retry-After"))
        if delay_s is None and (reset := _parse_seconds(headers.get("X-Sentry-Rate-Limit-Reset"))):
            delay_s = reset - self.clock.now().timestamp() + 0.1
        if delay_s is not None and delay_s > 0:  # a past time is ignored, as clocks differ
            return max(delay_s, _FIRST_WAIT_S) + 0.2 * self.clock.random()
        wait: float = min(_FIRST_WAIT_S * 2 ** (tries - 1), _MAX_WAIT_S)
        return wait * (0.5 + 0.5 * self.clock.random())

    def can_afford(self, wait_s: float) -> bool:
        """Return whether the budget allows a wait and one request after it."""
        return wait_s + _MIN_S < self.remaining_s


def _parse_seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else -1.0
    except ValueError:  # Retry-After may be a date, and Sentry's headers may be `None`
        return None
    return seconds if seconds > 0 else None  # without a delay the retries would flood the server


class UploadTime:
    """
    The remaining time of an upload.

    It ends after `total_s` seconds, or after `stall_s` seconds without progress.
    """

    def __init__(
        self, clock: Clock, *, total_s: float = UPLOAD_TOTAL_S, stall_s: float = UPLOAD_STALL_S
    ) -> None:
        self.clock = clock
        self._end = clock.monotonic() + total_s
        self._stall_s = stall_s
        self._progressed_at = clock.monotonic()

    def report_progress(self) -> None:
        """Record progress: chunks were sent, or Sentry has processed a file."""
        self._progressed_at = self.clock.monotonic()

    @property
    def left_s(self) -> float:
        """Return the seconds until the upload ends if there is no more progress."""
        return min(self._end, self._progressed_at + self._stall_s) - self.clock.monotonic()

    def create_budget(self) -> "UploadBudget":
        """Return the budget of a request, which is retried while there is time."""
        return UploadBudget(
            clock=self.clock, started=self._progressed_at, budget_s=self._stall_s, time=self
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
