#!/usr/bin/env python3
"""
What a job costs as history, range, projects and apps grow.

    make growth         writes growth.md and growth.svg

Plays whole processes against the fake Sentry, without latency.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from jobs import Stopwatch, about  # noqa: E402 - after the path is known
from picture import curves  # noqa: E402 - after the path is known
from players import Step  # noqa: E402 - after the path is known

from fake_sentry import Change, FakeServers, Repository  # noqa: E402 - after the path is known
from job import Job  # noqa: E402 - after the path is known

HISTORIES = (100, 1_000, 10_000, 50_000)
RANGES = (1, 30, 250, 1_000, 5_000)
PROJECTS = (1, 10, 100)
APPS = (1, 10, 50, 200)
SHORT, ROUNDS = 30, 3
BODY = "\n\nWhat was changed, and why it had to be.\n" * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one job cost when this had grown so large."""

    size: int
    sent: int
    sentry: int
    github: int
    seconds: float
    megabytes: float

    @property
    def row(self) -> str:
        """A line of the table."""
        counts = (f"{one:,}" for one in (self.size, self.sent, self.sentry, self.github))
        return f"| {' | '.join((*counts, f'{self.seconds:.2f}', f'{self.megabytes:.0f}'))} |"


def grown(count: int) -> Repository:
    """A repository with so many commits, each of three files."""
    made = Repository()
    for number in range(count):
        files = [Change(status="modified", path=f"lib/{number % 97}/{n}.dart") for n in range(3)]
        made.commit(f"feat: {number}{BODY}", *files, author=f"Dev {number % 40} <d@example.com>")
    return made


def of_commits(stopwatch: Stopwatch, repository: Repository, span: int, *, size: int) -> Cost:
    """Release the newest commits of the repository, brought by us."""
    previous = list(repository.commits)[-1 - span]
    inputs = {"INPUT_SET-COMMITS": "github", "INPUT_COMMITS-SINCE": previous}
    return _played(stopwatch, FakeServers(repositories=(repository,)), ["main"], inputs, size=size)


def of_projects(stopwatch: Stopwatch, count: int) -> Cost:
    """Release one name for so many projects."""
    slugs = ("shop", *(f"shop-{number}" for number in range(1, count)))
    inputs = {"SENTRY_PROJECT": " ".join(slugs)}
    return _played(stopwatch, FakeServers(projects=slugs), ["main"], inputs, size=count)


def of_apps(stopwatch: Stopwatch, count: int) -> Cost:
    """Name every app of a monorepo."""
    words = ["name", "--json", "--all"]
    return _played(stopwatch, FakeServers(), words, {}, size=count, apps=count)


def _played(
    stopwatch: Stopwatch,
    server: FakeServers,
    words: list[str],
    inputs: Mapping[str, str],
    *,
    size: int,
    apps: int = 0,
) -> Cost:
    costs = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name, server as sentry:
            job = Job.recorded("push", sentry=sentry, folder=Path(name))
            for number in range(apps):
                folder = job.workspace / f"apps/app_{number}"
                folder.mkdir(parents=True)
                text = f"name: app_{number}\nversion: 1.4.0+{number}\n"
                (folder / "pubspec.yaml").write_text(text)
            files = {f"GITHUB_{one}": str(job.folder / one) for one in ("OUTPUT", "ENV", "STATE")}
            command = (sys.executable, "-I", str(ROOT / "entrypoint.py"), *words)
            step = Step(command=command, environ={**job.environ, **files, **inputs})
            figures = stopwatch.time(step, job.workspace)
            if figures["code"]:
                sys.exit(f"{command} ended with {figures['code']}")
            release = sentry.releases.get("shop@1.4.0+27")
            costs.append(
                Cost(
                    size=size,
                    sent=len(release.commits) if release and "INPUT_SET-COMMITS" in inputs else 0,
                    sentry=len(sentry.ledger.lines("sentry")),
                    github=len(sentry.ledger.lines("github")),
                    seconds=figures["wall_ms"] / 1000,
                    megabytes=figures["peak_mb"],
                )
            )
            sentry.ledger.clear()
            sentry.store.releases.clear()
    return min(costs, key=lambda cost: cost.seconds)


TITLES = {
    "history": f"commits of history, {SHORT} of them released",
    "range": "commits of the range",
    "projects": "projects of the release",
    "apps": "apps of a monorepo, all named",
}


def page(costs: Mapping[str, list[Cost]], when: Mapping[str, object]) -> str:
    """The tables with what they mean; nothing on it is written by hand."""
    lines = [
        "# What a job costs as it grows",
        "",
        "`make growth` has written this page: whole processes against the fake Sentry, without "
        f"latency, the fastest of {ROUNDS}.",
        "Commits are read from GitHub (`set-commits: github`), each with three files; with Sentry's "
        "integration none is requested, however long the range.",
        "The seconds hold those of the fake Sentry, which walks through the whole history for every "
        "answer, as GitHub does not.",
        "",
        f"{when['date']}, commit {when['commit']}, Python {when['python']}, {when['machine']}, "
        f"load {when['load']}.",
        "",
        "![Seconds of a job, by what grows](growth.svg)",
    ]
    for message, rows in costs.items():
        lines += [
            "",
            f"## {TITLES[message].capitalize()}",
            "",
            f"| {message} | commits sent | requests to Sentry | requests to GitHub | seconds | MB |",
            "|--:|--:|--:|--:|--:|--:|",
            *(one.row for one in rows),
            "",
            grows(rows),
        ]
    return "\n".join([*lines, ""])


def grows(rows: list[Cost]) -> str:
    """How the costs grow from the first row to the last, in a sentence."""
    first, last = rows[0], rows[-1]
    more_requests = last.sentry - first.sentry
    more = (
        "as many"
        if not more_requests
        else f"{abs(more_requests)} {'more' if more_requests > 0 else 'fewer'}"
    )
    return (
        f"{last.size / first.size:,.0f} times as many: {more} requests to Sentry, "
        f"{last.seconds / first.seconds:.1f} times the time, "
        f"{last.megabytes - first.megabytes:+.0f} MB."
    )


def chart(costs: Mapping[str, list[Cost]]) -> str:
    """The picture: seconds by size."""
    lines = {label: [(one.size, one.seconds) for one in rows] for label, rows in costs.items()}
    return curves("Seconds of a job, by what grows", lines)


def main() -> None:
    """Measure, and write what came of it."""
    stopwatch = Stopwatch()
    long = grown(RANGES[-1] + 100)
    costs = {
        "history": [of_commits(stopwatch, grown(n), SHORT, size=n) for n in HISTORIES],
        "range": [of_commits(stopwatch, long, span, size=span) for span in RANGES],
        "projects": [of_projects(stopwatch, count) for count in PROJECTS],
        "apps": [of_apps(stopwatch, count) for count in APPS],
    }
    stopwatch.close()
    (ROOT / "bench/growth.md").write_text(page(costs, about(ROUNDS)))
    (ROOT / "bench/growth.svg").write_text(chart(costs))
    figures = {
        label: [(one.size, round(one.seconds, 2)) for one in rows] for label, rows in costs.items()
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
