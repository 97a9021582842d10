#!/usr/bin/env python3
"""
Print precision and recall of each doctor rule on the corpus; fail if one is below 100 %.

Write the messages of all findings into tests/expected/doctor/messages.txt.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from corpus import MESSAGES, outcomes, render_messages, report  # noqa: E402 - sys.path is set above


def main() -> None:
    """Print the figures, and write the messages."""
    found = outcomes()
    MESSAGES.write_text(render_messages(found))
    print(report(found))
    sys.exit(any(one.missed or one.false for one in found))


if __name__ == "__main__":
    main()
