"""Play the stages of a schedule in this process, over real sockets."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from fake_sentry import default_repository
from fake_sentry.state import ACCEPT
from fault_kinds import Ports
from job import START, Job, Stage
from objects import object_bytes, zip_of
from sentry_release.cli.main import run
from sentry_release.config.input_table import list_inputs
from sentry_release.config.inputs import Command
from storm.schedule import Schedule, Step, Weather
from storm.servers import JOBS, StormServers, certificates
from storm.turns import Turns
from storm.weather import SimulatedTime, StageWeather, separate_cancellations

RELEASE, EARLIER = "shop@1.4.0+27", "shop@1.3.0+26"
_RUN_IDS = {0: "1001", 1: "2001", 2: "3001"}
_CHECK_RUNS = {0: 4710, 1: 4711, 2: 4712}
_COMMANDS = {"upload": Command.UPLOAD, "deploy": Command.DEPLOY, "health": Command.HEALTH}
_ABIS = {"arm64-v8a": "elf-aarch64", "armeabi-v7a": "elf-armv7a", "x86_64": "elf-x86_64"}
_BUNDLE = "build/app/outputs/bundle/release/app-release.aab"
_SYMBOLS = {"arm64": "elf-aarch64", "arm": "elf-armv7a", "x64": "elf-x86_64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A stage that has run: its result, what went wrong, its seconds, and the server afterwards."""

    step: Step
    round: int
    stage: Stage
    struck: tuple[str, ...]
    is_cancelled: bool
    took_s: float
    requests: int
    exists: bool
    released: str | None
    deploys: tuple[tuple[str, str, str], ...]

    stored: frozenset[str]
    defines: str | None

    @property
    def warned(self) -> bool:
        """Whether the user got a warning or an error."""
        return any(not one.startswith("notice") for one in self.stage.annotations)


@dataclass(slots=True, kw_only=True)
class StormJob(Job):
    """A job whose output is kept apart from that of another one that runs at the same time."""

    time: SimulatedTime

    def execute(self, entrypoint: str, environ: Mapping[str, str], log: Path) -> int:
        """Run the program; it keeps the stream that stdout is when it starts."""
        with log.open("w") as file:
            sys.stdout = sys.stderr = file  # Storm.play restores them after all jobs
            return run([f"/action/{entrypoint}"], environ, self.time.clock())


@dataclass(slots=True, kw_only=True)
class Storm:
    """A schedule that is played: its servers, its jobs, and what has happened so far."""

    schedule: Schedule
    servers: StormServers
    ports: Ports
    folder: Path
    jobs: dict[int, StormJob] = field(default_factory=dict)
    played: list[Played] = field(default_factory=list)
    _round: int = 0

    def play(self) -> None:
        """Play all rounds, then a calm attempt of the first job, which must repair everything."""
        streams = sys.stdout, sys.stderr
        try:
            if self.schedule.has_history:
                self._play_earlier_release()
            for steps in self.schedule.rounds:
                self._play_round(steps)
            for program in ("main", "post"):
                self._play_round((self._calm(program),))
                self.servers.land_commits()
        finally:
            sys.stdout, sys.stderr = streams
        for job in self.jobs.values():
            job.time.pass_(60)  # requests that are carried out late
        self.servers.land_commits()

    @property
    def last_attempt(self) -> int:
        """The number of the calm attempt."""
        return 1 + max(step.attempt for steps in self.schedule.rounds for step in steps)

    def _calm(self, program: str) -> Step:
        return Step(job=1, program=program, attempt=self.last_attempt)

    def _play_earlier_release(self) -> None:
        job = self._job(0)
        job.environ |= {"INPUT_RELEASE": EARLIER, "INPUT_ENVIRONMENT": "production"}
        shas = list(self.servers.repository.commits)
        job.environ["GITHUB_SHA"] = shas[1]
        for program in ("main", "post"):
            self.servers.weather[1] = self._weather(job, Weather())
            job.play(program, job_status="success")
            self.servers.land_commits()
        self.servers.weather.clear()

    def _play_round(self, steps: tuple[Step, ...]) -> None:
        self._round += 1
        works = {step.job: partial(self._play_step, step) for step in steps}
        self.servers.turns.run(works)
        if self.schedule.lands:
            self.servers.land_commits()
        if self._round == self.schedule.deleted_after:
            self.servers.store.releases.pop(RELEASE, None)

    def _play_step(self, step: Step) -> None:
        job = self.jobs.get(step.job) or self._job(step.job)
        self.jobs[step.job] = job
        if step.program in {"upload", "post"}:
            self._build(job)
        if step.program == "main":
            job.state.clear()
        weather = self._weather(job, step.weather)
        self.servers.weather[step.job] = weather
        job.environ["GITHUB_RUN_ATTEMPT"] = str(step.attempt)
        start_s = job.time.passed_s
        inputs = {**self.schedule.inputs, **step.inputs, "job_status": step.status}
        known = list_inputs(_COMMANDS.get(step.program, Command.RELEASE))
        inputs = {key: value for key, value in inputs.items() if key.replace("_", "-") in known}
        stage = job.play(step.program, **inputs)
        took_s = job.time.passed_s - start_s
        weather.end()
        del self.servers.weather[step.job]
        job.time.alarms.clear()
        release = self.servers.store.releases.get(RELEASE)
        self.played.append(
            Played(
                step=step,
                round=self._round,
                stage=stage,
                struck=tuple(weather.struck),
                is_cancelled=weather.is_cancelled,
                took_s=took_s,
                requests=weather.requests,
                exists=release is not None,
                released=str(release.released) if release and release.released else None,
                deploys=self.deploys(),
                stored=self.stored_files(),
                defines=_read_text(job.workspace / ".sentry-release/dart-defines.json"),
            )
        )

    def stored_files(self) -> frozenset[str]:
        """Return the debug ids of files, and the ids of bundles, that the project has."""
        uploads = self.servers.store.uploads
        files = {str(one["debugId"]) for one in uploads.debug_files.get("shop", ())}
        return frozenset(files | {one["bundleId"] for one in uploads.bundles.get("shop", ())})

    def deploys(self) -> tuple[tuple[str, str, str], ...]:
        """Return environment, name and URL of each deploy of the release."""
        release = self.servers.store.releases.get(RELEASE)
        found = release.deploys if release else []
        return tuple((one.environment, one.name or "", one.url or "") for one in found)

    def _weather(self, job: StormJob, weather: Weather) -> StageWeather:
        return StageWeather(weather=weather, time=job.time, ports=self.ports)

    def _job(self, number: int) -> StormJob:
        """Return a job in a folder of its own; number 0 is that of the earlier release."""
        schedule, servers, host = self.schedule, self.servers, max(number, 1)
        folder = self.folder / str(number)
        folder.mkdir()
        push_job = Job.recorded("push", sentry=servers, folder=folder)
        environ = push_job.environ | {
            "SENTRY_URL": servers.url_of("sentry", host),
            "GITHUB_API_URL": f"{servers.url_of('github', host)}/github",
            "GITHUB_RUN_ID": run_of(schedule, number),
            "GITHUB_RUN_NUMBER": run_of(schedule, number)[:2],
            "INPUT_ENVIRONMENT": schedule.environment,
            "INPUT_CHECK-RUN-ID": str(_CHECK_RUNS[number]),
            **({"INPUT_JOB-TOTAL": "2"} if schedule.is_matrix else {}),
        }
        if schedule.is_secure:
            certificates()[0].cert_pem.write_to_path(str(folder / "ca.pem"))
            environ["SSL_CERT_FILE"] = str(folder / "ca.pem")
        time = SimulatedTime(chance=Random(f"{schedule.seed}/{number}"))
        return StormJob(sentry=servers, folder=folder, environ=environ, time=time)

    def _build(self, job: StormJob) -> None:
        """Leave what `flutter build` would leave, with the time of the job's clock."""
        files: dict[str, bytes] = {}
        if self.schedule.build in {"symbols", "android"}:
            files = {
                f"build/symbols/app.android-{arch}.symbols": object_bytes()[name]
                for arch, name in _SYMBOLS.items()
            }
        if self.schedule.build == "android":
            images = {
                f"base/lib/{abi}/libapp.so": object_bytes()[f"{name}-stripped"]
                for abi, name in _ABIS.items()
            }
            files[_BUNDLE] = zip_of(images)
        if self.schedule.build == "web":
            files = {
                "build/web/main.dart.js": b"//# sourceMappingURL=main.dart.js.map",
                "build/web/main.dart.js.map": b'{"version":3,"sources":[],"mappings":""}',
            }
        now_s = START.timestamp() + job.time.passed_s + job.time.set_by_s
        for name, content in files.items():
            path = job.workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (now_s, now_s))


def _read_text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def run_of(schedule: Schedule, job: int) -> str:
    """Return the id of the workflow run of a job; all jobs of a matrix have the same."""
    return _RUN_IDS[1 if schedule.is_matrix and job else job]


@contextmanager
def prepared(schedule: Schedule, ports: Ports) -> Iterator[Storm]:
    """Yield a schedule with its servers, ready to be played."""
    turns = Turns(chance=Random(f"{schedule.seed}/turns"))
    with (
        TemporaryDirectory() as folder,
        StormServers(
            turns=turns,
            repositories=(default_repository(linked=schedule.is_linked),),
            fetch_delay=1e9,
            keep_alive=schedule.keeps_alive,
            hangs_up=schedule.hangs_up and schedule.keeps_alive,
            tls=certificates()[1] if schedule.is_secure else None,
        ) as servers,
        servers.resolved(),
        separate_cancellations(),
    ):
        uploads = servers.store.uploads
        uploads.accept = (*ACCEPT, "artifact_bundles_v2") if schedule.reports_missing else ACCEPT
        uploads.busy_polls = schedule.busy_polls
        for job in JOBS:
            check_run = _CHECK_RUNS[job]
            servers.repository.check_run(check_run, environment="production")
            page = (
                f"https://github.com/acme/app/actions/runs/{run_of(schedule, job)}/job/{check_run}"
            )
            servers.repository.deployment("production", ("success", page))
        servers.count(RELEASE, sessions=1_000, crashed=schedule.crashed)
        yield Storm(schedule=schedule, servers=servers, ports=ports, folder=Path(folder))
