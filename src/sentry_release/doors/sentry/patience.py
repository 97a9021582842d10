"""How long to wait before Sentry is asked again, and when to stop asking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sentry_release.words.clock import Clock

BUDGET_S = 60.0
_LEAST_S = 0.5  # that a request needs
_TO_END_S = 0.2  # that are left of the budget when a request is given up
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 8.0
_SETTLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    A total budget of seconds for everything a phase asks of Sentry.

    `began` is when the phase began, in the seconds of the clock; `kept_s` are seconds of the
    budget that are kept for something else.
    """

    clock: Clock
    began: float
    budget_s: float = BUDGET_S
    kept_s: float = 0.0

    @property
    def left_s(self) -> float:
        """Seconds that are left of the budget."""
        return self.budget_s - self.kept_s - (self.clock.seconds() - self.began)

    @property
    def answer_s(self) -> float:
        """Seconds that one request may take in all, so that there is time for three."""
        return min(self.budget_s / 3, self.left_s - _TO_END_S)

    @property
    def settle_s(self) -> float:
        """Seconds after which a server has done what it was asked before its answer was lost."""
        return min(_SETTLE_S, self.budget_s / 12)

    def hurried(self) -> "Patience":
        """The same with half of what is left; the other half is kept."""
        return replace(self, kept_s=self.kept_s + max(self.left_s, 0.0) / 2)

    def waited(self, wait_s: float) -> bool:
        """Let the seconds pass, if the budget outlasts them; gives whether it does."""
        lasts = self.lasts(wait_s)
        if lasts and wait_s > 0:
            self.clock.sleep(wait_s)
        return lasts

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
            asked = reset - self.clock.now().timestamp() + 0.1
        if asked is not None and asked > 0:  # clocks differ, and what has passed says nothing
            return max(asked, _FIRST_WAIT_S) + 0.2 * self.clock.chance()
        wait: float = min(_FIRST_WAIT_S * 2 ** (tries - 1), _LONGEST_WAIT_S)
        return wait * (0.5 + 0.5 * self.clock.chance())

    def lasts(self, wait_s: float) -> bool:
        """Whether the budget outlasts a wait, with a little left to ask in."""
        return wait_s + _LEAST_S < self.left_s


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else -1.0
    except ValueError:  # Retry-After may be a date, and Sentry's headers may say `None`
        return None
    return seconds if seconds > 0 else None  # at once would be a hundred times a minute
