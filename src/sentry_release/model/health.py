"""Sessions of a release, their history and thresholds, and the result of a gate."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PERCENT = 100
_DIGITS = 1000  # three decimals
_DISPLAY_ROUNDING = 1e-6  # tolerance, in units of the last decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStats:
    """
    The health of one release in one environment over one window.

    Rates are ratios from 0 to 1; None is a figure that Sentry did not give. A session has one
    status, so a crashed session is not an unhandled one: both rates together give the sessions
    without either. Source: https://develop.sentry.dev/sdk/telemetry/sessions/
    """

    release: str
    sessions: int
    users: int | None = None
    crash_free_sessions: float | None = None
    crash_free_users: float | None = None
    unhandled_free_sessions: float | None = None
    adoption: float | None = None
    new_issues: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One interval of a trend; a rate is None without sessions, or if Sentry returned none."""

    start: datetime
    sessions: int
    crash_free_sessions: float | None = None
    unhandled_free_sessions: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Sessions and crash-free rate over the window, oldest first, in equal intervals."""

    interval_s: int
    points: tuple[TrendPoint, ...] = ()


class StatsSource(StrEnum):
    """
    The source of the figures: Sentry's sessions, or the release itself, less exactly.

    CRASHES are the sessions of a server that does not report unhandled ones.
    """

    SESSIONS = "sessions"
    CRASHES = "crashes"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """
    One of Sentry's own thresholds for the releases of a project.

    `limit` is a maximum or a minimum of `value`; rates are in percent.
    `healthy` is None where Sentry has not measured anything.
    """

    metric: str
    project: str
    limit: float
    is_maximum: bool
    value: float | None = None
    healthy: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDetails:
    """A release in Sentry: when it was created, and how many issues are new in it."""

    release: str
    project_ids: tuple[int, ...]
    created_at: datetime | None = None
    new_issues: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCounts:
    """
    The figures of releases over one window, and the trends of the first and the second.

    `is_complete` is whether Sentry knows the environment; with `source` RELEASE
    the figures are those of all environments.
    """

    window_start: datetime
    window_end: datetime
    stats: tuple[SessionStats, ...] = ()
    trend: Trend | None = None
    previous_trend: Trend | None = None
    is_complete: bool = True
    source: StatsSource = StatsSource.SESSIONS

    def get_stats(self, release: str) -> SessionStats:
        """Return the figures of a release; one without sessions has none."""
        found = (one for one in self.stats if one.release == release)
        return next(found, SessionStats(release=release, sessions=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHealth:
    """
    The health of a release, and of the one that was in its environment before.

    `environment` None is all of them together. `is_complete` is whether Sentry knows the
    environment, `all_releases` the sessions of all releases in it, `created_at` when the release was.
    """

    environment: str | None
    window_start: datetime
    window_end: datetime
    current: SessionStats
    previous: SessionStats | None = None
    trend: Trend | None = None
    previous_trend: Trend | None = None
    is_complete: bool = True
    all_releases: int | None = None
    created_at: datetime | None = None
    source: StatsSource = StatsSource.SESSIONS
    thresholds: tuple[Threshold, ...] = ()


class GateOutcome(StrEnum):
    """The result of a gate; a skipped gate does not affect the verdict."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """
    One gate, its outcome and the reason.

    Attributes:
        name: How reports name the gate.
        outcome: The result.
        reason: The values that led to it.
        word: One word for the output `failed-gates`: the name of the gate's input.
        can_wait: Whether the gate is unknown only because there are too few sessions yet.
    """

    name: str
    outcome: GateOutcome
    reason: str
    word: str
    can_wait: bool = False


def format_percent(rate: float) -> str:
    """
    Return a ratio as a percentage; truncated, not rounded, so that 100 means all.

    >>> format_percent(0.995), format_percent(0.9999999), format_percent(1), format_percent(0)
    ('99.5', '99.999', '100', '0')
    """
    return f"{math.floor(rate * PERCENT * _DIGITS + _DISPLAY_ROUNDING) / _DIGITS:g}"


def format_count(value: float) -> str:
    """
    Return a threshold or a measured value with all significant digits.

    >>> format_count(99.99999), format_count(0.5), format_count(1234567)
    ('99.99999', '0.5', '1234567')
    """
    return f"{value:.12g}"


def merge_points(points: Sequence[TrendPoint]) -> TrendPoint:
    """Return one interval for several: sessions are summed, rates are weighted by sessions."""
    return TrendPoint(
        start=points[0].start,
        sessions=sum(point.sessions for point in points),
        crash_free_sessions=_compute_mean(
            (point.crash_free_sessions, point.sessions) for point in points
        ),
        unhandled_free_sessions=_compute_mean(
            (point.unhandled_free_sessions, point.sessions) for point in points
        ),
    )


def _compute_mean(rates: Iterator[tuple[float | None, int]]) -> float | None:
    known = [(rate, sessions) for rate, sessions in rates if rate is not None and sessions]
    total = sum(sessions for _, sessions in known)
    return sum(rate * sessions for rate, sessions in known) / total if total else None
