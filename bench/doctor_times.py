#!/usr/bin/env python3
"""
What the doctor costs as an app grows, and what a look of it costs the main step.

Plays `sentry-release doctor` as a whole process, and writes a table to doctor.md.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from fake_sentry import FakeServers  # noqa: E402 - the same
from job import Job  # noqa: E402 - the same
from large_app import large_app  # noqa: E402 - after the path is known

APP = ROOT / "tests/fixtures/doctor/all-good-full-app"

SIZES = (1, 100, 1_000, 5_000, 20_000)
ROUNDS = 3
_MINIMUM = 1_000  # files that it takes for the time of one to be more than noise
# The kernel counts the parent's memory as a child's own until it has begun; not so in VmHWM.
MEASURED = """
import pathlib, runpy, sys, time
began = time.perf_counter()
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM")).split()[1]
    print(time.perf_counter() - began, time.process_time(), peak, file=sys.stderr, flush=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one look cost, as the best of some rounds."""

    files: int
    speaking: str
    megabytes_read: float
    seconds: float
    processor_s: float
    peak_mb: float

    def row(self, min_count: float) -> str:
        """A line of the table; `min_count` is what the smallest app costs."""
        enough = self.files >= _MINIMUM
        each = (self.processor_s - min_count) / self.files * 1_000_000 if enough else 0
        cells = (
            f"{self.files:,}",
            self.speaking,
            f"{self.megabytes_read:.0f}",
            f"{self.seconds:.2f}",
            f"{self.processor_s:.2f}",
            f"{each:.0f}" if each else "",
            f"{self.peak_mb:.0f}",
        )
        return f"| {' | '.join(cells)} |"


def cost(files: int, *, names_release: int) -> Cost:
    """Look at an app with so many files, of which every so many-th mentions Sentry."""
    with tempfile.TemporaryDirectory() as folder:
        app = large_app(Path(folder), files=files, names_release=names_release)
        size = sum(path.stat().st_size for path in app.rglob("*.dart"))
        rounds = [_played("doctor", app, {}) for _ in range(ROUNDS)]
    return Cost(
        files=files,
        speaking="all" if names_release == 1 else f"one in {names_release}",
        megabytes_read=size / 1e6,
        seconds=min(one[0] for one in rounds),
        processor_s=min(one[1] for one in rounds),
        peak_mb=min(one[2] for one in rounds),
    )


def cost_of_main(how: str) -> tuple[float, float]:
    """Seconds, and processor seconds, of the main step on a small app, with `doctor` so."""
    rounds = []
    for _ in range(4 * ROUNDS):
        with tempfile.TemporaryDirectory() as name, FakeServers() as sentry:
            job = Job.recorded("push", sentry=sentry, folder=Path(name))
            shutil.copytree(APP, job.workspace, dirs_exist_ok=True)
            files = {f"GITHUB_{one}": str(job.folder / one) for one in ("OUTPUT", "ENV", "STATE")}
            environ = {**job.environ, **files, "INPUT_DOCTOR": how}
            rounds.append(_played("main", job.workspace, environ))
    return min(one[0] for one in rounds), min(one[1] for one in rounds)


def _played(stage: str, app: Path, environ: Mapping[str, str]) -> tuple[float, float, float]:
    command = [sys.executable, "-c", MEASURED, str(ROOT / "entrypoint.py"), stage]
    done = subprocess.run(  # noqa: S603 - a list, no shell
        command, cwd=app, env=dict(environ), capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 3}:
        sys.exit(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    seconds, processor, peak = map(float, done.stderr.split()[-3:])
    return seconds, processor, peak / 1024


def page(costs: list[Cost], mains: Mapping[str, tuple[float, float]]) -> str:
    """The table with what it means."""
    python = ".".join(map(str, sys.version_info[:2]))
    return "\n".join(
        (
            "# What the doctor costs",
            "",
            "`.venv/bin/python bench/doctor_times.py` plays `sentry-release doctor` as a whole process "
            "on apps whose files import each other; the figures are the best of "
            f"{ROUNDS} rounds, with all files in the system's cache.",
            "",
            f"Measured on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {python}:",
            "",
            "| Dart files | mention Sentry | MB of source | seconds | processor seconds "
            "| µs a file | peak MB |",
            "|--:|---|--:|--:|--:|--:|--:|",
            *(one.row(costs[0].processor_s) for one in costs),
            "",
            "A file that mentions nothing a rule needs is read as bytes and not decoded.",
            "If all of them mention it, 12 MB are decoded, and a note names the rest.",
            "",
            "Within the main step, on a small app with every platform, against the fake Sentry:",
            "",
            "| `doctor` | seconds | processor seconds |",
            "|---|--:|--:|",
            *(f"| `{how}` | {one[0]:.2f} | {one[1]:.2f} |" for how, one in mains.items()),
            "",
        )
    )


def main() -> None:
    """Measure, and write the table."""
    costs = [cost(files, names_release=20) for files in SIZES]
    costs.append(cost(SIZES[-1], names_release=1))
    mains = {how: cost_of_main(how) for how in ("off", "warn")}
    (ROOT / "bench/doctor.md").write_text(page(costs, mains))
    print(page(costs, mains))


if __name__ == "__main__":
    main()
