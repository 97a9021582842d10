"""What a stage imports and requests when it runs as the image runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from fake_sentry import Entry, FakeServers
from job import ROOT, Job, entries_in

_PROGRAM = """
import atexit, json, os, runpy, sys
def report():
    with open(os.environ["REPORT"], "w") as file:
        file.write(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
atexit.register(report)
program, sys.argv = sys.argv[1], sys.argv[1:]
runpy.run_path(program, run_name="__main__")
"""


def played(folder: Path) -> tuple[Mapping[str, set[str]], tuple[Entry, ...]]:
    """Return the top-level modules by stage, and all requests of the job."""
    with FakeServers(fetch_delay=0) as sentry:
        job = Job.recorded("push", sentry=sentry, folder=folder)
        files = {f"GITHUB_{name}": str(folder / name) for name in ("OUTPUT", "ENV", "STATE")}
        environ = {**job.environ, **files, "PATH": os.environ["PATH"]}
        imported = {}
        for stage in ("main", "post"):
            imported[stage] = _imported(stage, environ, folder)
            remaining = entries_in((folder / "STATE").read_text())
            environ |= {f"STATE_{name}": value for name, value in remaining.items()}
            sentry.land_commits()
        return imported, sentry.ledger.entries


def _imported(stage: str, environ: Mapping[str, str], folder: Path) -> set[str]:
    report = folder / "report.json"
    command = [sys.executable, "-I", "-c", _PROGRAM, str(ROOT / "entrypoint.py"), stage]
    subprocess.run(command, env={**environ, "REPORT": str(report)}, check=True, capture_output=True)  # noqa: S603 - a list, no shell
    return set(json.loads(report.read_text()))
