#!/usr/bin/env python3
"""The whole fault table, played over real sockets -> docs/faults.md."""

import re
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from fault_table import HOST, Cell, table  # noqa: E402 - it is found only now

PAGE = ROOT / "docs/faults.md"
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
# What happens when something goes wrong

This page is written by `scripts/faults.py`, and `tests/e2e/test_faults.py` holds it.
Every line was played over real sockets, against the stand-in for Sentry in `lab/fake_sentry`, with a clock that nobody has to wait for.

## How to read it

There is a table for each request of `main`, of `post` and of the action `deploy`, and a line for each thing that can happen to it: once, or for as long as the step lasts.
A *later job* did not make the release itself, so it looks at it first.

- **seen** is the annotation of the step, up to the end of its first sentence; a dash means that there is none.
  In brackets follows the cause in the words of the system, which is left out here, and an address stands for that of your Sentry.
- **exit** is the exit code of the step.
  Where something went wrong only once, it is always 0.
- **requests** is how many the step has tried; a job without faults has two in `main` and three in `post`.
- **deploys** is how many the server has when the job is over.
  After `main` nothing goes wrong any more, so its tables show what `post` has mended.
- **carried out** is whether the server had done what it was asked, although its answer did not come.

## What always holds

- There is never more than one deploy.
- There is exactly one wherever something went wrong only once, except where the server itself asks for more patience than a step has.
- Where there is none, running the step again makes exactly one.
- No step takes longer than its `timeout`, which was 60 seconds here, whatever hangs.
  A job that has built something takes at most 60 seconds more, without progress of its uploads.
- Without `on-outage: fail` no outage fails a job.
  A redirect does, in `main` and the action `deploy`: it is a mistake in `url`, and the token is never sent after it.
- No token is printed, and no traceback is.

## What remains

A server that carries out a request whose answer was lost only after we have looked twice, five seconds after the loss, has a deploy too many.
[0005](adr/0005-exactly-once.md) says more.
"""


def page(cells: Iterable[Cell]) -> str:
    """The text of docs/faults.md."""
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
    """Write the page; with `--check`, fail where it differs."""
    text = page(table())
    if "--check" in sys.argv:
        sys.exit(text != PAGE.read_text() and "docs/faults.md is not in step: scripts/faults.py")
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
