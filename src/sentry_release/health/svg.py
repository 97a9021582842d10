"""An SVG chart with sessions as bars, and rates and the limits of their gates as lines."""

import math
import re
from collections.abc import Callable, Iterator
from html import escape

from sentry_release.health.charts import build_axis_labels, describe_interval, rebin_trend
from sentry_release.health.gates import Thresholds
from sentry_release.model.health import (
    ReleaseHealth,
    Trend,
    TrendPoint,
    format_count,
    format_percent,
)

_WIDTH, _HEIGHT = 760, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 696, 72, 280  # of the plot, in pixels
_MAX_BARS = 48
_MAX_LABELS = 10
_NAME_LIMIT = 60  # characters of a release name that fit into the title
_LEGEND_LIMIT = 28  # characters of one that fit into the legend
_LETTER = 6.9  # pixels, on average
_PERCENT = 100
_TICKS = 4
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = (
    "svg{--ink:#1f2328;--faint:#8c959f;--grid:#d1d9e0;--paper:#fff;--bar:#6c5fc7;--line:#1a7f37;"
    "--before:#bc4c00;--other:#0969da;--limit:#cf222e;font:12px system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){svg{--ink:#f0f6fc;--faint:#9198a1;--grid:#3d444d;"
    "--paper:#0d1117;--bar:#9186e0;--line:#3fb950;--before:#f0883e;"
    "--other:#58a6ff;--limit:#ff7b72}}"
    "text{fill:var(--faint)}.title{fill:var(--ink);font-size:15px;font-weight:600}"
    ".grid{stroke:var(--grid)}.bar{fill:var(--bar);fill-opacity:.8}.before{stroke:var(--before);"
    "stroke-dasharray:6 4}.rate{fill:none;stroke:var(--line);stroke-width:2}"
    ".unhandled{stroke:var(--other)}.limit{stroke:var(--limit);stroke-width:1.5}"
    ".other.limit{stroke-dasharray:2 4}"
    ".dot{fill:var(--line)}.unhandled-dot{fill:var(--other)}.end{text-anchor:end}.middle{text-anchor:middle}"
)


def render_svg(health: ReleaseHealth, limits: Thresholds) -> str:
    """
    Return the SVG; the dashed line is the crash-free rate of the previous release.

    The left axis is for sessions, the right one for rates; it starts below the lowest rate or
    limit. Unhandled-free sessions are a second line if there are unhandled ones, or if a gate
    limits them. Each bar, dot and limit has its value as `data-sessions`, `data-percent` or
    `data-limit`.
    """
    trend = rebin_trend(health.trend or Trend(interval_s=3600), max_count=_MAX_BARS)
    highest = _round_up(max((point.sessions for point in trend.points), default=0))
    shows_unhandled = limits.min_unhandled_free_sessions is not None or any(
        rate is not None and rate < 1 for rate in map(_get_unhandled_free, trend.points)
    )
    lowest = _compute_lowest_rate(health, trend, limits, shows_unhandled=shows_unhandled)
    parts = [
        *_render_head(health, trend),
        *_render_grid(highest, lowest),
        *_render_bars(trend, highest),
        *_render_previous_rate(health, lowest),
        *_render_limits(limits, lowest),
    ]
    if shows_unhandled:
        parts += _render_rates(trend, lowest, _get_unhandled_free, "unhandled")
    parts += [
        *_render_rates(trend, lowest, _get_crash_free, ""),
        *_render_labels(trend),
        *_render_legend(health, limits, shows_unhandled=shows_unhandled),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _render_head(health: ReleaseHealth, trend: Trend) -> Iterator[str]:
    where = f" in {health.environment}" if health.environment else ""
    title = _escape_xml(f"{_shorten_name(health.current.release)}{where}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-labelledby="title">'
    )
    yield f'<title id="title">{title}</title><style>{_STYLE}</style>'
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="var(--paper)"/>'
    yield f'<text class="title" x="{_LEFT}" y="28">{title}</text>'
    yield f'<text x="{_LEFT}" y="52">sessions per {describe_interval(trend.interval_s)}, UTC</text>'
    yield f'<text class="end" x="{_RIGHT}" y="52">rates of sessions</text>'


def _render_grid(highest: int, lowest: float) -> Iterator[str]:
    for tick in range(_TICKS + 1):
        y = _BOTTOM - (_BOTTOM - _TOP) * tick / _TICKS
        on_right = lowest + (100 - lowest) * tick / _TICKS
        yield f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:g}" y2="{y:g}"/>'
        count = _format_short_count(highest * tick / _TICKS)
        yield f'<text class="end" x="{_LEFT - 8}" y="{y + 4:g}">{count}</text>'
        yield f'<text x="{_RIGHT + 8}" y="{y + 4:g}">{on_right:.4g} %</text>'


def _render_bars(trend: Trend, highest: int) -> Iterator[str]:
    for index, point in enumerate(trend.points):
        left, width = _compute_slot(index, len(trend.points))
        height = (_BOTTOM - _TOP) * point.sessions / highest if highest else 0
        when = point.start.isoformat(timespec="minutes")
        yield (
            f'<rect class="bar" x="{left + width * 0.12:.2f}" y="{_BOTTOM - height:.2f}" '
            f'width="{width * 0.76:.2f}" height="{height:.2f}" data-sessions="{point.sessions}">'
            f"<title>{when}: {point.sessions} sessions</title></rect>"
        )


def _render_previous_rate(health: ReleaseHealth, lowest: float) -> Iterator[str]:
    if health.previous is None or health.previous.crash_free_sessions is None:
        return
    rate = health.previous.crash_free_sessions
    y = f"{_compute_height(rate, lowest):.2f}"
    yield (
        f'<line class="before" x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}" '
        f'data-percent="{format_percent(rate)}"><title>{format_percent(rate)} % before, in '
        f"{_escape_xml(health.previous.release)}</title></line>"
    )


def _render_limits(limits: Thresholds, lowest: float) -> Iterator[str]:
    """Yield a line across the plot for each gate on a rate of sessions."""
    for name, limit, style in _list_limits(limits):
        y = f"{_compute_height(limit / _PERCENT, lowest):.2f}"
        text = f"{name}: minimum {format_count(limit)} %"
        yield (
            f'<line class="{style}" x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}" '
            f'data-limit="{format_count(limit)}"><title>{text}</title></line>'
        )


def _list_limits(limits: Thresholds) -> Iterator[tuple[str, float, str]]:
    """Yield the name, the limit in percent and the style of each gate on a rate of sessions."""
    if limits.min_crash_free_sessions is not None:
        yield "crash-free", limits.min_crash_free_sessions, "limit"
    if limits.min_unhandled_free_sessions is not None:
        yield "unhandled-free", limits.min_unhandled_free_sessions, "other limit"


def _render_rates(
    trend: Trend, lowest: float, get_rate: Callable[[TrendPoint], float | None], style: str
) -> Iterator[str]:
    """Yield the line, with gaps for intervals without sessions, and a dot for each rate."""
    dots = []
    path = ""
    joined = False
    name = "unhandled-free" if style else "crash-free"
    for index, point in enumerate(trend.points):
        rate = get_rate(point)
        if rate is None:
            joined = False
            continue
        left, width = _compute_slot(index, len(trend.points))
        x, y = f"{left + width / 2:.2f}", f"{_compute_height(rate, lowest):.2f}"
        path += f"{'L' if joined else 'M'}{x} {y}"
        joined = True
        dot = f"{style}-dot" if style else "dot"
        dots.append(
            f'<circle class="{dot}" cx="{x}" cy="{y}" r="3" data-percent="{format_percent(rate)}">'
            f"<title>{format_percent(rate)} % {name}</title></circle>"
        )
    if path:
        yield f'<path class="{f"rate {style}".strip()}" d="{path}"/>'
    yield from dots


def _render_labels(trend: Trend) -> Iterator[str]:
    names = build_axis_labels(trend)
    count = len(names)
    if not any(point.sessions for point in trend.points):
        middle = (_LEFT + _RIGHT) / 2
        yield f'<text class="middle" x="{middle:g}" y="{(_TOP + _BOTTOM) / 2:g}">no sessions</text>'
    for index in range(0, count, -(-count // _MAX_LABELS) or 1):
        left, width = _compute_slot(index, count)
        yield f'<text class="middle" x="{left + width / 2:.2f}" y="{_BOTTOM + 22}">{names[index]}</text>'


def _render_legend(
    health: ReleaseHealth, limits: Thresholds, *, shows_unhandled: bool
) -> Iterator[str]:
    """Yield the rates in a first row, and the limits of the gates in a second one."""
    y = _HEIGHT - 40
    rates = [("bar", "sessions"), ("rate", "crash-free")]
    if shows_unhandled:
        rates.append(("rate unhandled", "unhandled-free"))
    if health.previous is not None and health.previous.crash_free_sessions is not None:
        name = _shorten_name(health.previous.release, _LEGEND_LIMIT)
        rates.append(("before", f"crash-free in {name}"))
    yield from _render_legend_row(rates, y)
    compared = [
        (style, f"{name}: minimum {format_count(limit)} %")
        for name, limit, style in _list_limits(limits)
    ]
    yield from _render_legend_row(compared, y + 24)


def _render_legend_row(entries: list[tuple[str, str]], y: int) -> Iterator[str]:
    x = float(_LEFT)
    for style, text in entries:
        if style == "bar":
            yield f'<rect class="bar" x="{x:g}" y="{y - 9}" width="20" height="10"/>'
        elif style.startswith("rate"):
            yield f'<path class="{style}" d="M{x:g} {y - 4}h20"/>'
        else:
            yield f'<line class="{style}" x1="{x:g}" x2="{x + 20:g}" y1="{y - 4}" y2="{y - 4}"/>'
        yield f'<text x="{x + 26:g}" y="{y}">{_escape_xml(text)}</text>'
        x += 26 + len(text) * _LETTER + 20


def _escape_xml(name: str) -> str:
    """Return a name as XML text, without control characters, which Sentry allows in names."""
    return escape(_NOT_IN_XML.sub("\ufffd", name))


def _shorten_name(name: str, limit: int = _NAME_LIMIT) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"


def _compute_slot(index: int, count: int) -> tuple[float, float]:
    """Return the left edge and the width of an interval, in pixels."""
    width = (_RIGHT - _LEFT) / count
    return _LEFT + width * index, width


def _get_crash_free(point: TrendPoint) -> float | None:
    return point.crash_free_sessions if point.sessions else None


def _get_unhandled_free(point: TrendPoint) -> float | None:
    return point.unhandled_free_sessions if point.sessions else None


def _compute_lowest_rate(
    health: ReleaseHealth, trend: Trend, limits: Thresholds, *, shows_unhandled: bool
) -> float:
    """Return the start of the rate axis: a whole percent below the lowest rate or limit."""
    rates = [*map(_get_crash_free, trend.points)]
    rates += map(_get_unhandled_free, trend.points) if shows_unhandled else ()
    rates += [limit / _PERCENT for _, limit, _ in _list_limits(limits)]
    rates += [health.previous.crash_free_sessions] if health.previous else []
    known = [rate for rate in rates if rate is not None]
    return max(0, math.ceil(round(_PERCENT * min(known, default=1), 6)) - 1)


def _compute_height(rate: float, lowest: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * (_PERCENT * rate - lowest) / (_PERCENT - lowest)


def _round_up(count: int) -> int:
    """Return the next number that divides an axis into four round steps: 4, 8, 20, 40, 80, 200 …"""
    if count <= _TICKS:
        return _TICKS
    power = int(10 ** math.floor(math.log10(count)))
    steps = (1, 2, 4, 8, 10) if power >= _TICKS else (8, 12)
    return next(power * step for step in steps if power * step >= count and power * step % 4 == 0)


def _format_short_count(count: float) -> str:
    """Return a count in about four characters, such as 950, 1.2k or 3.4M."""
    for size, suffix in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.3g}{suffix}"
    return f"{count:g}"
