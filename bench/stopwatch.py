"""
Runs commands and says what each has cost; a program of its own, small on purpose.

The kernel counts the memory of the parent of a program as the program's own until it has begun,
so the starter must be smaller than anything it measures. One request a line, one answer a line.
"""

import json
import os
import sys
import time


def timed(command: list[str], environ: dict[str, str], folder: str) -> dict[str, float]:
    """What it cost: wall clock, CPU and peak memory; `began` is on the clock of the machine."""
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    began = time.monotonic()
    process = os.posix_spawn(
        command[0],
        command,
        environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1), (os.POSIX_SPAWN_DUP2, nowhere, 2)],
    )
    _, status, usage = os.wait4(process, 0)
    ended = time.monotonic()
    os.close(nowhere)
    return {
        "began": began,
        "wall_ms": 1000 * (ended - began),
        "cpu_ms": 1000 * (usage.ru_utime + usage.ru_stime),
        "peak_mb": usage.ru_maxrss / 1024,
        "code": os.waitstatus_to_exitcode(status),
    }


def main() -> None:
    """Serve until there are no more requests."""
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(timed(**order)), flush=True)


if __name__ == "__main__":
    main()
