"""Fuzz every target for a while, and print the results: fuzz/every.py [--seconds N] [TARGET…]."""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import tally
from fuzzed import NAMES
from one_round import fuzzed

_MAX_ROUND_S = 120


def main() -> int:
    """The number of inputs that broke something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    cores = os.cpu_count() or 1
    parser.add_argument("--at-once", type=int, default=cores, help="how many targets at a time")
    parser.add_argument("--keep", action="store_true", help="keep what widens the coverage")
    parser.add_argument("targets", nargs="*", default=NAMES)
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    counts = tally.Tally(tally.read() if options.keep else {}, options.targets)
    each_s = options.seconds * options.at_once // len(options.targets)
    each_s = min(max(1, each_s), _MAX_ROUND_S)

    def play() -> int:
        finds = 0
        while target := counts.next(each_s, over=time.monotonic() + each_s / 2 > until):
            done = fuzzed(target, each_s, keep=options.keep)
            counts.add(target, done, each_s)
            finds += done.finds
            if options.keep:
                counts.write()
        return finds

    with ThreadPoolExecutor(options.at_once) as pool:
        finds = sum(one.result() for one in [pool.submit(play) for _ in range(options.at_once)])
    print(counts.table())
    return finds


if __name__ == "__main__":
    sys.exit(min(main(), 1))
