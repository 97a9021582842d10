"""Health of a release as Sentry might report it, for tests of charts and pages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sentry_release.model.health import ReleaseHealth, SessionStats, Trend, TrendPoint

BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = (120, 66, 309, 297, 6, 0, 0, 240, 119, 367, 281, 327, 118, 267, 7, 32, 302, 399, 137, 368,
       198, 218, 295, 68)  # fmt: skip


def health(
    sessions: Sequence[int] = DAY,
    *,
    interval: timedelta = timedelta(hours=1),
    crash_free: Sequence[float | None] | None = None,
    release: str = "shop@1.4.0+27",
    environment: str | None = "production",
    before: SessionStats | None = None,
) -> ReleaseHealth:
    """Sessions by interval, 99 % of them crash-free unless set otherwise."""
    rates = crash_free or [0.99 if count else None for count in sessions]
    points = tuple(
        TrendPoint(start=BEGIN + interval * index, sessions=count, crash_free_sessions=rate)
        for index, (count, rate) in enumerate(zip(sessions, rates, strict=True))
    )
    return ReleaseHealth(
        environment=environment,
        window_start=BEGIN,
        window_end=BEGIN + interval * len(points),
        current=SessionStats(release=release, sessions=sum(sessions)),
        previous=before,
        trend=Trend(interval_s=int(interval.total_seconds()), points=points),
    )
