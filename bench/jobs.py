#!/usr/bin/env python3
"""
What one job costs with this action, sentry-cli and a bare minimum; alternating in one run, over TLS.

    make bench          writes jobs.json, jobs.md and jobs.svg

Each player plays the same job against the same fake Sentry, one after the other and in a changing
order, so that what slows the machine down slows all of them.
"""

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import trustme

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from bench_sentry import RELEASE, BenchSentry, history, seed, shallow  # noqa: E402 - after the path
from container import image_figures  # noqa: E402 - after the path is known
from figures import Round, goals, medians, ratio, summed  # noqa: E402 - after the path is known
from job_page import chart, page  # noqa: E402 - after the path is known
from meter import Count, Meter  # noqa: E402 - after the path is known
from players import PLAYERS, Kit, Scene, Step, kit, steps  # noqa: E402 - after the path is known
from trusting import trusted  # noqa: E402 - after the path is known

from fake_sentry import Repository  # noqa: E402 - after the path is known
from job import Job, entries_in  # noqa: E402 - after the path is known

COMMITS, SPAN = 1_000, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What kind of job: whether Sentry fetches the commits, and how deep the checkout is."""

    name: str
    linked: bool = True
    depth_1: bool = False


SCENARIOS = {
    "integration": Scenario(name="Sentry's integration fetches the commits"),
    "own": Scenario(name=f"{SPAN} commits of one's own, without the integration", linked=False),
    "depth-1": Scenario(name="the same from a clone of depth 1", linked=False, depth_1=True),
}
RUNS = (("integration", 0), ("integration", 80), ("integration", 200), ("own", 80), ("depth-1", 80))
HEADLINE = ("integration", 80)


class Stopwatch:
    """The small program that starts the others."""

    def __init__(self) -> None:
        command = [sys.executable, "-IS", str(ROOT / "bench/stopwatch.py")]
        self._process = subprocess.Popen(  # noqa: S603 - a list, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def time(self, step: Step, folder: Path) -> dict[str, float]:
        """What a step costs."""
        order = {"command": step.command, "environ": dict(step.environ), "folder": str(folder)}
        print(json.dumps(order), file=_pipe(self._process.stdin), flush=True)
        figures: dict[str, float] = json.loads(_pipe(self._process.stdout).readline())
        return figures

    def close(self) -> None:
        """No more."""
        _pipe(self._process.stdin).close()
        self._process.wait()
        _pipe(self._process.stdout).close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("the stopwatch was started without pipes")
    return pipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What all rounds of one run share."""

    kit: Kit
    stopwatch: Stopwatch
    scenario: Scenario
    latency_ms: int
    repository: Repository
    checkout: Path
    authority: trustme.CA


@contextmanager
def _server(place: Place) -> Iterator[BenchSentry]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    place.authority.issue_cert("127.0.0.1").configure_cert(context)
    with BenchSentry(tls=context, repositories=(place.repository,), fetch_delay=0) as sentry:
        seed(sentry, list(place.repository.commits)[-1 - SPAN])
        yield sentry


def played(player: str, place: Place) -> Round:
    """One job of one player; gives its figures."""
    with ExitStack() as stack:
        sentry = stack.enter_context(_server(place))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = int(sentry.url.rpartition(":")[2])
        meter = stack.enter_context(Meter(("127.0.0.1", port)))
        scene = _scene(place, sentry, folder, meter.port)
        if player == "action, deploy alone":
            [first, *_] = steps("action", place.kit, scene, {})
            place.stopwatch.time(first, place.checkout)
            sentry.land_commits()
            sentry.ledger.clear()
            meter.count = Count()
        sentry.latency = place.latency_ms / 1000
        return _measured(player, place, scene, sentry, meter)


def _measured(player: str, place: Place, scene: Scene, sentry: BenchSentry, meter: Meter) -> Round:
    figures = []
    for number in range(len(steps(player, place.kit, scene, {}))):
        # Only now is known what main has left for post.
        step = steps(player, place.kit, scene, _state(scene))[number]
        figures.append(place.stopwatch.time(step, place.checkout))
        sentry.land_commits()
        if figures[-1]["code"] and player != "minimum":
            break
    count, release = meter.count, sentry.releases.get(RELEASE)
    return {
        **summed(figures),
        "requests": len(sentry.ledger.entries),
        "sentry_requests": len(sentry.ledger.lines("sentry")),
        "connections": count.connections,
        "kilobytes": (count.sent + count.received) / 1024,
        "deploys": len(release.deploys) if release else 0,
        "first_byte_ms": 1000 * ((count.first or 0) - figures[0]["began"]),
    }


def _scene(place: Place, sentry: BenchSentry, folder: Path, port: int) -> Scene:
    url = f"https://127.0.0.1:{port}"
    authority = trusted(folder / "authorities", place.authority.cert_pem.bytes())
    job = Job.recorded("push", sentry=sentry, folder=folder)
    return Scene(
        url=url,
        token=sentry.token,
        folder=folder,
        checkout=place.checkout,
        authority=authority,
        sha=place.repository.branches["main"],
        own=not place.scenario.linked,
        job={**job.environ, "SENTRY_URL": url, "GITHUB_API_URL": f"{url}/github"},
    )


def _state(scene: Scene) -> Mapping[str, str]:
    file = scene.folder / "STATE"
    return entries_in(file.read_text()) if file.exists() else {}


def run(place: Place, rounds: int) -> dict[str, Any]:
    """All players so many times, in a changing order."""
    rounds_of: dict[str, list[Round]] = {player: [] for player in PLAYERS}
    for number in range(rounds + 1):
        start = number % len(PLAYERS)
        for player in PLAYERS[start:] + PLAYERS[:start]:
            stats = played(player, place)
            if number:  # the first time, files come from the disk
                rounds_of[player].append(stats)
    return {
        "scenario": place.scenario.name,
        "latency_ms": place.latency_ms,
        "medians": {player: medians(rounds_of[player]) for player in PLAYERS},
        "ratios": {player: ratio(rounds_of["action"], rounds_of[player]) for player in PLAYERS},
        "walls_ms": {p: [round(one["wall_ms"], 1) for one in rounds_of[p]] for p in PLAYERS},
    }


def measured(rounds: int, cache: Path, *, container: bool) -> dict[str, Any]:
    """Everything, ready to be written."""
    ready, stopwatch, authority = kit(cache), Stopwatch(), trustme.CA()
    with tempfile.TemporaryDirectory() as name:
        full, clone = Path(name) / "full", Path(name) / "clone"
        linked = history(full, COMMITS)
        shallow(full, clone)
        runs = {}
        for key, latency_ms in RUNS:
            scenario = SCENARIOS[key]
            linked.linked = scenario.linked
            place = Place(
                kit=ready,
                stopwatch=stopwatch,
                scenario=scenario,
                latency_ms=latency_ms,
                repository=linked,
                checkout=clone if scenario.depth_1 else full,
                authority=authority,
            )
            runs[f"{key} {latency_ms}"] = run(place, rounds)
            print(f"{key}, {latency_ms} ms: {_line(runs[f'{key} {latency_ms}'])}", flush=True)
    stopwatch.close()
    image = image_figures(rounds) if container else {}
    headline = runs[" ".join(map(str, HEADLINE))]
    own = runs["own 80"]["ratios"]
    reached = goals(headline["medians"], headline["ratios"], own, image)
    return {
        "about": about(rounds),
        "runs": runs,
        "image": image,
        "goals": [{**asdict(goal), "met": goal.matches} for goal in reached],
    }


def about(rounds: int) -> dict[str, Any]:
    """When, of what, and where."""
    commit = _get_output("git", "rev-parse", "--short", "HEAD")
    changed = _get_output(
        "git", "status", "--porcelain", "--", "src", "entrypoint.py", "Dockerfile"
    )
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit + (" and changes on top" if changed else ""),
        "python": ".".join(map(str, sys.version_info[:3])),
        "machine": f"{os.cpu_count()} cores, {_cpu()}, Linux {'.'.join(os.uname().release.split('.')[:2])}",
        "load": round(os.getloadavg()[1], 1),
        "rounds": rounds,
    }


def _line(outputs: Mapping[str, Any]) -> str:
    return ", ".join(f"{who} {one['wall_ms']:.0f} ms" for who, one in outputs["medians"].items())


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((one.partition(": ")[2] for one in lines if one.startswith("model name")), "?")


def _get_output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell
    return done.stdout.strip()


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--no-container", action="store_true")
    parser.add_argument("--to", type=Path, default=ROOT / "bench")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument("--cache", type=Path, default=home / "sentry-release-bench")
    options = parser.parse_args()
    outputs = measured(options.rounds, options.cache, container=not options.no_container)
    (options.to / "jobs.json").write_text(json.dumps(outputs, indent=1) + "\n")
    (options.to / "jobs.md").write_text(page(outputs))
    (options.to / "jobs.svg").write_text(chart(outputs))
    print(f"See {options.to / 'jobs.md'}.")


if __name__ == "__main__":
    main()
