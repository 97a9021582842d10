"""Compare two releases over the hours in which both have sessions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentry_release.model.health import ReleaseHealth, SessionStats, Trend, TrendPoint

MIN_SESSIONS = 50
"""Sessions that each release needs for a comparison; the false-alarm rate holds from here on."""


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
    now = merge_points([own for own, _ in pairs]) if pairs else None
    before = merge_points([other for _, other in pairs]) if pairs else None
    if now is None or before is None:
        return Comparison(now=health.current, before=health.previous)
    if now.sessions < min_count or before.sessions < MIN_SESSIONS:
        return Comparison(now=health.current, before=health.previous)
    return Comparison(
        now=_to_stats(health.current.release, now),
        before=_to_stats(health.previous.release, before),
        starts=tuple(own.start for own, _ in pairs),
        interval_s=health.trend.interval_s if health.trend else 0,
    )


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


def _compute_mean(rates: Iterator[tuple[float | None, int]]) -> float | None:
    known = [(rate, sessions) for rate, sessions in rates if rate is not None and sessions]
    total = sum(sessions for _, sessions in known)
    return sum(rate * sessions for rate, sessions in known) / total if total else None


def _to_stats(release: str, point: TrendPoint) -> SessionStats:
    return SessionStats(
        release=release,
        sessions=point.sessions,
        crash_free_sessions=point.crash_free_sessions,
        unhandled_free_sessions=point.unhandled_free_sessions,
    )
