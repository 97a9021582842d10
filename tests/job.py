"""A job whose steps use the action, with a clock on which no test has to wait."""

import json
import math
import re
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from dotenv import dotenv_values

from fake_sentry import FakeServers
from sentry_release.cli.main import run
from sentry_release.clock import Clock
from sentry_release.config.input_table import INPUTS, list_inputs
from sentry_release.config.inputs import ACTIONS, Command

ROOT = Path(__file__).resolve().parents[1]
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_ENTRY = re.compile(
    r"(?P<name>[^<\n]+)<<(?P<fence>[^\n]+)\n(?P<value>.*?)\n(?P=fence)\n", re.DOTALL
)
_ALARM_LASTS_S = 0.03
_ALARM_TRIES = 100
_FILES = ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY")


@dataclass(slots=True)
class Time:
    """A clock that passes only during sleeps, or when the test sets it."""

    passed_s: float = 0.0
    planned: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    alarms: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    hanging: list[object] = field(default_factory=list)

    def clock(self) -> Clock:
        """The clock to hand to the program; chance always says one half."""
        return Clock(
            now=lambda: START + timedelta(seconds=self.passed_s),
            monotonic=lambda: self.passed_s,
            sleep=self.pass_,
            random=lambda: 0.5,
            start_timer=self.timer,
        )

    def timer(self, seconds: float, fire: Callable[[], object]) -> Callable[[], object]:
        """Set an alarm; only `hang` makes it ring."""
        timer = (self.passed_s + seconds, fire)
        self.alarms.append(timer)
        return lambda: self.alarms.remove(timer) if timer in self.alarms else None

    def hang(self, seconds: float = math.inf) -> None:
        """
        Let that much time pass, but only up to the next alarm, which then rings.

        The alarm must last, and of several requests that hang, the last one goes first: the
        program waits for them in this order. Without an alarm there is no wait: a response
        without a body has ended before its delay.
        """
        own = object()
        self.hanging.append(own)
        for _ in range(_ALARM_TRIES if seconds == math.inf else 1):
            alarms = list(self.alarms)
            time.sleep(_ALARM_LASTS_S)
            if own not in self.hanging:
                return  # the step has ended
            if self.hanging[-1] is own and alarms and alarms == self.alarms:
                break
        self.hanging.remove(own)
        self.ring(seconds)

    def ring(self, seconds: float) -> None:
        """Let that much time pass, but only up to the next alarm, and ring it."""
        until = min((when for when, _ in self.alarms), default=self.passed_s)
        self.pass_(min(seconds, until - self.passed_s))
        for when, fire in tuple(self.alarms):
            if when <= self.passed_s:
                fire()

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.passed_s += seconds
        due = [plan for plan in self.planned if plan[0] <= self.passed_s]
        self.planned = [plan for plan in self.planned if plan not in due]
        for _, happens in due:
            happens()

    def after(self, seconds: float, happens: Callable[[], object]) -> None:
        """Let this happen so many seconds from now."""
        self.at(self.passed_s + seconds, happens)

    def at(self, seconds: float, happens: Callable[[], object]) -> None:
        """Let this happen when so many seconds have passed."""
        self.planned.append((seconds, happens))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one stage of a step came to."""

    exit_code: int
    log: str
    outputs: Mapping[str, str]
    variables: Mapping[str, str]
    state: Mapping[str, str]
    summary: str

    @property
    def annotations(self) -> list[str]:
        """The notices, warnings and errors, each as `level: text`."""
        found = re.findall(r"^::(notice|warning|error) [^:]*::(.*)$", self.log, re.MULTILINE)
        return [f"{level}: {text.replace('%0A', chr(10))}" for level, text in found]


@dataclass(slots=True, kw_only=True)
class Job:
    """A job on the runner: its environment, its workspace, and the state between the stages."""

    sentry: FakeServers
    folder: Path
    environ: dict[str, str]
    time: Time = field(default_factory=Time)
    state: dict[str, str] = field(default_factory=dict)

    @classmethod
    def recorded(cls, name: str, *, sentry: FakeServers, folder: Path) -> "Job":
        """A recorded run (`tests/fixtures/NAME.env`) with an app in its workspace."""
        recorded = _recorded(name)
        workspace = folder / "workspace"
        workspace.mkdir()
        (workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
        (folder / "event.json").write_text("{}")
        environ = {key: value or "" for key, value in recorded.items()} | {
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_API_URL": sentry.github_url,
            "GITHUB_SHA": sentry.repository.branches["main"],
            "SENTRY_URL": sentry.url,
            "SENTRY_AUTH_TOKEN": sentry.token,
            "INPUT_ENVIRONMENT": "production",
        }
        return cls(sentry=sentry, folder=folder, environ=environ)

    @property
    def workspace(self) -> Path:
        """Where the repository lies."""
        return self.folder / "workspace"

    def event(self, payload: Mapping[str, object]) -> None:
        """Have the workflow started by this event."""
        (self.folder / "event.json").write_text(json.dumps(payload))

    def main(self, **inputs: str) -> Stage:
        """Play the step; inputs as `release_name="x"`."""
        return self.play("main", **inputs)

    def post(self, *, status: str = "success", **inputs: str) -> Stage:
        """Play what comes after the last step of a job that ended so."""
        return self.play("post", job_status=status, **inputs)

    def release(self, **inputs: str) -> Stage:
        """Play the step and what comes after a job that succeeded, which must both succeed."""
        main, post = self.main(**inputs), self.post(**inputs)
        assert (main.exit_code, post.exit_code) == (0, 0), main.log + post.log
        return post

    def play(self, entrypoint: str, **inputs: str) -> Stage:
        """Start the program under this name, as the runner does."""
        files = {name: self.folder / name for name in _FILES}
        for file in files.values():
            file.write_text("")
        log = self.folder / "log"
        environ = (
            _with_inputs_of(entrypoint, self.environ)
            | {f"GITHUB_{name}": str(file) for name, file in files.items()}
            | {f"STATE_{name}": value for name, value in self.state.items()}
            | {f"INPUT_{name.replace('_', '-').upper()}": value for name, value in inputs.items()}
        )
        exit_code = self.execute(entrypoint, environ, log)
        self.time.hanging.clear()
        read = {name: entries_in(files[name].read_text()) for name in ("OUTPUT", "ENV", "STATE")}
        self.state |= read["STATE"]
        return Stage(
            exit_code=exit_code,
            log=log.read_text(),
            outputs=read["OUTPUT"],
            variables=read["ENV"],
            state=read["STATE"],
            summary=files["STEP_SUMMARY"].read_text(),
        )

    def execute(self, entrypoint: str, environ: Mapping[str, str], log: Path) -> int:
        """Run the program with its output in the log, and return its exit code."""
        with log.open("w") as file, redirect_stdout(file), redirect_stderr(file):
            return run([f"/action/{entrypoint}"], environ, self.time.clock())


def _with_inputs_of(entrypoint: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without inputs that the action does not have: the runner sets none of them."""
    if entrypoint not in {"main", "post", *ACTIONS}:
        return dict(environ)
    action = Command(entrypoint) if entrypoint in set(ACTIONS) else Command.RELEASE
    foreign = {f"INPUT_{name.upper()}" for name in INPUTS.keys() - list_inputs(action).keys()}
    return {key: value for key, value in environ.items() if key not in foreign}


@cache
def _recorded(name: str) -> Mapping[str, str | None]:
    return dotenv_values(ROOT / f"tests/fixtures/{name}.env")


def entries_in(text: str) -> dict[str, str]:
    """What a file of the runner's holds, by name."""
    return {found["name"]: found["value"] for found in _ENTRY.finditer(text)}
