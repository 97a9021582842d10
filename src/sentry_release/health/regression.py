"""The gate `max-drop`: has the rate dropped significantly against the previous release?"""

from sentry_release.health.common_hours import MIN_SESSIONS, Comparison
from sentry_release.health.gate_result import (
    PERCENT,
    GateOutcome,
    GateResult,
    format_count,
    format_percent,
)
from sentry_release.health.rate_statistics import CONFIDENCE, compute_min_increase
from sentry_release.model.health import SessionStats

MAX_DROP = "max-drop"
MAX_DROP_WITH_UNHANDLED = "max-drop (crashes and unhandled errors)"


def count_affected(rate: float, of: int) -> int:
    """Return how many of `of` sessions are not in the rate; Sentry only returns the rate."""
    return min(max(round((1 - rate) * of), 0), of)


def has_unhandled_sessions(stats: SessionStats) -> bool:
    """Return whether Sentry reports sessions that ended with an unhandled error."""
    rate = stats.unhandled_free_sessions
    return rate is not None and count_affected(rate, stats.sessions) > 0


def evaluate_regression(
    max_drop: float | None, min_count: int, current: SessionStats, comparison: Comparison | None
) -> tuple[GateResult, ...]:
    """
    Return whether a rate dropped significantly by more than the maximum; nothing if it is None.

    The gate fails if chance alone causes such a drop in at most one of a hundred comparisons; see
    compute_min_increase. It is skipped without a previous release, or if that release has hardly
    any sessions left.

    Crashes are compared first. If either release has unhandled sessions, the sessions without a
    crash and without an unhandled error are compared as well: a Dart error that was a crash until
    sentry_flutter 10 has become an unhandled session since, and only their sum can be compared
    across this change.

    Args:
        max_drop: The allowed drop in percentage points; None disables the gate.
        min_count: The user's minimum number of sessions.
        current: The release over the whole window.
        comparison: Both releases; None without a previous release.
    """
    if max_drop is None:
        return ()
    crashes = _evaluate_crashes(max_drop, max(min_count, MIN_SESSIONS), current, comparison)
    if crashes.outcome not in {GateOutcome.PASSED, GateOutcome.FAILED} or comparison is None:
        return (crashes,)
    now, before = comparison.now, comparison.before
    rates = _compute_error_free_rate(now), _compute_error_free_rate(before)
    has_unhandled = has_unhandled_sessions(now) or has_unhandled_sessions(before)
    if not has_unhandled or rates[0] is None or rates[1] is None:
        return (crashes,)
    return (
        crashes,
        _compare_rates(MAX_DROP_WITH_UNHANDLED, max_drop, now, rates[0], before, rates[1]),
    )


def _evaluate_crashes(
    max_drop: float, min_count: int, current: SessionStats, comparison: Comparison | None
) -> GateResult:
    if current.sessions < min_count:
        return _build_gate(GateOutcome.UNKNOWN, "not enough sessions", can_wait=True)
    if comparison is None:
        return _build_gate(GateOutcome.SKIPPED, "no previous release to compare with")
    now, before = comparison.now, comparison.before
    if before.sessions < MIN_SESSIONS:
        reason = f"{before.release} has only {before.sessions} sessions (minimum {MIN_SESSIONS})"
        return _build_gate(GateOutcome.SKIPPED, reason)
    if now.crash_free_sessions is None or before.crash_free_sessions is None:
        return _build_gate(GateOutcome.UNKNOWN, "Sentry returned no rate")
    return _compare_rates(
        MAX_DROP, max_drop, now, now.crash_free_sessions, before, before.crash_free_sessions
    )


def _compute_error_free_rate(stats: SessionStats) -> float | None:
    """Return the rate of sessions without a crash and without an unhandled error."""
    if stats.crash_free_sessions is None or stats.unhandled_free_sessions is None:
        return None
    return max(stats.crash_free_sessions + stats.unhandled_free_sessions - 1, 0.0)


def _compare_rates(
    name: str,
    max_drop: float,
    now: SessionStats,
    rate_now: float,
    before: SessionStats,
    rate_before: float,
) -> GateResult:
    certain = PERCENT * compute_min_increase(
        (count_affected(rate_before, before.sessions), before.sessions),
        (count_affected(rate_now, now.sessions), now.sessions),
    )
    rates = f"{format_percent(rate_before)} % before, {format_percent(rate_now)} % now"
    maximum = format_count(max_drop)
    if certain <= max_drop:
        reason = f"{rates}: no significant drop of more than {maximum} points"
        return _build_gate(GateOutcome.PASSED, reason, name=name)
    # The gate fails on the exact drop, so a truncated one must not look like an allowed one.
    visible = format_percent(certain / PERCENT)
    drop = f"at least {visible}" if float(visible) > max_drop else f"more than {maximum}"
    reason = f"{rates}: {drop} points lower with {CONFIDENCE:.0%} confidence (maximum {maximum})"
    return _build_gate(GateOutcome.FAILED, reason, name=name)


def _build_gate(
    outcome: GateOutcome, reason: str, *, name: str = MAX_DROP, can_wait: bool = False
) -> GateResult:
    return GateResult(name=name, outcome=outcome, reason=reason, word=MAX_DROP, can_wait=can_wait)
