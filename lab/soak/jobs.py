"""One job: main and post as whole processes, started as the runner starts them."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from soak.job_runs import FinishedJob
from soak.servers import Server

ROOT = Path(__file__).resolve().parents[2]
_STATE = re.compile(r"([^<\n]+)<<([^\n]+)\n(.*?)\n\2\n", re.DOTALL)
_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A workspace that all jobs share, as on a self-hosted runner."""

    workspace: Path
    temporary: Path
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def made(cls, server: Server, folder: Path) -> Self:
        """A checkout of the example app, and an empty folder for temporary files."""
        workspace, temporary = folder / "shop", folder / "tmp"
        shutil.copytree(ROOT / "examples/shop", workspace)
        temporary.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        values = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REF_NAME": "main",
            "GITHUB_REF_TYPE": "branch",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": str(workspace),
            "INPUT_DART-DEFINES-FILE": ".sentry-release/dart-defines.json",
            "TMPDIR": str(temporary),
        }
        return cls(
            workspace=workspace, temporary=temporary, environ=kept | values | dict(server.environ)
        )

    def files(self) -> frozenset[str]:
        """All files in the workspace."""
        return frozenset(
            str(path) for folder in (self.workspace, self.temporary) for path in folder.rglob("*")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a job went: exit codes, wall seconds, peak memory in MB, and its output if it failed."""

    finished_job: FinishedJob
    codes: tuple[int, int]
    seconds: float
    peak_mb: float
    log: str


def play(finished_job: FinishedJob, site: Site) -> Played:
    """Run the main step and the post step."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in _FILES}
        environ = {
            **site.environ,
            **{name: str(path) for name, path in files.items()},
            "GITHUB_RUN_ID": str(finished_job.run),
            "GITHUB_RUN_NUMBER": str(finished_job.run),
            "GITHUB_RUN_ATTEMPT": str(finished_job.attempt),
            "INPUT_RELEASE": finished_job.release,
            "INPUT_ENVIRONMENT": finished_job.environment,
            "INPUT_JOB-STATUS": "success",
        }
        workspace = Path(folder) / "shop"
        if finished_job.builds:  # in a checkout of its own, as it would upload other jobs' builds
            shutil.copytree(ROOT / "examples/shop", workspace)
            environ["GITHUB_WORKSPACE"] = str(workspace)
        main, main_mb, log = _stage("main", environ)
        if finished_job.builds:
            _build(workspace / "build/web", f"{finished_job.release} {finished_job.run}")
        remaining = {
            f"STATE_{key}": value for key, _, value in _STATE.findall(_text(files["GITHUB_STATE"]))
        }
        status = {"INPUT_JOB-STATUS": "success" if finished_job.succeeds else "failure"}
        post, post_mb, also = _stage("post", environ | remaining | status)
    return Played(
        finished_job=finished_job,
        codes=(main, post),
        seconds=time.perf_counter() - start,
        peak_mb=max(main_mb, post_mb),
        log=log + also if main or post else "",
    )


def _build(folder: Path, name: str) -> None:
    """Write a web app with its source map; the name makes it another one than those before."""
    folder.mkdir(parents=True)
    script = f"var name = {json.dumps(name)};\n//# sourceMappingURL=main.dart.js.map\n"
    source_map = {"version": 3, "sources": ["main.dart"], "names": [name], "mappings": "AAAA"}
    (folder / "main.dart.js").write_text(script)
    (folder / "main.dart.js.map").write_text(json.dumps(source_map))


def _stage(name: str, environ: Mapping[str, str]) -> tuple[int, float, str]:
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "entrypoint.py"), name],
            env=dict(environ),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        return process.returncode, _peak_mb(used), log.read()


def _peak_mb(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
