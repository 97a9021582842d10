"""Release health in Sentry's own words: figures, their trend, and of which release."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    """One interval of a trend; its rate is None without sessions, or where Sentry tells none."""

    start: datetime
    sessions: int
    crash_free_sessions: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Sessions and crash-free rate over the window, oldest first, in equal intervals."""

    interval_s: int
    points: tuple[Point, ...] = ()


class Teller(StrEnum):
    """Who told the figures: Sentry's list of sessions, or the release itself, less exactly."""

    SESSIONS = "sessions"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """
    One of Sentry's own thresholds for the releases of a project.

    It is crossed when `value` is `over` the limit, or else under it; rates are in percent.
    `healthy` is None where Sentry has not measured anything.
    """

    metric: str
    project: str
    limit: float
    over: bool
    value: float | None = None
    healthy: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What Sentry tells of a release that is there: when it was opened, and its issues."""

    release: str
    project_ids: tuple[int, ...]
    opened: datetime | None = None
    new_issues: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """
    The figures of releases over one window, and the trend of the first.

    `known` is whether Sentry knows the environment; `told_by` RELEASE tells of all of them.
    """

    window_start: datetime
    window_end: datetime
    figures: tuple[Figures, ...] = ()
    trend: Trend | None = None
    known: bool = True
    told_by: Teller = Teller.SESSIONS

    def of(self, release: str) -> Figures:
        """The figures of a release; one without sessions has none."""
        found = (one for one in self.figures if one.release == release)
        return next(found, Figures(release=release, sessions=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """
    What Sentry tells of a release, and of the one that was in its environment before.

    `environment` None is all of them together. `known` is whether Sentry knows the
    environment, `everyone` the sessions of all releases in it, `opened` when the release was.
    """

    environment: str | None
    window_start: datetime
    window_end: datetime
    now: Figures
    before: Figures | None = None
    trend: Trend | None = None
    known: bool = True
    everyone: int | None = None
    opened: datetime | None = None
    told_by: Teller = Teller.SESSIONS
    thresholds: tuple[Threshold, ...] = ()
