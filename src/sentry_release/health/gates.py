"""Evaluate the gates of a health check against the user's and Sentry's thresholds."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentry_release.config.config import Config
from sentry_release.health.rate_statistics import CONFIDENCE, compute_min_increase
from sentry_release.model.health import ReleaseHealth, SessionStats, Threshold

_HUNDRED = 100
_DIGITS = 1000  # three decimals
_DISPLAY_ROUNDING = 1e-6  # tolerance, in units of the last decimal


class GateOutcome(StrEnum):
    """The result of a gate; a skipped gate does not affect the verdict."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate by the name of its input, its outcome and the reason."""

    name: str
    outcome: GateOutcome
    reason: str


def has_too_few_sessions(min_count: int, stats: SessionStats) -> bool:
    """Return whether there are fewer sessions than `min_count`."""
    return stats.sessions < min_count


def format_percent(rate: float) -> str:
    """
    Return a ratio as a percentage; truncated, not rounded, so that 100 means all.

    >>> format_percent(0.995), format_percent(0.9999999), format_percent(1), format_percent(0)
    ('99.5', '99.999', '100', '0')
    """
    return f"{math.floor(rate * _HUNDRED * _DIGITS + _DISPLAY_ROUNDING) / _DIGITS:g}"


def format_count(value: float) -> str:
    """
    Return a threshold or a measured value with all significant digits.

    >>> format_count(99.99999), format_count(0.5), format_count(1234567)
    ('99.99999', '0.5', '1234567')
    """
    return f"{value:.12g}"


def count_crashed(rate: float, of: int) -> int:
    """Return how many of `of` sessions crashed; Sentry only returns the crash-free rate."""
    return min(max(round((1 - rate) * of), 0), of)


MIN_SESSIONS = 50
"""Sessions that each release needs for a comparison; the false-alarm rate holds from here on."""

_NAME = "max-drop"


def evaluate_regression(
    max_drop: float | None, min_count: int, now: SessionStats, before: SessionStats | None
) -> GateResult | None:
    """
    Return whether the crash-free session rate dropped significantly by more than the maximum.

    The gate fails if chance alone causes such a drop in at most one of a hundred comparisons;
    see compute_min_increase. It is skipped without a previous release, or if that release has
    hardly any sessions left.

    Args:
        max_drop: The allowed drop in percentage points; None disables the gate.
        min_count: The user's minimum number of sessions.
        now: The release.
        before: The previous release.
    """
    if max_drop is None:
        return None
    min_count = max(min_count, MIN_SESSIONS)
    if has_too_few_sessions(min_count, now):
        return _build_regression_gate(GateOutcome.UNKNOWN, "not enough sessions")
    if before is None:
        return _build_regression_gate(GateOutcome.SKIPPED, "no previous release to compare with")
    if has_too_few_sessions(MIN_SESSIONS, before):
        reason = f"{before.release} has only {before.sessions} sessions (minimum {MIN_SESSIONS})"
        return _build_regression_gate(GateOutcome.SKIPPED, reason)
    if now.crash_free_sessions is None or before.crash_free_sessions is None:
        return _build_regression_gate(GateOutcome.UNKNOWN, "Sentry returned no rate")
    return _compare_rates(
        max_drop, now, now.crash_free_sessions, before, before.crash_free_sessions
    )


def _compare_rates(
    max_drop: float, now: SessionStats, rate_now: float, before: SessionStats, rate_before: float
) -> GateResult:
    certain = _HUNDRED * compute_min_increase(
        (count_crashed(rate_before, before.sessions), before.sessions),
        (count_crashed(rate_now, now.sessions), now.sessions),
    )
    rates = f"{format_percent(rate_before)} % before, {format_percent(rate_now)} % now"
    maximum = format_count(max_drop)
    if certain <= max_drop:
        return _build_regression_gate(
            GateOutcome.PASSED, f"{rates}: no significant drop of more than {maximum} points"
        )
    # The gate fails on the exact drop, so a truncated one must not look like an allowed one.
    visible = format_percent(certain / _HUNDRED)
    drop = f"at least {visible}" if float(visible) > max_drop else f"more than {maximum}"
    reason = f"{rates}: {drop} points lower with {CONFIDENCE:.0%} confidence (maximum {maximum})"
    return _build_regression_gate(GateOutcome.FAILED, reason)


def _build_regression_gate(outcome: GateOutcome, reason: str) -> GateResult:
    return GateResult(name=_NAME, outcome=outcome, reason=reason)


_ROUNDING = 1e-9  # tolerance of a ratio: 1 - 5 / 1000 equals 99.5 / 100


class Verdict(StrEnum):
    """Whether the release is healthy."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The user's thresholds; rates in percent, drop in percentage points, None disables a gate."""

    min_crash_free_sessions: float | None = None
    min_crash_free_users: float | None = None
    min_sessions: int = 1
    max_new_issues: int | None = None
    max_drop: float | None = None

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Return the thresholds of the inputs."""
        return cls(
            min_crash_free_sessions=config.min_crash_free_sessions,
            min_crash_free_users=config.min_crash_free_users,
            min_sessions=config.min_sessions,
            max_new_issues=config.max_new_issues,
            max_drop=config.max_drop,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult:
    """The verdict and the gates that it is based on."""

    verdict: Verdict
    gates: tuple[GateResult, ...]

    @property
    def failed(self) -> tuple[GateResult, ...]:
        """Return the gates that failed."""
        return tuple(gate for gate in self.gates if gate.outcome is GateOutcome.FAILED)


def evaluate_gates(limits: Thresholds, health: ReleaseHealth) -> HealthResult:
    """
    Evaluate every gate and return the verdict.

    A failed gate makes the release unhealthy. Otherwise the verdict is unknown if a gate is
    unknown, if there are too few sessions, or if no gate was evaluated: nothing shows that the
    release is healthy.
    """
    sessions = _evaluate_min_sessions(limits, health)
    enabled = [gate for gate in _evaluate_enabled_gates(limits, health) if gate is not None]
    gates = (sessions, *enabled)
    outcomes = {gate.outcome for gate in gates}
    if GateOutcome.FAILED in outcomes:
        verdict = Verdict.UNHEALTHY
    elif GateOutcome.UNKNOWN in outcomes or all(
        gate.outcome is GateOutcome.SKIPPED for gate in enabled
    ):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.HEALTHY
    return HealthResult(verdict=verdict, gates=gates)


def _evaluate_min_sessions(limits: Thresholds, health: ReleaseHealth) -> GateResult:
    reason = f"{health.current.sessions} (minimum {limits.min_sessions})"
    if has_too_few_sessions(limits.min_sessions, health.current):
        reason = _explain_few_sessions(health) or reason
        return GateResult(name="min-sessions", outcome=GateOutcome.UNKNOWN, reason=reason)
    return GateResult(name="min-sessions", outcome=GateOutcome.PASSED, reason=reason)


def _explain_few_sessions(health: ReleaseHealth) -> str | None:
    if not health.is_complete:
        return f"environment {health.environment!r} does not exist in Sentry"
    if health.current.sessions:
        return None
    if health.all_releases == 0:
        return "no release has sent a session: check that the app sends sessions"
    return "the release has sent no session yet, or it sends them under another name"


def _evaluate_enabled_gates(
    limits: Thresholds, health: ReleaseHealth
) -> tuple[GateResult | None, ...]:
    now, enough = health.current, not has_too_few_sessions(limits.min_sessions, health.current)
    return (
        _evaluate_rate(
            "sessions", limits.min_crash_free_sessions, now.crash_free_sessions, enough=enough
        ),
        _evaluate_rate("users", limits.min_crash_free_users, now.crash_free_users, enough=enough),
        _evaluate_new_issues(limits.max_new_issues, now.new_issues),
        evaluate_regression(limits.max_drop, limits.min_sessions, now, health.previous),
        *(_evaluate_sentry_threshold(threshold) for threshold in health.thresholds),
    )


def _evaluate_rate(
    of: str, min_percent: float | None, rate: float | None, *, enough: bool
) -> GateResult | None:
    if min_percent is None:
        return None
    name = f"min-crash-free-{of}"
    if not enough or rate is None:
        reason = "Sentry returned no rate" if enough else "not enough sessions"
        return GateResult(name=name, outcome=GateOutcome.UNKNOWN, reason=reason)
    is_met = rate + _ROUNDING >= min_percent / _HUNDRED
    reason = f"{format_percent(rate)} % (minimum {format_count(min_percent)} %)"
    return GateResult(
        name=name, outcome=GateOutcome.PASSED if is_met else GateOutcome.FAILED, reason=reason
    )


def _evaluate_new_issues(max_count: int | None, count: int | None) -> GateResult | None:
    if max_count is None:
        return None
    if count is None:
        return GateResult(
            name="max-new-issues", outcome=GateOutcome.UNKNOWN, reason="Sentry returned no count"
        )
    outcome = GateOutcome.PASSED if count <= max_count else GateOutcome.FAILED
    return GateResult(
        name="max-new-issues", outcome=outcome, reason=f"{count} (maximum {max_count})"
    )


def _evaluate_sentry_threshold(threshold: Threshold) -> GateResult:
    name = f"Sentry: {threshold.metric} of {threshold.project}"
    limit = f"{'maximum' if threshold.over else 'minimum'} {format_count(threshold.limit)}"
    if threshold.healthy is None or threshold.value is None:
        reason = f"not evaluated by Sentry ({limit})"
        return GateResult(name=name, outcome=GateOutcome.SKIPPED, reason=reason)
    outcome = GateOutcome.PASSED if threshold.healthy else GateOutcome.FAILED
    return GateResult(
        name=name, outcome=outcome, reason=f"{format_count(threshold.value)} ({limit})"
    )
