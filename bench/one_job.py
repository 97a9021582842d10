#!/usr/bin/env python3
"""
What one job costs: main and post as whole processes, over TLS, at 80 ms a request.

The stand-in adds the same 80 ms to each new connection.
"""

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import trustme

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / room) for room in ("src", "lab", "tests")]

from stage import Job  # noqa: E402 - after the path is known
from standin import StandIn  # noqa: E402


def timed(command: list[str], environ: Mapping[str, str]) -> tuple[float, float]:
    """The wall clock in milliseconds, and the peak memory in megabytes, of a command."""
    began = time.perf_counter()
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(command, env=dict(environ), stdout=nowhere)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return 1000 * (time.perf_counter() - began), usage.ru_maxrss / 1024


def one_job(latency_s: float, authority: trustme.CA, folder: Path) -> dict[str, float]:
    """Play one job; gives its figures."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with StandIn(tls=context) as sentry:
        job = Job.recorded("push", sentry=sentry, folder=folder)
        files = {f"GITHUB_{name}": str(folder / name) for name in ("OUTPUT", "ENV", "STATE")}
        environ = job.environ | files | {"SSL_CERT_FILE": str(folder / "ca.pem")}
        program = [sys.executable, str(ROOT / "entrypoint.py")]
        sentry.latency = latency_s
        main_ms, main_mb = timed([*program, "main"], environ)
        state = (folder / "STATE").read_text().rstrip().splitlines()[-2]
        sentry.land_commits()
        post_ms, post_mb = timed([*program, "post"], environ | {"STATE_handover": state})
        entries = sentry.ledger.entries
        deploys = len(sentry.releases["shop@1.4.0+27"].deploys)
    return {
        "main_ms": main_ms,
        "post_ms": post_ms,
        "both_ms": main_ms + post_ms,
        "peak_mb": max(main_mb, post_mb),
        "requests": len(entries),
        "connections": len({entry.connection for entry in entries}),
        "deploys": deploys,
    }


def main() -> None:
    """Print the medians as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--latency-ms", type=float, default=80)
    options = parser.parse_args()
    authority = trustme.CA()
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(one_job(options.latency_ms / 1000, authority, Path(folder)))
    print(json.dumps({key: round(statistics.median(r[key] for r in rounds)) for key in rounds[0]}))


if __name__ == "__main__":
    main()
