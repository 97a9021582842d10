"""Thresholds -> gate results -> HealthResult."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentry_release.config.config import Config
from sentry_release.health.rate_statistics import CONFIDENCE, compute_min_increase
from sentry_release.model.health import ReleaseHealth, SessionStats, Threshold

_HUNDRED = 100
_DIGITS = 1000  # three decimals
_DISPLAY_ROUNDING = 1e-6  # of the last of these


class GateOutcome(StrEnum):
    """What a gate says; one that is skipped says nothing, and leaves it to the others."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate, by the name of its input, and why it says what it says."""

    name: str
    outcome: GateOutcome
    reason: str


def has_too_few_sessions(min_count: int, stats: SessionStats) -> bool:
    """Whether there are too few sessions to tell a rate."""
    return stats.sessions < min_count


def format_percent(rate: float) -> str:
    """
    A ratio as a percentage; cut, not rounded, so that 100 means all of them.

    >>> format_percent(0.995), format_percent(0.9999999), format_percent(1), format_percent(0)
    ('99.5', '99.999', '100', '0')
    """
    return f"{math.floor(rate * _HUNDRED * _DIGITS + _DISPLAY_ROUNDING) / _DIGITS:g}"


def format_count(value: float) -> str:
    """
    A limit or a measured figure, with all digits that count.

    >>> format_count(99.99999), format_count(0.5), format_count(1234567)
    ('99.99999', '0.5', '1234567')
    """
    return f"{value:.12g}"


def count_crashed(rate: float, of: int) -> int:
    """How many of so many were not free of a crash; the rate is all that Sentry tells of it."""
    return min(max(round((1 - rate) * of), 0), of)


MIN_SESSIONS = 50
"""Sessions on either side from which the rate of false alarms was computed; fewer decide nothing."""

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


_ROUNDING = 1e-9  # of a ratio: 1 - 5 / 1000 and 99.5 / 100 are the same


class Verdict(StrEnum):
    """Whether the release is healthy."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a release has to keep to; rates in percent, the drop in points, None asks nothing."""

    min_crash_free_sessions: float | None = None
    min_crash_free_users: float | None = None
    min_sessions: int = 1
    max_new_issues: int | None = None
    max_drop: float | None = None

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Those of the inputs."""
        return cls(
            min_crash_free_sessions=config.min_crash_free_sessions,
            min_crash_free_users=config.min_crash_free_users,
            min_sessions=config.min_sessions,
            max_new_issues=config.max_new_issues,
            max_drop=config.max_drop,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult:
    """The verdict, and the gates it was made of."""

    verdict: Verdict
    gates: tuple[GateResult, ...]

    @property
    def failed(self) -> tuple[GateResult, ...]:
        """The gates that were not kept."""
        return tuple(gate for gate in self.gates if gate.outcome is GateOutcome.FAILED)


def evaluate_gates(limits: Thresholds, health: ReleaseHealth) -> HealthResult:
    """
    Ask every gate.

    One that fails makes the release unhealthy. Otherwise one that cannot tell makes it unknown,
    and so do too few sessions, or no gate at all: nobody has shown that it is healthy.
    """
    sessions = _evaluate_min_sessions(limits, health)
    requests = [gate for gate in _evaluate_requested_gates(limits, health) if gate is not None]
    gates = (sessions, *requests)
    outcomes = {gate.outcome for gate in gates}
    if GateOutcome.FAILED in outcomes:
        verdict = Verdict.UNHEALTHY
    elif GateOutcome.UNKNOWN in outcomes or all(
        gate.outcome is GateOutcome.SKIPPED for gate in requests
    ):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.HEALTHY
    return HealthResult(verdict=verdict, gates=gates)


def _evaluate_min_sessions(limits: Thresholds, health: ReleaseHealth) -> GateResult:
    if has_too_few_sessions(limits.min_sessions, health.current):
        reason = _explain_few_sessions(health) or (
            f"{health.current.sessions} of the {limits.min_sessions} sessions that it takes"
        )
        return GateResult(name="min-sessions", outcome=GateOutcome.UNKNOWN, reason=reason)
    reason = f"{health.current.sessions}, and {limits.min_sessions} are asked"
    return GateResult(name="min-sessions", outcome=GateOutcome.PASSED, reason=reason)


def _explain_few_sessions(health: ReleaseHealth) -> str | None:
    if not health.is_complete:
        return f"Sentry knows no environment {health.environment!r}"
    if health.current.sessions:
        return None
    if health.all_releases == 0:
        return "no release at all has sent a session: does the app send any?"
    return "the release has sent no session yet, or it sends them under another name"


def _evaluate_requested_gates(
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
    of: str, min_count: float | None, rate: float | None, *, enough: bool
) -> GateResult | None:
    if min_count is None:
        return None
    name = f"min-crash-free-{of}"
    if not enough or rate is None:
        reason = "Sentry tells no such rate" if enough else "too few sessions to tell"
        return GateResult(name=name, outcome=GateOutcome.UNKNOWN, reason=reason)
    kept = rate + _ROUNDING >= min_count / _HUNDRED
    reason = f"{format_percent(rate)} %, and {format_count(min_count)} % is asked"
    return GateResult(
        name=name, outcome=GateOutcome.PASSED if kept else GateOutcome.FAILED, reason=reason
    )


def _evaluate_new_issues(max_count: int | None, count: int | None) -> GateResult | None:
    if max_count is None:
        return None
    if count is None:
        return GateResult(
            name="max-new-issues", outcome=GateOutcome.UNKNOWN, reason="Sentry tells no such number"
        )
    outcome = GateOutcome.PASSED if count <= max_count else GateOutcome.FAILED
    return GateResult(
        name="max-new-issues", outcome=outcome, reason=f"{count}, and {max_count} are allowed"
    )


def _evaluate_sentry_threshold(threshold: Threshold) -> GateResult:
    name = f"Sentry: {threshold.metric} of {threshold.project}"
    limit = f"the limit is {'at most' if threshold.over else 'at least'} {format_count(threshold.limit)}"
    if threshold.healthy is None or threshold.value is None:
        reason = f"Sentry has not measured it; {limit}"
        return GateResult(name=name, outcome=GateOutcome.SKIPPED, reason=reason)
    outcome = GateOutcome.PASSED if threshold.healthy else GateOutcome.FAILED
    return GateResult(
        name=name, outcome=outcome, reason=f"{format_count(threshold.value)}, and {limit}"
    )
