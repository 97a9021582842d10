"""Health -> charts in Mermaid, which GitHub draws in the job summary."""

import math
from collections.abc import Sequence

from sentry_release.decisions.health.outcomes import percent
from sentry_release.decisions.health.trend import gathered, in_words, labels
from sentry_release.words.health import Health, Trend

_MOST_LABELS = 24  # more of them run into each other
_LEAST_POINTS = 2
# Wide enough for the labels; the colour is seen on the light and on the dark page.
_LOOK = (
    '%%{init: {"xyChart": {"width": 960, "height": 360, "xAxis": {"labelFontSize": 11}}, '
    '"themeVariables": {"xyChart": {"plotColorPalette": "#7a6de0"}}}}%%'
)


def charts(health: Health) -> str | None:
    """
    Sessions as bars, and the crash-free rate in percent as a line; None without a trend.

    Nothing in it comes from a release or an environment, so that no name can break out of it.
    Intervals without sessions have no rate, and are left out of the line.
    Source: https://mermaid.js.org/syntax/xyChart.html
    """
    if health.trend is None or not any(point.sessions for point in health.trend.points):
        return None
    trend = gathered(health.trend, most=_most_of(health.trend))
    both = [_sessions(trend), *_rates(trend)]
    return "\n\n".join(f"```mermaid\n{text}\n```" for text in both)


def _most_of(trend: Trend) -> int:
    """Labels with a day and an hour take twice the room."""
    return _MOST_LABELS if labels(trend)[0].count(" ") == 0 else _MOST_LABELS // 2


def _sessions(trend: Trend) -> str:
    counts = [str(point.sessions) for point in trend.points]
    most = max(point.sessions for point in trend.points)
    title = f"Sessions in {in_words(trend.interval_s)} (UTC)"
    return _chart(title, labels(trend), "sessions", f"0 --> {most}", f"bar [{', '.join(counts)}]")


def _rates(trend: Trend) -> list[str]:
    rated = [
        (text, point.crash_free_sessions)
        for text, point in zip(labels(trend), trend.points, strict=True)
        if point.sessions and point.crash_free_sessions is not None
    ]
    if len(rated) < _LEAST_POINTS:
        return []
    lowest = 100 * min(rate for _, rate in rated)
    values = ", ".join(percent(rate) for _, rate in rated)
    return [
        _chart(
            "Crash-free sessions",
            [text for text, _ in rated],
            "percent",
            f"{min(99, math.floor(lowest))} --> 100",
            f"line [{values}]",
        )
    ]


def _chart(title: str, names: Sequence[str], unit: str, scale: str, series: str) -> str:
    axis = ", ".join(f'"{text}"' for text in names)
    return "\n".join(
        (
            _LOOK,
            "xychart-beta",
            f'  title "{title}"',
            f"  x-axis [{axis}]",
            f'  y-axis "{unit}" {scale}',
            f"  {series}",
        )
    )
