"""
Play random schedules of faults, and check that the server has what users were told.

One seed prints its schedule and what happened; several print only the claims that do not hold.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from fault_kinds import Ports
from storm.claims import find_problems
from storm.jobs import Storm, prepared
from storm.schedule import Schedule, draw_schedule
from storm.servers import open_ports


def main() -> int:
    """Return 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="play this seed alone, and print what happens")
    parser.add_argument("--seeds", type=int, default=50, help="play so many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--report", type=Path, help="the JSON to write the result to")
    arguments = parser.parse_args()
    with open_ports() as ports:
        if arguments.seed is not None:
            return bool(_print_storm(*play_schedule(draw_schedule(arguments.seed), ports)))
        return _play_seeds(arguments.first, arguments.seeds, arguments.report, ports)


def play_schedule(schedule: Schedule, ports: Ports) -> tuple[Storm, list[str]]:
    """Play a schedule; return what happened, and the claims that do not hold."""
    with prepared(schedule, ports) as storm:
        storm.play()
        return storm, find_problems(storm)


def _print_storm(storm: Storm, problems: list[str]) -> list[str]:
    print(storm.schedule)
    for one in storm.played:
        step, stage = one.step, one.stage
        print(
            f"\n== job {step.job} attempt {step.attempt} {step.program} ({step.status}): exit "
            f"{stage.exit_code}, {one.requests} requests, {one.took_s:.1f} s"
        )
        print("\n".join((*(f"   fault: {struck}" for struck in one.struck), stage.log)))
        print(f"   outputs: {dict(stage.outputs)}")
        print(f"   released: {one.released}, deploys: {one.deploys}")
    print("\n".join(f"PROBLEM: {problem}" for problem in problems) or "Every claim holds.")
    return problems


def _play_seeds(first: int, count: int, report: Path | None, ports: Ports) -> int:
    start = time.monotonic()
    failed: dict[int, list[str]] = {}
    counts: Counter[str] = Counter()
    for seed in range(first, first + count):
        storm, problems = play_schedule(draw_schedule(seed), ports)
        counts += count_events(storm)
        for problem in problems:
            print(f"seed {seed}: {problem}", flush=True)
        if problems:
            failed[seed] = problems
    seconds = time.monotonic() - start
    print(f"{dict(counts)}; {len(failed)} of {count} seeds failed; {seconds:.0f} s")
    if failed:
        print(f"Print what happened with one of them: make storm SEED={min(failed)}")
    if report:
        _write_report(report, first, first + count - 1, counts, failed)
    return bool(failed)


def count_events(storm: Storm) -> Counter[str]:
    """Return how often the schedule had what the report counts."""
    played, schedule = storm.played, storm.schedule
    return Counter(
        {
            "seeds": 1,
            "stages": len(played),
            "requests": sum(one.requests for one in played),
            "faults": sum(len(one.struck) for one in played),
            "cancellations": sum(one.is_cancelled for one in played),
            "stages with a set clock": sum(one.step.weather.jump_at is not None for one in played),
            "seeds with two jobs": int(len(schedule.jobs) > 1),
            "seeds with uploads": int(bool(schedule.build)),
            "seeds with TLS": int(schedule.is_secure),
            "warnings and errors": sum(
                not text.startswith("notice") for one in played for text in one.stage.annotations
            ),
        }
    )


def _write_report(
    report: Path, first: int, last: int, counts: Mapping[str, int], failed: Mapping[int, list[str]]
) -> None:
    """
    Write the report: from seed 1 on a new one, and seeds that follow its last one are added.

    Others are not: they would replace the counts of a longer run.
    """
    found = json.loads(report.read_text()) if report.exists() else {}
    if first > 1 and found.get("last seed") != first - 1:
        print(f"{report} is unchanged: seed {first} does not follow its last seed.")
        return
    if first > 1:
        first = found["first seed"]
        counts = Counter(found["counts"]) + Counter(counts)
        failed = {**found["failed"], **failed}
    values = {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "first seed": first,
        "last seed": last,
        "counts": dict(counts),
        "failed": failed,
    }
    report.write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
