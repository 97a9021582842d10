"""All that has been fuzzed, added up: the report, and the page that people read."""

import json
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock

from fuzzed import NAMES
from one_round import Round
from seeds import ROOT

REPORT = ROOT / "fuzz/report.json"
PAGE = ROOT / "fuzz/findings.md"
REQUIRED_MINUTES = 30  # of CPU, for every parser
_Row = dict[str, float]


class Tally:
    """What each target has had so far; safe to use from several threads."""

    def __init__(self, rows: dict[str, _Row], targets: Sequence[str]) -> None:
        """Begin with what was counted before, for the targets that are fuzzed now."""
        self.rows = rows
        self._had = {target: rows.get(target, {}).get("cpu_s", 0.0) for target in targets}
        self._untried = set(targets)
        self._lock = Lock()

    def next(self, seconds: float, *, over: bool) -> str | None:
        """
        The target that has had least, which is taken to get so many seconds now.

        When the time is over, only those are left that have not had their turn at all.
        """
        with self._lock:
            target = min(
                self._untried if over else self._had, key=self._had.__getitem__, default=None
            )
            if target is not None:
                self._untried.discard(target)
                self._had[target] += seconds
            return target

    def add(self, target: str, done: Round, seconds: float) -> None:
        """Count a round; its own CPU takes the place of the seconds that `next` had assumed."""
        with self._lock:
            self._had[target] += done.cpu_s - seconds
            row = self.rows.setdefault(
                target, {"cpu_s": 0, "runs": 0, "coverage": 0, "peak_mb": 0, "finds": 0}
            )
            for key, value in (("cpu_s", done.cpu_s), ("runs", done.runs), ("finds", done.finds)):
                row[key] = round(row[key] + value)
            row["coverage"] = max(row["coverage"], done.coverage)
            row["peak_mb"] = max(row["peak_mb"], done.peak_mb)

    def table(self) -> str:
        """It in Markdown."""
        lines = ["| target | CPU minutes | inputs | edges | peak MB | finds |"]
        lines.append("|---|--:|--:|--:|--:|--:|")
        for target in (name for name in NAMES if name in self.rows):
            row = self.rows[target]
            stats = (f"{row[key]:,.0f}" for key in ("runs", "coverage", "peak_mb", "finds"))
            lines.append(f"| `{target}` | {row['cpu_s'] / 60:.1f} | {' | '.join(stats)} |")
        return "\n".join(lines)

    def write(self) -> None:
        """Write the report and its page."""
        with self._lock:
            when = datetime.now(UTC).isoformat(timespec="minutes")
            about = {"when": when, "commit": _commit(), "machine": _machine()}
            REPORT.write_text(json.dumps({**about, "targets": self.rows}, indent=1) + "\n")
            PAGE.write_text(_PAGE.format(**about, verdict=self._verdict(), table=self.table()))

    def _verdict(self) -> str:
        short = [
            f"`{name}`"
            for name in NAMES
            if self.rows.get(name, {}).get("cpu_s", 0) < REQUIRED_MINUTES * 60
        ]
        expected = f"Every parser is to have had {REQUIRED_MINUTES} minutes of CPU at least once"
        return f"{expected}; not yet: {', '.join(short)}." if short else f"{expected}: all have."


def read() -> dict[str, _Row]:
    """The rows of the report; none where there is no report."""
    if not REPORT.exists():
        return {}
    rows: dict[str, _Row] = json.loads(REPORT.read_text())["targets"]
    return rows


def _commit() -> str:
    command = ("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - a list, no shell


def _machine() -> str:
    return f"{platform.machine()}, Python {platform.python_version()}"


_PAGE = """\
# What fuzzing has found

`make fuzz KEEP=--keep` writes this page; [README.md](README.md) describes the targets and the invariants.
It adds up all runs, the last of which ended {when} at commit {commit} ({machine}).

{verdict}
A find is an input that broke a parser; it is fixed, and kept in `fuzz/corpus`, which `make test` reads.

{table}
"""
