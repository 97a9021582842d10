#!/usr/bin/env python3
"""Run the whole fault table over real sockets, and write tests/e2e/faults.md."""

import re
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from fault_table import HOST, Cell, table  # noqa: E402 - sys.path is set above

PAGE = ROOT / "tests/e2e/faults.md"
_CAUSE = re.compile(r" \([A-Za-z]+: .*\)(?=\.$)")
_HEADS = (
    "what goes wrong",
    "once: seen",
    "requests",
    "deploys",
    "for ever: seen",
    "exit",
    "requests",
    "deploys",
)
_PROSE = """\
# Faults and outages

`scripts/faults.py` writes this page, and [`test_faults.py`](test_faults.py) checks it.
Every line was run over real sockets, against the fake Sentry server in `lab/fake_sentry`, with a simulated clock.

## How to read it

There is a table for each request of `main`, of `post` and of the action `deploy`, and a line for each thing that can happen to it: once, or for as long as the step lasts.
A *later job* did not create the release itself, so it reads it first.

- **seen** is the annotation of the step, up to the end of its first sentence; a dash means that there is none.
  The cause in brackets, in the words of the operating system, is omitted here, and `sentry.example` stands for your Sentry.
- **exit** is the exit code of the step.
  For a fault that occurs once it is 0, except for a 407, which is not retried because waiting changes no credentials: there it is the same as for ever.
- **requests** is how many the step has tried; a job without faults has two in `main` and three in `post`.
- **deploys** is how many the server has when the job is over.
  There are no faults after `main`, so its tables show what `post` has repaired.
- **carried out** is whether the server had carried out the request, although its response was lost.

[Promises](../../docs/promises.md) says what holds in every row.
"""


def page(cells: Iterable[Cell]) -> str:
    """Return the text of tests/e2e/faults.md."""
    scenes = groupby(cells, key=lambda cell: cell.scene)
    return "\n".join((_PROSE, *(_section(scene, list(found)) for scene, found in scenes)))


def _section(scene: str, cells: list[Cell]) -> str:
    rows = [list(_HEADS), ["---"] * len(_HEADS)]
    for kind, found in groupby(cells, key=lambda cell: cell.kind):
        once, ever = found
        first = [kind, _seen(once), str(once.requests), str(once.deploys)]
        rows.append([*first, _seen(ever), *map(str, (ever.exit_code, ever.requests, ever.deploys))])
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"## {scene}\n\n{lines}"


def _seen(cell: Cell) -> str:
    if not cell.annotations:
        return "-"
    first = _CAUSE.sub("", cell.annotations[0].partition("\n")[0])
    return first.replace(f"https://{HOST}", f"`{HOST}`")


def main() -> None:
    """Write the page; with `--check`, fail if it differs."""
    text = page(table())
    if "--check" in sys.argv:
        sys.exit(
            text != PAGE.read_text() and "tests/e2e/faults.md is not in step: scripts/faults.py"
        )
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
