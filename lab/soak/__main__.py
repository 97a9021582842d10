"""
Run the action very often, and compare the final state of Sentry with the sum of the jobs.

On the embedded fake; on a real Sentry if lab/sentry/start's variables are set.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from soak.evaluation import growth_of, written
from soak.job_runs import FinishedJob, expected, job_runs
from soak.jobs import Played, Site, play
from soak.servers import Server, server_of


def main() -> int:
    """Return 1 if the server's state is not the sum of the jobs, or something has grown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="one after the other")
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--report", type=Path, help="the JSON to add the result to")
    options = parser.parse_args()
    with server_of(os.environ) as server, tempfile.TemporaryDirectory() as folder:
        site = Site.made(server, Path(folder))
        row = job_runs(options.runs, prefix=server.prefix)
        crowd = job_runs(options.at_once, prefix=f"{server.prefix}crowd-", first_run=10_000)
        played = [
            _seen(play(finished_job, site), number) for number, finished_job in enumerate(row)
        ]
        growth = growth_of(played, site)
        with ThreadPoolExecutor(options.at_once) as pool:
            together = list(pool.map(lambda finished_job: play(finished_job, site), crowd))
        problems = [
            *_mistakes((*row, *crowd), (*played, *together), server),
            *growth.problems(),
        ]
    print("\n".join(problems) or "The server's state is the sum of the jobs.")
    if options.report:
        written(options.report, server.name, played, together, growth, problems)
    return bool(problems)


def _seen(played: Played, number: int) -> Played:
    if number % 100 == 0:
        print(f"{number}: {played.seconds:.2f} s, {played.peak_mb:.0f} MB", flush=True)
    return played


def _mistakes(
    outputs: Sequence[FinishedJob], played: Sequence[Played], server: Server
) -> list[str]:
    """Return failed runs, missing releases, and lost or duplicate deploys and uploads."""
    problems = [
        f"{one.finished_job.run} ended with {one.codes}: {one.log[-300:]}"
        for one in played
        if any(one.codes)
    ]
    for name, required in expected(outputs).items():
        found = server.state(name)
        if found is None:
            problems.append(f"{name} is missing")
            continue
        lost = Counter(required.deploys) - Counter(found.deploys)
        doubled = Counter(found.deploys) - Counter(required.deploys)
        problems += [f"{name}: lost {one}" for one in lost.elements()]
        problems += [f"{name}: doubled {one}" for one in doubled.elements()]
        if required.finalized != found.finalized:
            problems.append(f"{name}: finalized {found.finalized}, should be {required.finalized}")
        if required.bundles != found.bundles:
            problems.append(f"{name}: {found.bundles} bundles, should be {required.bundles}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
