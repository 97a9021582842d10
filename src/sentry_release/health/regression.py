"""Compare two releases over the hours in which both have sessions, and test whether a drop is chance."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sentry_release.model.health import (
    PERCENT,
    GateOutcome,
    GateResult,
    ReleaseHealth,
    SessionStats,
    Trend,
    TrendPoint,
    format_count,
    format_percent,
    merge_points,
)

MIN_SESSIONS = 50
"""Sessions that each release needs for a comparison; the false-alarm rate holds from here on."""
CONFIDENCE = 0.99
"""One-sided: at most about one false alarm in 100 comparisons of equal rates."""

_SMALLEST = 1e-300
_TOLERANCE = 1e-15
_HALVINGS = 80
_MAX_STEPS = 200_000
MAX_DROP = "max-drop"
MAX_DROP_WITH_UNHANDLED = "max-drop (crashes and unhandled errors)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    The counts of a release and of the previous one over the same intervals.

    `starts` are the intervals of `interval_s` seconds in which both releases have sessions; empty
    if the counts are those of the whole window.
    """

    now: SessionStats
    before: SessionStats
    starts: tuple[datetime, ...] = ()
    interval_s: int = 0


def find_comparison(health: ReleaseHealth, *, min_count: int = MIN_SESSIONS) -> Comparison | None:
    """
    Return what to compare; None without a previous release.

    The users of the first hours after a deploy are not those of a whole day, so only the intervals
    with sessions of both releases count. With too few sessions in them, the counts are those of
    the whole window.

    Args:
        health: Both releases, with their trends if Sentry returned any.
        min_count: Sessions that the release needs in these intervals; the previous release needs
            MIN_SESSIONS.
    """
    if health.previous is None:
        return None
    pairs = tuple(_match_points(health.trend, health.previous_trend))
    if health.trend is None or not pairs:
        return Comparison(now=health.current, before=health.previous)
    now = merge_points([own for own, _ in pairs])
    before = merge_points([other for _, other in pairs])
    if now.sessions < min_count or before.sessions < MIN_SESSIONS:
        return Comparison(now=health.current, before=health.previous)
    return Comparison(
        now=_to_stats(health.current.release, now),
        before=_to_stats(health.previous.release, before),
        starts=tuple(own.start for own, _ in pairs),
        interval_s=health.trend.interval_s,
    )


def _match_points(
    trend: Trend | None, previous: Trend | None
) -> Iterator[tuple[TrendPoint, TrendPoint]]:
    if trend is None or previous is None:
        return
    others = {point.start: point for point in previous.points}
    for own in trend.points:
        other = others.get(own.start)
        if other is not None and _has_rate(own) and _has_rate(other):
            yield own, other


def _has_rate(point: TrendPoint) -> bool:
    return point.sessions > 0 and point.crash_free_sessions is not None


def _to_stats(release: str, point: TrendPoint) -> SessionStats:
    return SessionStats(
        release=release,
        sessions=point.sessions,
        crash_free_sessions=point.crash_free_sessions,
        unhandled_free_sessions=point.unhandled_free_sessions,
    )


def compute_min_increase(
    before: tuple[int, int], now: tuple[int, int], *, confidence: float = CONFIDENCE
) -> float:
    """
    Return the lower confidence bound of an increase, as a ratio; negative if it may be a decrease.

    The bound of the difference of two independent proportions is the root of the sum of squares
    of the distances between the estimates and their single bounds. The single bounds are the exact
    ones of Clopper and Pearson instead of Wilson's, because they have the nominal coverage for any
    rate, including 0 and 1.
    Sources: Newcombe, Statistics in Medicine 17 (1998) 873, method 10; Zou and Donner, Statistics
    in Medicine 27 (2008) 1693; Clopper and Pearson, Biometrika 26 (1934) 404.

    Args:
        before: Count and total (at least 1) of the earlier sample.
        now: Count and total of the later sample.
        confidence: Confidence level of the bound, from 0 to 1.

    The false-alarm rate was computed without sampling for 2,940 combinations of proportions from
    0 to 0.5 and sizes from 30 to 3,000: 0.3 % on average, at most 0.95 % for sizes from 50; see
    docs/adr/0009-health-gate.md.
    """
    (crashed_before, of_before), (crashed_now, of_now) = before, now
    share_before, share_now = crashed_before / of_before, crashed_now / of_now
    above = compute_upper_bound(crashed_before, of_before, confidence=confidence) - share_before
    below = share_now - compute_lower_bound(crashed_now, of_now, confidence=confidence)
    return share_now - share_before - math.hypot(above, below)


def compute_lower_bound(count: int, of: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the lower bound of the proportion behind `count` of `of` (Clopper and Pearson, 1934)."""
    return 0.0 if count <= 0 else _find_beta_quantile(1 - confidence, count, of - count + 1)


def compute_upper_bound(count: int, of: int, *, confidence: float = CONFIDENCE) -> float:
    """Return the upper bound of the proportion behind `count` of `of` (Clopper and Pearson, 1934)."""
    return 1.0 if count >= of else _find_beta_quantile(confidence, count + 1, of - count)


def _find_beta_quantile(probability: float, a: int, b: int) -> float:
    """Return the quantile of Beta(a, b) for a probability, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _compute_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _compute_beta(x: float, a: int, b: int) -> float:
    """Return the regularized incomplete beta function. Source: https://dlmf.nist.gov/8.17"""
    if x >= 1:  # after rounding
        return 1.0
    log_front = a * math.log(x) + b * math.log1p(-x)
    log_front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):
        return front * _compute_continued_fraction(x, a, b) / a
    return 1 - front * _compute_continued_fraction(1 - x, b, a) / b


def _compute_continued_fraction(x: float, a: int, b: int) -> float:
    """Return the continued fraction of that function. Source: https://dlmf.nist.gov/8.17.E22"""
    numerator, denominator = 1.0, 1 / _avoid_zero(1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, _MAX_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            denominator = 1 / _avoid_zero(1 + term * denominator)
            numerator = _avoid_zero(1 + term / numerator)
            value *= denominator * numerator
        if abs(denominator * numerator - 1) < _TOLERANCE:
            break
    return value


def _avoid_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST


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
