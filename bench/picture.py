"""Figures -> pictures in SVG, readable on a light and on a dark page."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

_COLOURS = ("#2f6fde", "#7aa7f0", "#d9772b", "#e8b07a", "#8a8f98")
_ROW, _BAR, _LEFT, _WIDTH = 20, 14, 150, 720
_STYLE = "<style>text{font:12px sans-serif;fill:#777}.t{font-weight:bold}</style>"


def bars(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Groups of bars, one below the other, all on one scale."""
    highest = max(value for group in groups.values() for value in group.values())
    scale = (_WIDTH - _LEFT - 70) / highest
    parts, y = [f'<text class="t" x="4" y="16">{escape(title)}</text>'], 34
    for name, group in groups.items():
        parts.append(f'<text class="t" x="4" y="{y + 11}">{escape(name)}</text>')
        y += _ROW
        for number, (player, value) in enumerate(group.items()):
            long, colour = value * scale, _COLOURS[number % len(_COLOURS)]
            parts += [
                f'<text x="{_LEFT - 8}" y="{y + 11}" text-anchor="end">{escape(player)}</text>',
                f'<rect x="{_LEFT}" y="{y}" width="{long:.1f}" height="{_BAR}" fill="{colour}"/>',
                f'<text x="{_LEFT + long + 6:.1f}" y="{y + 11}">{value:.0f}</text>',
            ]
            y += _ROW
        y += 8
    return _svg(_WIDTH, y, parts)


def curves(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """One small chart for each line, side by side; what grows goes right, on a logarithmic scale."""
    wide, high, parts = 210, 130, [f'<text class="t" x="4" y="16">{escape(title)}</text>']
    highest = max(y for line in lines.values() for _, y in line) or 1
    for number, (name, line) in enumerate(lines.items()):
        left, bottom = number * wide + 40, high + 50
        logs = [log10(x) for x, _ in line]
        span = (logs[-1] - logs[0]) or 1
        spots = [
            (left + (log - logs[0]) / span * (wide - 70), bottom - y / highest * high)
            for log, (_, y) in zip(logs, line, strict=True)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        colour = _COLOURS[0]
        parts += [
            f'<text x="{left}" y="40">{escape(name)}</text>',
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots),
            f'<text x="{left}" y="{bottom + 16}">{line[0][0]:g}</text>',
            f'<text x="{left + wide - 70}" y="{bottom + 16}" text-anchor="end">{line[-1][0]:g}</text>',
            f'<text x="{spots[-1][0] + 6:.1f}" y="{spots[-1][1]:.1f}">{line[-1][1]:.1f}</text>',
        ]
    return _svg(wide * len(lines) + 40, high + 80, parts)


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
    return "\n".join((head, _STYLE, *parts, "</svg>", ""))
