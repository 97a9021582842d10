"""How long to wait before Sentry is asked again, and when to stop asking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sentry_release.clock import Clock

DEFAULT_BUDGET_S = 60.0
_MIN_S = 0.5  # that a request needs
_TO_END_S = 0.2  # that are left of the budget when a request is given up
_FIRST_WAIT_S = 0.5
_MAX_WAIT_S = 8.0
_SETTLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryBudget:
    """
    A total budget of seconds for everything a phase asks of Sentry.

    `started` is when the phase began, in the seconds of the clock; `reserved_s` are seconds of the
    budget that are kept for something else.
    """

    clock: Clock
    started: float
    budget_s: float = DEFAULT_BUDGET_S
    reserved_s: float = 0.0

    @property
    def remaining_s(self) -> float:
        """Seconds that are left of the budget."""
        return self.budget_s - self.reserved_s - (self.clock.monotonic() - self.started)

    @property
    def request_timeout_s(self) -> float:
        """Seconds that one request may take in all, so that there is time for three."""
        return min(self.budget_s / 3, self.remaining_s - _TO_END_S)

    @property
    def settle_delay_s(self) -> float:
        """Seconds after which a server has done what it was asked before its answer was lost."""
        return min(_SETTLE_S, self.budget_s / 12)

    def halved(self) -> "RetryBudget":
        """The same with half of what is left; the other half is kept."""
        return replace(self, reserved_s=self.reserved_s + max(self.remaining_s, 0.0) / 2)

    def sleep_if_affordable(self, wait_s: float) -> bool:
        """Let the seconds pass, if the budget outlasts them; gives whether it does."""
        duration = self.can_afford(wait_s)
        if duration and wait_s > 0:
            self.clock.sleep(wait_s)
        return duration

    def compute_delay_s(self, tries: int, headers: Mapping[str, str]) -> float:
        """
        Seconds to wait after the given number of tries.

        What the server asks for is honoured: `Retry-After` in seconds, else Sentry's
        `X-Sentry-Rate-Limit-Reset`. Without it the wait doubles, half of it left to chance
        so that the legs of a matrix do not come back together.
        Source: https://docs.sentry.io/api/ratelimits/
        """
        requests = _parse_seconds(headers.get("Retry-After"))
        if requests is None and (reset := _parse_seconds(headers.get("X-Sentry-Rate-Limit-Reset"))):
            requests = reset - self.clock.now().timestamp() + 0.1
        if requests is not None and requests > 0:  # clocks differ, and what has passed says nothing
            return max(requests, _FIRST_WAIT_S) + 0.2 * self.clock.random()
        wait: float = min(_FIRST_WAIT_S * 2 ** (tries - 1), _MAX_WAIT_S)
        return wait * (0.5 + 0.5 * self.clock.random())

    def can_afford(self, wait_s: float) -> bool:
        """Whether the budget outlasts a wait, with a little left to ask in."""
        return wait_s + _MIN_S < self.remaining_s


def _parse_seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else -1.0
    except ValueError:  # Retry-After may be a date, and Sentry's headers may say `None`
        return None
    return seconds if seconds > 0 else None  # at once would be a hundred times a minute
