"""Health -> charts in Mermaid, which GitHub draws in the job summary."""

import math
from collections.abc import Sequence

from sentry_release.decisions.health.outcomes import format_percent
from sentry_release.decisions.health.trend import build_axis_labels, describe_interval, rebin_trend
from sentry_release.words.health import ReleaseHealth, Trend

_MAX_LABELS = 24  # more of them run into each other
_MIN_POINTS = 2
# Wide enough for the labels; the colour is seen on the light and on the dark page.
_THEME = (
    '%%{init: {"xyChart": {"width": 960, "height": 360, "xAxis": {"labelFontSize": 11}}, '
    '"themeVariables": {"xyChart": {"plotColorPalette": "#7a6de0"}}}}%%'
)


def render_mermaid_charts(health: ReleaseHealth) -> str | None:
    """
    Sessions as bars, and the crash-free rate in percent as a line; None without a trend.

    Nothing in it comes from a release or an environment, so that no name can break out of it.
    Intervals without sessions have no rate, and are left out of the line.
    Source: https://mermaid.js.org/syntax/xyChart.html
    """
    if health.trend is None or not any(point.sessions for point in health.trend.points):
        return None
    trend = rebin_trend(health.trend, max_count=_count_labels(health.trend))
    both = [_render_sessions_chart(trend), *_render_rate_charts(trend)]
    return "\n\n".join(f"```mermaid\n{text}\n```" for text in both)


def _count_labels(trend: Trend) -> int:
    """Labels with a day and an hour take twice the room."""
    return _MAX_LABELS if build_axis_labels(trend)[0].count(" ") == 0 else _MAX_LABELS // 2


def _render_sessions_chart(trend: Trend) -> str:
    counts = [str(point.sessions) for point in trend.points]
    max_count = max(point.sessions for point in trend.points)
    title = f"Sessions in {describe_interval(trend.interval_s)} (UTC)"
    return _render_chart(
        title,
        build_axis_labels(trend),
        "sessions",
        f"0 --> {max_count}",
        f"bar [{', '.join(counts)}]",
    )


def _render_rate_charts(trend: Trend) -> list[str]:
    rated = [
        (text, point.crash_free_sessions)
        for text, point in zip(build_axis_labels(trend), trend.points, strict=True)
        if point.sessions and point.crash_free_sessions is not None
    ]
    if len(rated) < _MIN_POINTS:
        return []
    lowest = 100 * min(rate for _, rate in rated)
    values = ", ".join(format_percent(rate) for _, rate in rated)
    return [
        _render_chart(
            "Crash-free sessions",
            [text for text, _ in rated],
            "percent",
            f"{min(99, math.floor(lowest))} --> 100",
            f"line [{values}]",
        )
    ]


def _render_chart(title: str, names: Sequence[str], unit: str, scale: str, series: str) -> str:
    axis = ", ".join(f'"{text}"' for text in names)
    return "\n".join(
        (
            _THEME,
            "xychart-beta",
            f'  title "{title}"',
            f"  x-axis [{axis}]",
            f'  y-axis "{unit}" {scale}',
            f"  {series}",
        )
    )
