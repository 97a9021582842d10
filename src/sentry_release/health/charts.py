"""Mermaid charts of sessions and crash-free rates."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from itertools import count

from sentry_release.health.gates import Thresholds
from sentry_release.model.health import (
    ReleaseHealth,
    Trend,
    format_count,
    format_percent,
    merge_points,
)

_DAY_S = 24 * 60 * 60
_MAX_LABELS = 24  # more labels overlap
_MIN_POINTS = 2
# Wide enough for the labels; the colours have contrast in light and in dark mode. The second one
# is that of a gate's limit.
_THEME = (
    '%%{init: {"xyChart": {"width": 960, "height": 360, "xAxis": {"labelFontSize": 11}}, '
    '"themeVariables": {"xyChart": {"plotColorPalette": "#7a6de0, #c9442f"}}}}%%'
)


def rebin_trend(trend: Trend, *, max_count: int) -> Trend:
    """
    Return the trend in at most `max_count` intervals, each a multiple of the original interval.

    Intervals divide a day evenly or are whole days, so that they start at the same hours.
    Sessions are summed; rates are weighted by sessions.
    """
    min_count = -(-len(trend.points) // max_count) or 1
    each = next(n for n in count(min_count) if _divides_day(n * trend.interval_s, trend.interval_s))
    groups = [trend.points[at : at + each] for at in range(0, len(trend.points), each)]
    points = tuple(merge_points(group) for group in groups)
    return Trend(interval_s=trend.interval_s * each, points=points)


def build_axis_labels(trend: Trend) -> tuple[str, ...]:
    """
    Return the start of each interval in UTC; labels are unique, because charts merge equal ones.

    Labels are times within a day, dates if each interval is of whole days, and both otherwise:
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
    Return the length of an interval as text.

    >>> describe_interval(3600), describe_interval(1800), describe_interval(86400), describe_interval(5400)
    ('1 h', '30 min', '1 d', '90 min')
    """
    length = timedelta(seconds=interval_s)
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h")):
        if length >= unit and not length % unit:
            return f"{length // unit} {name}"
    return f"{max(1, interval_s // 60)} min"


def _divides_day(length_s: int, original_s: int) -> bool:
    """Return whether the length divides a day or is whole days; True if the original divides none."""
    return _DAY_S % original_s != 0 or _DAY_S % length_s == 0 or length_s % _DAY_S == 0


def render_mermaid_charts(health: ReleaseHealth, limits: Thresholds) -> str | None:
    """
    Return sessions as bars and the rates in percent as lines; None without a trend.

    A gate's limit is a second, straight line in the chart of its rate. Unhandled sessions have a
    chart if there are any, or if a gate limits them. The charts contain no release and no
    environment, so that no name can inject Markdown. Intervals without sessions have no rate and
    are omitted from the line. Source: https://mermaid.js.org/syntax/xyChart.html
    """
    if health.trend is None or not any(point.sessions for point in health.trend.points):
        return None
    trend = rebin_trend(health.trend, max_count=_count_labels(health.trend))
    charts = [_render_sessions_chart(trend), *_render_rate_charts(trend, limits)]
    return "\n\n".join(f"```mermaid\n{chart}\n```" for chart in charts)


def _count_labels(trend: Trend) -> int:
    """Return how many labels fit; labels with date and time are twice as wide."""
    is_wide = any(" " in label for label in build_axis_labels(trend))
    return _MAX_LABELS // 2 if is_wide else _MAX_LABELS


def _render_sessions_chart(trend: Trend) -> str:
    counts = [str(point.sessions) for point in trend.points]
    max_count = max(point.sessions for point in trend.points)
    title = f"Sessions per {describe_interval(trend.interval_s)} (UTC)"
    return _render_chart(
        title,
        build_axis_labels(trend),
        f"0 --> {max_count}",
        (f"bar [{', '.join(counts)}]",),
    )


def _render_rate_charts(trend: Trend, limits: Thresholds) -> Iterator[str]:
    crash_free = [point.crash_free_sessions for point in trend.points]
    yield from _render_rate_chart(
        "Crash-free sessions in percent", trend, crash_free, limits.min_crash_free_sessions
    )
    limit = limits.min_unhandled_free_sessions
    unhandled_free = [point.unhandled_free_sessions for point in trend.points]
    if limit is not None or any(rate is not None and rate < 1 for rate in unhandled_free):
        yield from _render_rate_chart(
            "Unhandled-free sessions in percent", trend, unhandled_free, limit
        )


def _render_rate_chart(
    title: str, trend: Trend, rates: Sequence[float | None], limit: float | None
) -> Iterator[str]:
    """Yield the chart; nothing with too few intervals for a line."""
    rated = [
        (text, rate)
        for text, point, rate in zip(build_axis_labels(trend), trend.points, rates, strict=True)
        if point.sessions and rate is not None
    ]
    if len(rated) < _MIN_POINTS:
        return
    lines = [", ".join(format_percent(rate) for _, rate in rated)]
    lowest = 100 * min(rate for _, rate in rated)
    if limit is not None:
        title = f"{title}, and the minimum of {format_count(limit)}"
        lines.append(", ".join([format_count(limit)] * len(rated)))
        lowest = min(lowest, limit)
    yield _render_chart(
        title,
        [text for text, _ in rated],
        f"{min(99, math.floor(lowest))} --> 100",
        [f"line [{rates_text}]" for rates_text in lines],
    )


def _render_chart(title: str, names: Sequence[str], scale: str, plots: Sequence[str]) -> str:
    axis = ", ".join(f'"{text}"' for text in names)
    return "\n".join(
        (
            _THEME,
            "xychart-beta",
            f'  title "{title}"',
            f"  x-axis [{axis}]",
            f"  y-axis {scale}",
            *(f"  {plot}" for plot in plots),
        )
    )
