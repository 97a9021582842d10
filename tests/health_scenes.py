"""Health of a release as Sentry might report it, for tests of charts and pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from job import ROOT
from sentry_release.health.gates import Thresholds
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


def with_unhandled(shown: ReleaseHealth, rates: Sequence[float | None]) -> ReleaseHealth:
    """The same health, with these rates of sessions without an unhandled error."""
    assert shown.trend
    points = tuple(
        replace(point, unhandled_free_sessions=rate)
        for point, rate in zip(shown.trend.points, rates, strict=True)
    )
    return replace(shown, trend=replace(shown.trend, points=points))


EXPECTED = ROOT / "tests/expected/health"
BEFORE = SessionStats(release="shop@1.3.2+26", sessions=4100, crash_free_sessions=0.985)
CHARTS = {
    "day-with-limits": (
        health(crash_free=[None if not one else 1 - one / 40_000 for one in DAY], before=BEFORE),
        Thresholds(min_crash_free_sessions=98.25, max_drop=1.0),
    ),
    "few-hours-and-a-gap": (
        health([10, 0, 20, 9], crash_free=[1.0, None, 0.5, 0.75]),
        Thresholds(min_crash_free_sessions=60.0),
    ),
    "two-weeks-by-the-day": (
        health([1500 * (one + 1) for one in range(14)], interval=timedelta(days=1)),
        Thresholds(),
    ),
    "ten-minutes-and-a-long-name": (
        health(
            [7, 3, 5, 11, 2, 8, 4, 6, 9, 1, 12, 10] * 3,
            interval=timedelta(minutes=10),
            release="shop@1.4.0-a-prerelease-with-a-name-that-does-not-fit-into-a-legend+27",
        ),
        Thresholds(),
    ),
    "unhandled-errors": (
        with_unhandled(health([400, 500, 450]), [0.98, None, 0.97]),
        Thresholds(min_crash_free_sessions=98.0, min_unhandled_free_sessions=97.5),
    ),
    "unhandled-errors-without-a-gate": (
        with_unhandled(health([400, 500, 450]), [0.98, None, 0.97]),
        Thresholds(),
    ),
    "no-unhandled-error": (with_unhandled(health([40, 50, 45]), [1.0, 1.0, 1.0]), Thresholds()),
    "a-thousand": (health([1_000, 250, 500]), Thresholds()),
    "a-million": (health([1_000_000, 1_000, 400_000]), Thresholds()),
    "names-that-just-fit": (
        health(
            [4, 2, 1],
            release=f"shop@{'1' * 55}",
            before=replace(BEFORE, release=f"shop@{'2' * 23}"),
        ),
        Thresholds(),
    ),
    "nothing": (health([0, 0, 0], environment=None), Thresholds(min_crash_free_sessions=99.0)),
}
"""Charts that are compared as a whole; `scripts/health_charts.py` writes them."""
