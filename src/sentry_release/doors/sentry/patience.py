"""How long to wait before Sentry is asked again, and when to stop asking."""

from collections.abc import Mapping
from dataclasses import dataclass

from sentry_release.words.clock import Clock

BUDGET_S = 60.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    A total budget of seconds for everything a phase asks of Sentry.

    `began` is when the phase began, in the seconds of the clock.
    """

    clock: Clock
    began: float
    budget_s: float = BUDGET_S

    @property
    def left_s(self) -> float:
        """Seconds that are left of the budget."""
        return self.budget_s - (self.clock.seconds() - self.began)

    def sleep(self, wait_s: float) -> None:
        """Let the seconds pass."""
        self.clock.sleep(wait_s)

    def wait_s(self, tries: int, headers: Mapping[str, str]) -> float:
        """
        Seconds to wait after the given number of tries.

        What the server asks for is honoured: `Retry-After` in seconds, else Sentry's
        `X-Sentry-Rate-Limit-Reset`. Without it the wait doubles, half of it left to chance
        so that the legs of a matrix do not come back together.
        Source: https://docs.sentry.io/api/ratelimits/
        """
        asked = _seconds(headers.get("Retry-After"))
        if asked is None and (reset := _seconds(headers.get("X-Sentry-Rate-Limit-Reset"))):
            asked = max(reset - self.clock.now().timestamp(), 0.0) + 0.1
        if asked is not None:
            return asked + 0.2 * self.clock.chance()
        wait: float = min(_FIRST_WAIT_S * 2 ** (tries - 1), _LONGEST_WAIT_S)
        return wait * (0.5 + 0.5 * self.clock.chance())

    def lasts(self, wait_s: float) -> bool:
        """Whether the budget outlasts a wait, with a little left to ask in."""
        return wait_s + 0.5 < self.left_s


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else -1.0
    except ValueError:  # Retry-After may be a date, and Sentry's headers may say `None`
        return None
    return seconds if seconds > 0 else None  # at once would be a hundred times a minute
