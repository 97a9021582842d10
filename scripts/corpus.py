#!/usr/bin/env python3
"""The corpus of the doctor -> precision and recall of each rule; fails where one is below 100 %."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from corpus import outcomes, report  # noqa: E402 - it is found only now


def main() -> None:
    """Print the figures."""
    found = outcomes()
    print(report(found))
    sys.exit(any(one.missed or one.false for one in found))


if __name__ == "__main__":
    main()
