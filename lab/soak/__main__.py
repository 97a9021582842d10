"""
Run the action very often, and compare what Sentry has in the end with the sum of the stories.

On the embedded stand-in; on a real Sentry where lab/sentry/start's variables are set.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from soak.jobs import Played, Site, play
from soak.judging import growth_of, written
from soak.servers import Server, server_of
from soak.stories import Story, expected, stories


def main() -> int:
    """1 where the server's state is not what the stories add up to, or something has grown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="one after the other")
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--report", type=Path, help="the JSON to add the result to")
    asked = parser.parse_args()
    with server_of(os.environ) as server, tempfile.TemporaryDirectory() as folder:
        site = Site.made(server, Path(folder))
        row = stories(asked.runs, prefix=server.prefix)
        crowd = stories(asked.at_once, prefix=f"{server.prefix}crowd-", first_run=10_000)
        played = [_seen(play(story, site), number) for number, story in enumerate(row)]
        growth = growth_of(played, site)
        with ThreadPoolExecutor(asked.at_once) as pool:
            together = list(pool.map(lambda story: play(story, site), crowd))
        problems = [
            *_mistakes((*row, *crowd), (*played, *together), server),
            *growth.problems(),
        ]
    print("\n".join(problems) or "The server's state is the sum of the stories.")
    if asked.report:
        written(asked.report, server.name, played, together, growth, problems)
    return bool(problems)


def _seen(played: Played, number: int) -> Played:
    if number % 100 == 0:
        print(f"{number}: {played.seconds:.2f} s, {played.peak_mb:.0f} MB", flush=True)
    return played


def _mistakes(told: Sequence[Story], played: Sequence[Played], server: Server) -> list[str]:
    """Runs that failed, releases that are missing, deploys that are lost or doubled."""
    problems = [
        f"{one.story.run} ended with {one.codes}: {one.said[-300:]}"
        for one in played
        if any(one.codes)
    ]
    for name, wanted in expected(told).items():
        found = server.state(name)
        if found is None:
            problems.append(f"{name} is missing")
            continue
        lost = Counter(wanted.deploys) - Counter(found.deploys)
        doubled = Counter(found.deploys) - Counter(wanted.deploys)
        problems += [f"{name}: lost {one}" for one in lost.elements()]
        problems += [f"{name}: doubled {one}" for one in doubled.elements()]
        if wanted.finalized != found.finalized:
            problems.append(f"{name}: finalized {found.finalized}, should be {wanted.finalized}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
