"""What a phase imports when it is played as the image plays it; run it to renew the list."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stage import ROOT, Job, entries_in
from standin import Entry, StandIn

LIST = ROOT / "tests/expected/imports.json"
_TOLD = """
import json, os, runpy, sys
end = os._exit
program, sys.argv = sys.argv[1], sys.argv[1:]
def tell(code):
    names = [name for name in sys.modules if name.partition(".")[0] not in sys.stdlib_module_names]
    with open(os.environ["TOLD"], "w") as file:
        file.write(json.dumps(sorted(names)))
    end(code)
os._exit = tell
runpy.run_path(program, run_name="__main__")
"""
_OF_THE_VENV = {"__main__", "_distutils_hack", "sitecustomize"}


def played(folder: Path) -> tuple[Mapping[str, list[str]], tuple[Entry, ...]]:
    """By phase, the modules that are not Python's own; and all requests of the job."""
    with StandIn(fetch_delay=0) as sentry:
        job = Job.recorded("push", sentry=sentry, folder=folder)
        files = {f"GITHUB_{name}": str(folder / name) for name in ("OUTPUT", "ENV", "STATE")}
        environ = {**job.environ, **files, "PATH": os.environ["PATH"]}
        imported = {}
        for phase in ("main", "post"):
            imported[phase] = _imported(phase, environ, folder)
            left = entries_in((folder / "STATE").read_text())
            environ |= {f"STATE_{name}": value for name, value in left.items()}
            sentry.land_commits()
        return imported, sentry.ledger.entries


def _imported(phase: str, environ: Mapping[str, str], folder: Path) -> list[str]:
    told = folder / "told.json"
    command = [sys.executable, "-I", "-c", _TOLD, str(ROOT / "entrypoint.py"), phase]
    subprocess.run(command, env={**environ, "TOLD": str(told)}, check=True, capture_output=True)  # noqa: S603 - a list, no shell
    names = json.loads(told.read_text())
    return [name for name in names if name not in _OF_THE_VENV]


def main() -> None:
    """Write the list anew."""
    with tempfile.TemporaryDirectory() as folder:
        imported, _ = played(Path(folder))
    LIST.write_text(json.dumps(imported, indent=1) + "\n")


if __name__ == "__main__":
    main()
