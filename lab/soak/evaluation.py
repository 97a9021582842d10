"""Evaluate a soak test: growth of memory and files, and the report."""

import json
import platform
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from soak.jobs import ROOT, Played, Site

_PART = 10  # the first and the last tenth are compared
_MEMORY_MB = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Median peak memory of the first and the last jobs in MB, and the remaining files."""

    first_mb: float
    last_mb: float
    remaining: tuple[str, ...]

    def problems(self) -> Iterator[str]:
        """Everything that has grown."""
        if self.last_mb > self.first_mb + _MEMORY_MB:
            yield f"memory grew from {self.first_mb:.1f} to {self.last_mb:.1f} MB"
        if self.remaining:
            yield f"files were left: {', '.join(self.remaining[:5])}"


def growth_of(played: Sequence[Played], site: Site) -> Growth:
    """Compare the first jobs with the last; only the dart-defines file may remain."""
    part = max(1, len(played) // _PART)
    own = site.workspace / ".sentry-release"
    pushed = {
        path.relative_to(ROOT / "examples/shop") for path in (ROOT / "examples/shop").rglob("*")
    }
    remaining = [
        path
        for path in sorted(site.files())
        if not Path(path).is_relative_to(own)
        and not (
            Path(path).is_relative_to(site.workspace)
            and Path(path).relative_to(site.workspace) in pushed
        )
    ]
    return Growth(
        first_mb=statistics.median(one.peak_mb for one in played[:part]),
        last_mb=statistics.median(one.peak_mb for one in played[-part:]),
        remaining=tuple(remaining),
    )


def written(
    report: Path,
    server: str,
    row: Sequence[Played],
    crowd: Sequence[Played],
    growth: Growth,
    problems: Sequence[str],
) -> None:
    """Write the result into the report, replacing an older one of the same server."""
    known = json.loads(report.read_text()) if report.exists() else {}
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    )
    known[server] = {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": commit.stdout.strip(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "in a row": len(row),
        "median job s": round(statistics.median(one.seconds for one in row), 2),
        "at once": len(crowd),
        "slowest of those s": round(max(one.seconds for one in crowd), 1),
        "first MB": round(growth.first_mb, 1),
        "last MB": round(growth.last_mb, 1),
        "files left": len(growth.remaining),
        "problems": list(problems),
    }
    report.write_text(json.dumps(known, indent=1) + "\n")
