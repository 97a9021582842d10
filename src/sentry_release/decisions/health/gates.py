"""Figures + what they have to keep to -> what each gate says, and what they say together."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from sentry_release.decisions.health.drops import drop_gate
from sentry_release.decisions.health.outcomes import Gate, Outcome, few, number, percent
from sentry_release.facts.config import Config
from sentry_release.words.health import Health, Threshold

_ROUNDING = 1e-9  # of a ratio: 1 - 5 / 1000 and 99.5 / 100 are the same
_HUNDRED = 100


class Verdict(StrEnum):
    """Whether the release is healthy."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a release has to keep to; rates in percent, the drop in points, None asks nothing."""

    min_crash_free_sessions: float | None = None
    min_crash_free_users: float | None = None
    min_sessions: int = 1
    max_new_issues: int | None = None
    max_drop: float | None = None

    @classmethod
    def of(cls, config: Config) -> Self:
        """Those of the inputs."""
        return cls(
            min_crash_free_sessions=config.min_crash_free_sessions,
            min_crash_free_users=config.min_crash_free_users,
            min_sessions=config.min_sessions,
            max_new_issues=config.max_new_issues,
            max_drop=config.max_drop,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict, and the gates it was made of."""

    verdict: Verdict
    gates: tuple[Gate, ...]

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The gates that were not kept."""
        return tuple(gate for gate in self.gates if gate.outcome is Outcome.FAILED)


def judged(limits: Limits, health: Health) -> Judged:
    """
    Ask every gate.

    One that fails makes the release unhealthy. Otherwise one that cannot tell makes it unknown,
    and so do too few sessions, or no gate at all: nobody has shown that it is healthy.
    """
    sessions = _enough(limits, health)
    asked = [gate for gate in _asked(limits, health) if gate is not None]
    gates = (sessions, *asked)
    outcomes = {gate.outcome for gate in gates}
    if Outcome.FAILED in outcomes:
        verdict = Verdict.UNHEALTHY
    elif Outcome.UNKNOWN in outcomes or all(gate.outcome is Outcome.SKIPPED for gate in asked):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.HEALTHY
    return Judged(verdict=verdict, gates=gates)


def _enough(limits: Limits, health: Health) -> Gate:
    if few(limits.min_sessions, health.now):
        reason = _why_few(health) or (
            f"{health.now.sessions} of the {limits.min_sessions} sessions that it takes"
        )
        return Gate(name="min-sessions", outcome=Outcome.UNKNOWN, reason=reason)
    reason = f"{health.now.sessions}, and {limits.min_sessions} are asked"
    return Gate(name="min-sessions", outcome=Outcome.PASSED, reason=reason)


def _why_few(health: Health) -> str | None:
    if not health.known:
        return f"Sentry knows no environment {health.environment!r}"
    if health.now.sessions:
        return None
    if health.everyone == 0:
        return "no release at all has sent a session: does the app send any?"
    return "the release has sent no session yet, or it sends them under another name"


def _asked(limits: Limits, health: Health) -> tuple[Gate | None, ...]:
    now, enough = health.now, not few(limits.min_sessions, health.now)
    return (
        _rate("sessions", limits.min_crash_free_sessions, now.crash_free_sessions, enough=enough),
        _rate("users", limits.min_crash_free_users, now.crash_free_users, enough=enough),
        _issues(limits.max_new_issues, now.new_issues),
        drop_gate(limits.max_drop, limits.min_sessions, now, health.before),
        *(_of_sentry(threshold) for threshold in health.thresholds),
    )


def _rate(of: str, least: float | None, rate: float | None, *, enough: bool) -> Gate | None:
    if least is None:
        return None
    name = f"min-crash-free-{of}"
    if not enough or rate is None:
        reason = "Sentry tells no such rate" if enough else "too few sessions to tell"
        return Gate(name=name, outcome=Outcome.UNKNOWN, reason=reason)
    kept = rate + _ROUNDING >= least / _HUNDRED
    reason = f"{percent(rate)} %, and {number(least)} % is asked"
    return Gate(name=name, outcome=Outcome.PASSED if kept else Outcome.FAILED, reason=reason)


def _issues(most: int | None, count: int | None) -> Gate | None:
    if most is None:
        return None
    if count is None:
        return Gate(
            name="max-new-issues", outcome=Outcome.UNKNOWN, reason="Sentry tells no such number"
        )
    outcome = Outcome.PASSED if count <= most else Outcome.FAILED
    return Gate(name="max-new-issues", outcome=outcome, reason=f"{count}, and {most} are allowed")


def _of_sentry(threshold: Threshold) -> Gate:
    name = f"Sentry: {threshold.metric} of {threshold.project}"
    limit = f"the limit is {'at most' if threshold.over else 'at least'} {number(threshold.limit)}"
    if threshold.healthy is None or threshold.value is None:
        reason = f"Sentry has not measured it; {limit}"
        return Gate(name=name, outcome=Outcome.SKIPPED, reason=reason)
    outcome = Outcome.PASSED if threshold.healthy else Outcome.FAILED
    return Gate(name=name, outcome=outcome, reason=f"{number(threshold.value)}, and {limit}")
