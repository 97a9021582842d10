#!/usr/bin/env python3
"""
What the commits of a release cost as the history, or the range, grows.

Plays main with `commits: github` as a whole process against the stand-in, and writes a table to
growth.md.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / room) for room in ("src", "lab", "tests")]

from stage import Job  # noqa: E402 - after the path is known
from standin import Change, Repository, StandIn  # noqa: E402

# The kernel counts the parent's memory as a child's own until it has begun; not so in VmHWM.
MEASURED = """
import atexit, pathlib, runpy, sys
def tell():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    print(next(line for line in lines if line.startswith("VmHWM")), file=sys.stderr)
atexit.register(tell)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
HISTORIES = (100, 1_000, 10_000, 50_000)
RANGES = (1, 30, 250, 1_000, 5_000)
SHORT = 30
BODY = "\n\nWhat was changed, and why it had to be.\n" * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one job cost; `compared` and `read` count requests to GitHub."""

    history: int
    span: int
    sent: int
    sentry: int
    compared: int
    read: int
    seconds: float
    megabytes: float

    @property
    def row(self) -> str:
        """A line of the table."""
        cells = (
            f"{self.history:,}",
            f"{self.span:,}",
            f"{self.sent:,}",
            str(self.sentry),
            str(self.compared),
            str(self.read),
            f"{self.seconds:.1f}",
            f"{self.megabytes:.0f}",
        )
        return f"| {' | '.join(cells)} |"


def grown(count: int) -> Repository:
    """A repository with so many commits, each of three files."""
    made = Repository()
    for number in range(count):
        files = [Change(status="modified", path=f"lib/{number % 97}/{n}.dart") for n in range(3)]
        made.commit(f"feat: {number}{BODY}", *files, author=f"Dev {number % 40} <d@example.com>")
    return made


def cost(repository: Repository, span: int) -> Cost:
    """Release the newest commits of the repository."""
    shas = list(repository.commits)
    with tempfile.TemporaryDirectory() as name, StandIn(repositories=(repository,)) as sentry:
        folder = Path(name)
        job = Job.recorded("push", sentry=sentry, folder=folder)
        inputs = {"INPUT_COMMITS": "github", "INPUT_PREVIOUS": shas[-1 - span]}
        seconds, megabytes = _played({**job.environ, **inputs, **_files(folder)})
        lines = sentry.ledger.lines("github")
        compared = sum("/compare/" in line for line in lines)
        return Cost(
            history=len(shas),
            span=span,
            sent=len(sentry.releases["shop@1.4.0+27"].commits),
            sentry=len(sentry.ledger.lines("sentry")),
            compared=compared,
            read=len(lines) - compared,
            seconds=seconds,
            megabytes=megabytes,
        )


def _files(folder: Path) -> Mapping[str, str]:
    return {f"GITHUB_{name}": str(folder / name) for name in ("OUTPUT", "ENV", "STATE")}


def _played(environ: Mapping[str, str]) -> tuple[float, float]:
    command = [sys.executable, "-c", MEASURED, str(ROOT / "entrypoint.py"), "main"]
    began = time.perf_counter()
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False)  # noqa: S603
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return seconds, int(done.stderr.split()[-2]) / 1024


def page(costs: list[Cost]) -> str:
    """The table with what it means."""
    python = ".".join(map(str, sys.version_info[:2]))
    return "\n".join(
        (
            "# What the commits of a release cost",
            "",
            "`.venv/bin/python bench/growth.py` plays main with `commits: github` as a whole "
            "process against the stand-in, in which a commit has three files.",
            "The seconds are those of both together; the stand-in walks through the whole "
            "history for every answer, which GitHub does not.",
            "",
            f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {python}:",
            "",
            "| history | range | commits sent | requests to Sentry | compare requests | "
            "commits read for their files | seconds | peak MB |",
            "|---|---|---|---|---|---|---|---|",
            *(one.row for one in costs),
            "",
            "The cost is that of the range: a longer history asks for nothing more.",
            "At most 1,000 commits are sent, the newest, and the files of at most 250 are read.",
            "Where Sentry's integration fetches the commits, GitHub is asked nothing at all.",
            "",
        )
    )


def main() -> None:
    """Measure, and write the table."""
    costs = [cost(grown(count), SHORT) for count in HISTORIES]
    long = grown(RANGES[-1] + 100)
    costs += [cost(long, span) for span in RANGES]
    (ROOT / "bench/growth.md").write_text(page(costs))
    print(json.dumps([{"range": one.span, "seconds": round(one.seconds, 2)} for one in costs]))


if __name__ == "__main__":
    main()
