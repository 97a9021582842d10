"""Release health in Sentry's own words: figures, their trend, and of which release."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """
    The health of one release in one environment over one window.

    Rates are ratios from 0 to 1; None is a figure that Sentry did not give.
    """

    release: str
    sessions: int
    users: int | None = None
    crash_free_sessions: float | None = None
    crash_free_users: float | None = None
    adoption: float | None = None
    new_issues: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One interval of a trend; its rate is None where there were no sessions."""

    start: datetime
    sessions: int
    crash_free_sessions: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Sessions and crash-free rate over the window, oldest first, in equal intervals."""

    interval_s: int
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What Sentry tells of a release, and of the one that was in its environment before."""

    environment: str | None
    window_start: datetime
    window_end: datetime
    now: Figures
    before: Figures | None = None
    trend: Trend | None = None
