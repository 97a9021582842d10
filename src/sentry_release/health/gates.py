"""Evaluate the gates of a health check against the user's and Sentry's thresholds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentry_release.config.config import Config
from sentry_release.health.regression import (
    MAX_DROP_WITH_UNHANDLED,
    MIN_SESSIONS,
    Comparison,
    evaluate_regression,
    find_comparison,
)
from sentry_release.model.health import (
    PERCENT,
    GateOutcome,
    GateResult,
    ReleaseHealth,
    StatsSource,
    Threshold,
    format_count,
    format_percent,
)

MIN_UNHANDLED_FREE = "min-unhandled-free-sessions"
SENTRY_THRESHOLDS = "sentry-thresholds"
_ROUNDING = 1e-9  # tolerance of a ratio: 1 - 5 / 1000 equals 99.5 / 100
_NO_RATE = "Sentry returned no rate"
_NO_UNHANDLED = {
    StatsSource.CRASHES: "this Sentry server does not report unhandled sessions; Sentry 25.10 and "
    "later do",
    StatsSource.RELEASE: "Sentry reports unhandled sessions only to tokens with the scope org:read",
}


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
    min_unhandled_free_sessions: float | None = None
    min_sessions: int = 1
    max_new_issues: int | None = None
    max_drop: float | None = None

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Return the thresholds of the inputs."""
        return cls(
            min_crash_free_sessions=config.min_crash_free_sessions,
            min_crash_free_users=config.min_crash_free_users,
            min_unhandled_free_sessions=config.min_unhandled_free_sessions,
            min_sessions=config.min_sessions,
            max_new_issues=config.max_new_issues,
            max_drop=config.max_drop,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult:
    """The verdict, the gates that it is based on, their limits, and what `max-drop` compared."""

    verdict: Verdict
    gates: tuple[GateResult, ...]
    limits: Thresholds
    comparison: Comparison | None = None

    @property
    def failed(self) -> tuple[GateResult, ...]:
        """Return the gates that failed."""
        return tuple(gate for gate in self.gates if gate.outcome is GateOutcome.FAILED)

    @property
    def failed_words(self) -> tuple[str, ...]:
        """Return the gates that failed as words, each once: names of inputs, `sentry-thresholds`."""
        return tuple(dict.fromkeys(gate.word for gate in self.failed))

    @property
    def evaluates_unhandled(self) -> bool:
        """Return whether a gate has passed or failed because of unhandled sessions."""
        return any(
            gate.name in {MIN_UNHANDLED_FREE, MAX_DROP_WITH_UNHANDLED}
            and gate.outcome in {GateOutcome.PASSED, GateOutcome.FAILED}
            for gate in self.gates
        )


def evaluate_gates(limits: Thresholds, health: ReleaseHealth) -> HealthResult:
    """
    Evaluate every gate and return the verdict.

    A failed gate makes the release unhealthy. Otherwise the verdict is unknown if a gate is
    unknown, if there are too few sessions, or if no gate was evaluated: nothing shows that the
    release is healthy.
    """
    sessions = _evaluate_min_sessions(limits, health)
    comparison = find_comparison(health, min_count=max(limits.min_sessions, MIN_SESSIONS))
    enabled = _evaluate_enabled_gates(limits, health, comparison)
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
    return HealthResult(verdict=verdict, gates=gates, limits=limits, comparison=comparison)


def explain_missing_unhandled(source: StatsSource) -> str | None:
    """Return why this source has no unhandled sessions; None if it has them."""
    return _NO_UNHANDLED.get(source)


def _evaluate_min_sessions(limits: Thresholds, health: ReleaseHealth) -> GateResult:
    reason = f"{health.current.sessions} (minimum {limits.min_sessions})"
    if _has_too_few_sessions(limits, health):
        reason = _explain_few_sessions(health) or reason
        return _build_gate("min-sessions", GateOutcome.UNKNOWN, reason, can_wait=True)
    return _build_gate("min-sessions", GateOutcome.PASSED, reason)


def _has_too_few_sessions(limits: Thresholds, health: ReleaseHealth) -> bool:
    return health.current.sessions < limits.min_sessions


def _explain_few_sessions(health: ReleaseHealth) -> str | None:
    if not health.is_complete:
        return f"environment {health.environment!r} does not exist in Sentry"
    if health.current.sessions:
        return None
    other = " or environment" if health.environment else ""
    if health.all_releases == 0:
        place = f" in environment {health.environment!r}" if health.environment else ""
        more = ", and that it reports this environment" if health.environment else ""
        return f"no release has sent a session{place}: check that the app sends sessions{more}"
    return f"the release has sent no session yet, or it sends them under another name{other}"


def _evaluate_enabled_gates(
    limits: Thresholds, health: ReleaseHealth, comparison: Comparison | None
) -> tuple[GateResult, ...]:
    now, enough = health.current, not _has_too_few_sessions(limits, health)
    no_unhandled = explain_missing_unhandled(health.source)
    rates = (
        ("min-crash-free-sessions", limits.min_crash_free_sessions, now.crash_free_sessions, None),
        ("min-crash-free-users", limits.min_crash_free_users, now.crash_free_users, None),
        (
            MIN_UNHANDLED_FREE,
            limits.min_unhandled_free_sessions,
            now.unhandled_free_sessions,
            no_unhandled,
        ),
    )
    return (
        *(
            _evaluate_rate(name, minimum, rate, missing, enough=enough)
            for name, minimum, rate, missing in rates
            if minimum is not None
        ),
        *_evaluate_new_issues(limits.max_new_issues, now.new_issues),
        *evaluate_regression(limits.max_drop, limits.min_sessions, now, comparison),
        *(_evaluate_sentry_threshold(threshold) for threshold in health.thresholds),
    )


def _evaluate_rate(
    name: str, min_percent: float, rate: float | None, missing: str | None, *, enough: bool
) -> GateResult:
    """Evaluate one rate; `missing` is why Sentry never returns it, whatever the sessions."""
    if missing is not None:
        return _build_gate(name, GateOutcome.UNKNOWN, missing)
    if not enough:
        return _build_gate(name, GateOutcome.UNKNOWN, "not enough sessions", can_wait=True)
    if rate is None:
        return _build_gate(name, GateOutcome.UNKNOWN, _NO_RATE)
    is_met = rate + _ROUNDING >= min_percent / PERCENT
    reason = f"{format_percent(rate)} % (minimum {format_count(min_percent)} %)"
    return _build_gate(name, GateOutcome.PASSED if is_met else GateOutcome.FAILED, reason)


def _evaluate_new_issues(max_count: int | None, count: int | None) -> tuple[GateResult, ...]:
    name = "max-new-issues"
    if max_count is None:
        return ()
    if count is None:
        return (_build_gate(name, GateOutcome.UNKNOWN, "Sentry returned no count"),)
    outcome = GateOutcome.PASSED if count <= max_count else GateOutcome.FAILED
    return (_build_gate(name, outcome, f"{count} (maximum {max_count})"),)


def _evaluate_sentry_threshold(threshold: Threshold) -> GateResult:
    name = f"Sentry: {threshold.metric} of {threshold.project}"
    limit = f"{'maximum' if threshold.is_maximum else 'minimum'} {format_count(threshold.limit)}"
    outcome = GateOutcome.PASSED if threshold.healthy else GateOutcome.FAILED
    reason = f"not evaluated by Sentry ({limit})"
    if threshold.healthy is None or threshold.value is None:
        outcome = GateOutcome.SKIPPED
    else:
        reason = f"{format_count(threshold.value)} ({limit})"
    return GateResult(name=name, outcome=outcome, reason=reason, word=SENTRY_THRESHOLDS)


def _build_gate(
    name: str, outcome: GateOutcome, reason: str, *, can_wait: bool = False
) -> GateResult:
    return GateResult(name=name, outcome=outcome, reason=reason, word=name, can_wait=can_wait)
