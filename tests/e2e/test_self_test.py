"""The local action of self-test.yml: a fake Sentry in the job, whose result is checked when the job is over."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from job import ROOT

ACTION = ROOT / ".github/actions/sentry"
NODE = shutil.which("node") or "node"
_FILES = ("GITHUB_ENV", "GITHUB_STATE")


@dataclass(slots=True)
class Runner:
    """Plays the JavaScript action and the steps after it, as a runner would."""

    folder: Path
    expect: str
    host: str = "127.0.0.1"
    env: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)

    def script(self, name: str) -> subprocess.CompletedProcess[str]:
        """A stage of the local action."""
        values = {"INPUT_EXPECT": self.expect, "INPUT_HOST": self.host}
        saved = {f"STATE_{name}": value for name, value in self.state.items()}
        done = self._run([NODE, str(ACTION / name)], values | saved)
        self.env |= self._read_outputs("GITHUB_ENV")
        self.state |= self._read_outputs("GITHUB_STATE")
        return done

    def stage(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """A stage of the program, in the environment that the local action has made."""
        values = {f"INPUT_{key.upper().replace('_', '-')}": value for key, value in inputs.items()}
        own = {key: str(self.folder / f"program-{key}") for key in _FILES}
        return self._run(
            [sys.executable, str(ROOT / "entrypoint.py"), name], values | self.env | own
        )

    def _run(
        self, command: list[str], variables: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        files = {name: str(self.folder / name) for name in _FILES}
        for file in files.values():
            Path(file).touch()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        base = {"PATH": path, "RUNNER_TEMP": str(self.folder)}
        env = base | files | variables
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell

    def _read_outputs(self, name: str) -> dict[str, str]:
        lines = (self.folder / name).read_text().splitlines()
        (self.folder / name).write_text("")
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path, "deployed")
    yield runner
    if "folder" in runner.state:
        end(int(runner.state["pid"]))


def end(pid: int) -> None:
    """End the fake Sentry, if its job has not."""
    try:
        os.kill(pid, 15)
    except ProcessLookupError:
        return


def lives(pid: int) -> bool:
    """Whether a process still runs; one that is only waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def play(runner: Runner) -> None:
    """A job that deploys, as the jobs of self-test.yml do."""
    shutil.copytree(ROOT / "examples/shop", runner.folder / "shop")
    job = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(runner.folder / "shop"),
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_SHA": "1" * 40,
        "GITHUB_RUN_ID": "1",
        "GITHUB_RUN_NUMBER": "1",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_OUTPUT": str(runner.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(runner.folder / "summary"),
    }
    runner.env |= job
    inputs = {"environment": "production", "set_commits": "skip", "job_status": "success"}
    assert runner.stage("main", **inputs).returncode == 0
    saved = dict(entries((runner.folder / "program-GITHUB_STATE").read_text()))
    runner.env |= {f"STATE_{name}": value for name, value in saved.items()}
    assert runner.stage("post", **inputs).returncode == 0


def entries(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a file command, each between its own fences."""
    lines = iter(text.splitlines())
    for line in lines:
        name, _, fence = line.partition("<<")
        value = []
        for inner in lines:
            if inner == fence:
                break
            value.append(inner)
        yield name, "\n".join(value)


def test_a_job_is_checked_after_its_last_step_and_the_fake_sentry_ends_with_it(
    runner: Runner,
) -> None:
    started = runner.script("main.js")
    assert started.returncode == 0, started.stdout
    play(runner)

    evaluated = runner.script("post.js")

    assert evaluated.returncode == 0, evaluated.stdout + evaluated.stderr
    assert "POST /api/0/organizations/acme/releases/ -> 201" in evaluated.stdout
    deadline = time.monotonic() + 5
    while lives(int(runner.state["pid"])):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_promise_that_is_broken_fails_the_job_and_says_which(runner: Runner) -> None:
    runner.expect = "opened"
    runner.script("main.js")
    play(runner)

    evaluated = runner.script("post.js")

    assert evaluated.returncode == 1
    assert "not opened: the release was finalized" in evaluated.stderr


def test_a_fake_sentry_that_ended_early_proves_nothing(runner: Runner) -> None:
    runner.expect = "unasked"
    runner.script("main.js")
    pid = int(runner.state["pid"])
    end(pid)
    while lives(pid):
        time.sleep(0.02)

    evaluated = runner.script("post.js")

    assert evaluated.returncode == 1
    assert "ended before the job" in evaluated.stderr


def test_a_fake_sentry_that_cannot_start_says_why(runner: Runner) -> None:
    runner.host = "203.0.113.1"  # an address without a machine

    started = runner.script("main.js")

    assert started.returncode == 1
    assert "Cannot assign requested address" in started.stdout
