"""A machine with Node.js and no Docker, and the host action on it with packages of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from job import ROOT

PROGRAM = """\
import json, os, signal, sys, time
seen = {"words": sys.argv[1:], "env": dict(os.environ), "folder": os.getcwd(), "path": sys.path,
        "python": sys.executable, "utf8": sys.flags.utf8_mode, "encoding": sys.stdout.encoding}
with open(os.environ["SEEN"], "w") as file:
    json.dump(seen, file)
exec(os.environ.get("PLAY", ""))
"""
"""Stands in for entrypoint.py: it keeps what it was given, and does what PLAY says."""
MODULES = ("jinja2", "urllib3", "yaml")
NO_AUTHOR = "http://127.0.0.1:9/simple"
BASE = Path(sys.base_prefix)
"""The Python under the one that runs the tests, where actions/setup-python would put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a stage ended, what stood in its log, and what the program saw if it was started."""

    code: int
    log: str
    observed: Mapping[str, object] | None

    @property
    def annotations(self) -> list[str]:
        """`level: text` of each."""
        lines = [line for line in self.log.splitlines() if line.startswith("::")]
        parts = [line.removeprefix("::").partition("::") for line in lines if " title=" in line]
        return [f"{head.split()[0]}: {text.replace('%0A', chr(10))}" for head, _, text in parts]


@dataclass(slots=True, kw_only=True)
class Machine:
    """
    Folders as a runner has them, all with a space and a letter of another script in their names.

    `python` is what pythonLocation holds; "" is none.
    """

    folder: Path
    action: Path
    python: str = str(BASE)
    path: str = "/usr/bin:/bin"
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path) -> "Machine":
        """A machine on which no job has run."""
        machine = cls(folder=folder / "runner é", action=folder / "runner é" / "_actions/v1 ✓")
        for one in (machine.cache, machine.temp, machine.workspace):
            one.mkdir(parents=True)
        shutil.copytree(ROOT / "host", machine.action / "host")
        shutil.copytree(
            ROOT / "src", machine.action / "src", ignore=shutil.ignore_patterns("__pycache__")
        )
        (machine.action / "entrypoint.py").write_text(PROGRAM)
        return machine

    @classmethod
    def fresh(cls, folder: Path) -> "Machine":
        """A machine on which no job has run; its registry is a folder with one wheel."""
        machine = cls.new(folder)
        machine.lock(wheel(folder / "wheels"))
        return machine

    @property
    def cache(self) -> Path:
        """RUNNER_TOOL_CACHE."""
        return self.folder / "tool cache"

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.folder / "_temp"

    @property
    def workspace(self) -> Path:
        """GITHUB_WORKSPACE."""
        return self.folder / "work space/app"

    @property
    def state(self) -> Path:
        """The file behind GITHUB_STATE."""
        return self.folder / "state"

    @property
    def environments(self) -> list[Path]:
        """All that was made ready, and what is left of what was not."""
        return sorted(self.cache.glob("sentry-release-flutter/*/*"))

    def lock(self, wheel: Path, *, sign: str | None = None) -> None:
        """Have the action need just this wheel, and pip know just its folder."""
        sign = sign or sha256(wheel.read_bytes()).hexdigest()
        line = f"{wheel.name.split('-')[0]}==1.0 --hash=sha256:{sign}\n"
        (self.action / "requirements-image.txt").write_text(line)
        self.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent)}

    def environ(self, **more: str) -> dict[str, str]:
        """All variables of a stage."""
        state = self.state.read_text() if self.state.exists() else ""
        entries = dict(line.split("=", 1) for line in state.splitlines() if "=" in line)
        named = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_STATE": str(self.state),
            "GITHUB_WORKSPACE": str(self.workspace),
            "PATH": f"{self.path}:{Path(shutil.which('node') or '').parent}",
            "PIP_CONFIG_FILE": os.devnull,
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TOOL_CACHE": str(self.cache),
            "SEEN": str(self.folder / "seen"),
        }
        chosen = {"pythonLocation": self.python} if self.python else {}
        saved = {f"STATE_{name}": value for name, value in entries.items()}
        return {**named, **chosen, **saved, **self.variables, **more}

    def start(self, stage: str, **more: str) -> subprocess.Popen[str]:
        """Begin a stage of the root action, or another action, as the runner does."""
        script = stage if stage in {"main", "post"} else f"{stage}/main"
        (self.folder / "seen").unlink(missing_ok=True)
        return subprocess.Popen(  # noqa: S603 - a list, no shell
            [shutil.which("node") or "node", str(self.action / f"host/{script}.js")],
            cwd=self.workspace,
            env=self.environ(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def play(self, stage: str, **more: str) -> Ended:
        """A stage, to its end."""
        return self.ended(self.start(stage, **more))

    def ended(self, process: subprocess.Popen[str]) -> Ended:
        """What came of a stage that was begun."""
        log, _ = process.communicate(timeout=60)
        observed = self.folder / "seen"
        return Ended(
            code=process.returncode,
            log=log,
            observed=json.loads(observed.read_text()) if observed.exists() else None,
        )

    def install(self, place: Path, *, begins: str = "") -> Path:
        """A Python at a place: a script that notes its call, and becomes the real one."""
        place.parent.mkdir(parents=True, exist_ok=True)
        note = f"echo '{place}' >> '{self.folder / 'called'}'"
        real = BASE / "bin/python3"
        place.write_text(f"#!/bin/sh\n{note}\n{begins}\nexec '{real}' \"$@\"\n")
        place.chmod(0o755)
        return place

    @property
    def requests(self) -> list[str]:
        """Which of those scripts were called, in order."""
        note = self.folder / "called"
        return note.read_text().splitlines() if note.exists() else []


def unreached(url: str) -> dict[str, str]:
    """Variables of a job whose only registry is this one, which does not respond."""
    return {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": url, "PIP_RETRIES": "0"}


def until(claim: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until a claim holds of a stage that runs."""
    end = time.monotonic() + 20
    while not claim():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)


def wheel(folder: Path, *, name: str = "toy", modules: tuple[str, ...] = MODULES) -> Path:
    """A wheel that holds empty modules of these names."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-1.0.dist-info"
    files = {f"{module}.py": "" for module in modules}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{file},sha256={_sign(text)},{len(text)}\n" for file, text in files.items())
    place = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for file, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(file), text)
    return place


def _sign(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
