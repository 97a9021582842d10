"""The release and the one before it -> whether it has become worse, as far as chance allows."""

from sentry_release.decisions.health.outcomes import (
    GateOutcome,
    GateResult,
    count_crashed,
    format_count,
    format_percent,
    has_too_few_sessions,
)
from sentry_release.decisions.health.proportions import CONFIDENCE, compute_min_increase
from sentry_release.words.health import SessionStats

MIN_SESSIONS = 50
"""Sessions on either side from which the rate of false alarms was computed; fewer decide nothing."""

_HUNDRED = 100
_NAME = "max-drop"


def evaluate_regression(
    max_count: float | None, min_count: int, now: SessionStats, before: SessionStats | None
) -> GateResult | None:
    """
    Whether the rate of crash-free sessions has certainly dropped by more than is allowed.

    It fails where chance alone would make so great a drop in one of a hundred such comparisons
    at most; see proportions.rise. Without a release before, or with one that hardly runs any
    more, there is nothing to compare with, and the other gates decide.

    Args:
        max_count: The drop that is allowed, in points; None asks nothing.
        min_count: How many sessions the user wants to see.
        now: The release.
        before: The one before it.
    """
    if max_count is None:
        return None
    min_count = max(min_count, MIN_SESSIONS)
    if has_too_few_sessions(min_count, now):
        return _build_regression_gate(GateOutcome.UNKNOWN, "too few sessions to tell")
    if before is None:
        return _build_regression_gate(
            GateOutcome.SKIPPED, "there was no release before it to compare with"
        )
    if has_too_few_sessions(MIN_SESSIONS, before):
        reason = f"{before.release} has only {before.sessions} sessions left to compare with"
        return _build_regression_gate(GateOutcome.SKIPPED, reason)
    if now.crash_free_sessions is None or before.crash_free_sessions is None:
        return _build_regression_gate(GateOutcome.UNKNOWN, "Sentry tells no such rate")
    return _compare_rates(
        max_count, now, now.crash_free_sessions, before, before.crash_free_sessions
    )


def _compare_rates(
    max_count: float, now: SessionStats, rate_now: float, before: SessionStats, rate_before: float
) -> GateResult:
    certain = _HUNDRED * compute_min_increase(
        (count_crashed(rate_before, before.sessions), before.sessions),
        (count_crashed(rate_now, now.sessions), now.sessions),
    )
    rates = f"{format_percent(rate_before)} % before, {format_percent(rate_now)} % now"
    allowed = format_count(max_count)
    if certain <= max_count:
        return _build_regression_gate(
            GateOutcome.PASSED, f"{rates}: no drop of more than {allowed} points is certain"
        )
    visible = format_percent(certain / _HUNDRED)
    min_count = f"at least {visible}" if float(visible) > max_count else f"more than {allowed}"
    sure = f"{min_count} points lower with {CONFIDENCE:.0%} confidence"
    return _build_regression_gate(GateOutcome.FAILED, f"{rates}: {sure}, and {allowed} are allowed")


def _build_regression_gate(outcome: GateOutcome, reason: str) -> GateResult:
    return GateResult(name=_NAME, outcome=outcome, reason=reason)
