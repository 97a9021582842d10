#!/usr/bin/env python3
"""Write the health charts that the tests compare, into tests/expected/health."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from health_scenes import CHARTS, EXPECTED  # noqa: E402 - sys.path is set above
from sentry_release.health.svg import render_svg  # noqa: E402 - sys.path is set above


def main() -> None:
    """Write a file for each chart."""
    EXPECTED.mkdir(parents=True, exist_ok=True)
    for name, (shown, limits) in CHARTS.items():
        (EXPECTED / f"{name}.svg").write_text(render_svg(shown, limits))


if __name__ == "__main__":
    main()
