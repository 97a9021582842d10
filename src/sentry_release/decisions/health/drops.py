"""The release and the one before it -> whether it has become worse, as far as chance allows."""

from sentry_release.decisions.health.outcomes import Gate, Outcome, crashed, few, number, percent
from sentry_release.decisions.health.proportions import CONFIDENCE, rise
from sentry_release.words.health import Figures

FEWEST = 50
"""Sessions on either side from which the rate of false alarms was computed; fewer decide nothing."""

_HUNDRED = 100
_NAME = "max-drop"


def drop_gate(most: float | None, least: int, now: Figures, before: Figures | None) -> Gate | None:
    """
    Whether the rate of crash-free sessions has certainly dropped by more than is allowed.

    It fails where chance alone would make so great a drop in one of a hundred such comparisons
    at most; see proportions.rise. Without a release before, or with one that hardly runs any
    more, there is nothing to compare with, and the other gates decide.

    Args:
        most: The drop that is allowed, in points; None asks nothing.
        least: How many sessions the user wants to see.
        now: The release.
        before: The one before it.
    """
    if most is None:
        return None
    least = max(least, FEWEST)
    if few(least, now):
        return _gate(Outcome.UNKNOWN, "too few sessions to tell")
    if before is None:
        return _gate(Outcome.SKIPPED, "there was no release before it to compare with")
    if few(FEWEST, before):
        reason = f"{before.release} has only {before.sessions} sessions left to compare with"
        return _gate(Outcome.SKIPPED, reason)
    if now.crash_free_sessions is None or before.crash_free_sessions is None:
        return _gate(Outcome.UNKNOWN, "Sentry tells no such rate")
    return _compared(most, now, now.crash_free_sessions, before, before.crash_free_sessions)


def _compared(
    most: float, now: Figures, rate_now: float, before: Figures, rate_before: float
) -> Gate:
    certain = _HUNDRED * rise(
        (crashed(rate_before, before.sessions), before.sessions),
        (crashed(rate_now, now.sessions), now.sessions),
    )
    rates = f"{percent(rate_before)} % before, {percent(rate_now)} % now"
    allowed = number(most)
    if certain <= most:
        return _gate(Outcome.PASSED, f"{rates}: no drop of more than {allowed} points is certain")
    shown = percent(certain / _HUNDRED)
    least = f"at least {shown}" if float(shown) > most else f"more than {allowed}"
    sure = f"{least} points lower with {CONFIDENCE:.0%} confidence"
    return _gate(Outcome.FAILED, f"{rates}: {sure}, and {allowed} are allowed")


def _gate(outcome: Outcome, reason: str) -> Gate:
    return Gate(name=_NAME, outcome=outcome, reason=reason)
