"""Pictures of health as people see them: rendered in Chromium, and their values read back."""

from pathlib import Path

import pytest

from e2e.app import ROOT
from e2e.chromium import found_in
from health_scenes import DAY, health
from sentry_release.health.charts import render_mermaid_charts
from sentry_release.health.gates import Thresholds
from sentry_release.health.svg import render_svg
from sentry_release.model.health import SessionStats

RATES = [None if not count else 1 - index / 1000 for index, count in enumerate(DAY)]
LIMITS = Thresholds(min_crash_free_sessions=98.25, min_unhandled_free_sessions=97.5)
BEFORE = SessionStats(release=f"{'shop' * 20}@1.3.0+26", sessions=5000, crash_free_sessions=0.985)
MERMAID = ROOT / "node_modules/mermaid/dist/mermaid.min.js"

# The left axis maps pixels to values: two of its labels are enough to read everything by it.
READ_PICTURE = """
const box = one => one.getBoundingClientRect();
const labels = [...document.querySelectorAll('text.end')].filter(one => /^[0-9.]+k?$/.test(one.textContent));
const value = one => parseFloat(one.textContent) * (one.textContent.endsWith('k') ? 1000 : 1);
const lines = [...document.querySelectorAll('line.grid')].map(one => box(one).top);
const [bottom, top] = [lines[0], lines[lines.length - 1]];
const highest = value(labels[labels.length - 1]);
const percents = [...document.querySelectorAll('text')].map(one => one.textContent)
  .filter(text => /^[0-9.]+ %$/.test(text)).map(parseFloat);
const [low, high] = [percents[0], percents[percents.length - 1]];
const rate = y => low + (high - low) * (bottom - y) / (bottom - top);
document.querySelector('#found').textContent = JSON.stringify({
  sessions: [...document.querySelectorAll('rect[data-sessions]')]
    .map(one => highest * box(one).height / (bottom - top)),
  rates: [...document.querySelectorAll('circle')].map(one => rate((box(one).top + box(one).bottom) / 2)),
  limits: [...document.querySelectorAll('line[data-limit]')].map(one => rate(box(one).top)),
  outside: [...document.querySelectorAll('text')].map(box)
    .filter(one => one.right > box(document.querySelector('svg')).right).length,
  legend: [...document.querySelectorAll('text')].map(box).slice(-6)
    .filter((one, index, all) => index && one.top === all[index - 1].top && one.left < all[index - 1].right + 26)
    .length,
  before: rate(box(document.querySelector('line.before')).top),
  overlaps: [...document.querySelectorAll('text.middle')].map(box)
    .filter((one, index, all) => index && one.left < all[index - 1].right).length,
});
"""
READ_CHARTS = """
mermaid.initialize({startOnLoad: false});
mermaid.run({querySelector: '.chart'}).then(() => {
  const [sessions, rates] = [...document.querySelectorAll('svg')];
  const bars = [...sessions.querySelectorAll('.bar-plot-0 rect')].map(one => parseFloat(one.getAttribute('height')));
  const box = one => one.getBoundingClientRect();
  const ticks = [...rates.querySelectorAll('.left-axis .label text')]
    .map(one => [parseFloat(one.textContent), (box(one).top + box(one).bottom) / 2]);
  const [[low, bottom], [high, top]] = [ticks[0], ticks[ticks.length - 1]];
  const percents = name => {
    const line = rates.querySelector(name);
    const matrix = line.getScreenCTM();
    return line.getAttribute('d').match(/[-0-9.]+,[-0-9.]+/g)
      .map(pair => pair.split(',').map(parseFloat))
      .map(([x, y]) => new DOMPoint(x, y).matrixTransform(matrix).y)
      .map(y => low + (high - low) * (bottom - y) / (bottom - top));
  };
  const overlaps = [...document.querySelectorAll('.bottom-axis')].map(axis =>
    [...axis.querySelectorAll('.label text')].map(box)
      .filter((one, index, all) => index && one.left < all[index - 1].right).length);
  document.querySelector('#found').textContent = JSON.stringify({
    bars, rates: percents('.line-plot-0 path'), limit: percents('.line-plot-1 path'), overlaps,
  });
}).catch(error => { document.querySelector('#found').textContent = JSON.stringify({error: String(error)}); });
"""


def page(folder: Path, body: str, script: str, *sources: Path) -> Path:
    loads = "".join(f'<script src="{one.as_uri()}"></script>' for one in sources)
    text = f'<!DOCTYPE html><meta charset="utf-8"><body>{body}<pre id="found"></pre>'
    path = folder / "page.html"
    path.write_text(f"{text}{loads}<script>{{ {script} }}</script></body>")
    return path


def test_the_picture_shows_the_numbers_it_was_made_of(tmp_path: Path) -> None:
    drawn = render_svg(health(DAY, crash_free=RATES, before=BEFORE), LIMITS)
    found = found_in(page(tmp_path, drawn, READ_PICTURE))

    assert isinstance(found, dict)
    assert found["sessions"] == pytest.approx(DAY, abs=1.5)
    expected = [100 * rate for rate in RATES if rate is not None]
    assert found["rates"] == pytest.approx(expected, abs=0.02)
    assert found["before"] == pytest.approx(98.5, abs=0.02)
    assert found["limits"] == pytest.approx([98.25, 97.5], abs=0.02)
    assert (found["overlaps"], found["outside"], found["legend"]) == (0, 0, 0)


def test_the_charts_show_the_numbers_they_were_made_of(tmp_path: Path) -> None:
    limits = Thresholds(min_crash_free_sessions=98.25)
    drawn = render_mermaid_charts(health(DAY, crash_free=RATES), limits)
    assert drawn is not None
    texts = [
        part.removeprefix("```mermaid\n").removesuffix("\n```") for part in drawn.split("\n\n")
    ]
    body = "".join(f'<div class="chart" style="width:960px">{text}</div>' for text in texts)
    found = found_in(page(tmp_path, body, READ_CHARTS, MERMAID))

    assert isinstance(found, dict)
    assert "error" not in found
    highest = max(found["bars"])
    lowest = min(found["bars"])  # Mermaid draws a bar of nothing with a little height
    read = [max(DAY) * (bar - lowest) / (highest - lowest) for bar in found["bars"]]
    assert read == pytest.approx(DAY, abs=1.5)
    expected = [100 * rate for rate in RATES if rate is not None]
    assert found["rates"] == pytest.approx(expected, abs=0.03)
    assert found["limit"] == pytest.approx([98.25] * len(expected), abs=0.03)
    assert found["overlaps"] == [0, 0]
