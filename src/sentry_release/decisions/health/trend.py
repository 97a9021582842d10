"""A trend -> as many intervals as a picture has room for, with their labels."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from itertools import count

from sentry_release.words.health import Trend, TrendPoint

_DAY_S = 24 * 60 * 60


def rebin_trend(trend: Trend, *, max_count: int) -> Trend:
    """
    The trend in at most so many intervals, each as long as a whole number of those before.

    A day is parted evenly, or intervals are whole days, so that they begin at the same hours.
    Sessions are added up; rates are weighted by them.
    """
    min_count = -(-len(trend.points) // max_count) or 1
    each = next(n for n in count(min_count) if _divides_day(n * trend.interval_s, trend.interval_s))
    groups = [trend.points[at : at + each] for at in range(0, len(trend.points), each)]
    points = tuple(_merge_points(group) for group in groups)
    return Trend(interval_s=trend.interval_s * each, points=points)


def build_axis_labels(trend: Trend) -> tuple[str, ...]:
    """
    When each interval begins, in UTC; no two are alike, since charts would take them for one.

    They are hours within a day, days where each interval is of whole ones, and both otherwise:
    `14:30`, `01-31`, `31 14:30`.
    """
    span_s = trend.interval_s * len(trend.points)
    form = "%d %H:%M"
    if span_s <= _DAY_S:
        form = "%H:%M"
    elif trend.interval_s % _DAY_S == 0:
        form = "%m-%d"
    return tuple(point.start.astimezone(UTC).strftime(form) for point in trend.points)


def describe_interval(interval_s: int) -> str:
    """
    How long an interval is.

    >>> describe_interval(3600), describe_interval(1800), describe_interval(86400), describe_interval(5400)
    ('1 h', '30 min', '1 d', '90 min')
    """
    length = timedelta(seconds=interval_s)
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h")):
        if length >= unit and not length % unit:
            return f"{length // unit} {name}"
    return f"{max(1, interval_s // 60)} min"


def _divides_day(length_s: int, before_s: int) -> bool:
    """Whether a day holds it a whole number of times, or the other way round, if it ever can."""
    can = _DAY_S % before_s == 0 or before_s % _DAY_S == 0
    return not can or _DAY_S % length_s == 0 or length_s % _DAY_S == 0


def _merge_points(points: Sequence[TrendPoint]) -> TrendPoint:
    sessions = sum(point.sessions for point in points)
    rated = [point for point in points if point.sessions and point.crash_free_sessions is not None]
    weight = sum(point.sessions for point in rated)
    rate = sum((point.crash_free_sessions or 0.0) * point.sessions for point in rated)
    return TrendPoint(
        start=points[0].start,
        sessions=sessions,
        crash_free_sessions=rate / weight if weight else None,
    )
