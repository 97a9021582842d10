"""Draw a schedule from a seed: which stages run, and what goes wrong in each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from fault_kinds import KINDS

SENTRY_PLACES = (
    ("GET", "*/releases/"),
    ("POST", "*/releases/"),
    ("GET", "*/releases/*/"),
    ("PUT", "*/releases/*/"),
    ("GET", "*/commits/"),
    ("GET", "*/deploys/"),
    ("POST", "*/deploys/"),
)
UPLOAD_PLACES = (
    ("GET", "*/chunk-upload/"),
    ("POST", "*/chunk-upload/"),
    ("POST", "*/difs/assemble/"),
    ("POST", "*/artifactbundle/assemble/"),
    ("GET", "*/artifact-bundles/"),
    ("GET", "*/dsyms/"),
)
EVERYTHING = ("*", "/api/**")
GITHUB = ("*", "/github/**")
_JUMPS_S = (-86_400.0, -3_600.0, -30.0, 30.0, 3_600.0, 86_400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """
    One fault of a stage: after `skip` matching requests, `times` of them (None: all) meet it.

    `host` is set for a fault without a connection; then look-ups of its name are counted.
    """

    kind: str
    method: str = "*"
    path: str = ""
    host: str = ""
    skip: int = 0
    times: int | None = 1

    def __str__(self) -> str:
        place = f"connecting to {self.host}" if self.host else f"{self.method} {self.path}"
        often = "for ever" if self.times is None else f"{self.times} times"
        return f"{place}, after {self.skip}: {self.kind}, {often}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """
    What goes wrong in one stage.

    `cancelled_at` is the number of the request at which the job is cancelled, counted from 1, and
    `applied` whether that request still takes effect; `cancelled_after_s` is the second of the
    stage at which it is cancelled while it waits. `jump_s` is by how much the wall clock is set
    at the request `jump_at`; 0 is before the stage.
    """

    troubles: tuple[Trouble, ...] = ()
    cancelled_at: int | None = None
    applied: bool = False
    cancelled_after_s: float | None = None
    jump_at: int | None = None
    jump_s: float = 0.0

    def __str__(self) -> str:
        lines = [str(one) for one in self.troubles]
        if self.cancelled_at is not None:
            effect = "after" if self.applied else "before"
            lines.append(f"cancelled at request {self.cancelled_at}, {effect} its effect")
        if self.cancelled_after_s is not None:
            lines.append(f"cancelled after {self.cancelled_after_s} s")
        if self.jump_at is not None:
            lines.append(f"the clock is set by {self.jump_s:+.0f} s at request {self.jump_at}")
        return "; ".join(lines) or "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stage of job number `job`: its program, the attempt of the run, its inputs, its weather."""

    job: int
    program: str
    attempt: int = 1
    status: str = "success"
    inputs: Mapping[str, str] = field(default_factory=dict)
    weather: Weather = Weather()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """
    A whole schedule: rounds of stages that run at the same time, after each other.

    `build` is what the steps of the job leave: "symbols", "android" (an app bundle as well),
    "web" or nothing. `is_matrix`: the two jobs are of one run; otherwise each has a run of its
    own. `has_history`: another release was deployed before. `lands`: Sentry fetches commits
    between two rounds. `crashed` is how many of 1,000 sessions crash. `deleted_after` is the
    round after which somebody deletes the release.
    """

    seed: int
    rounds: tuple[tuple[Step, ...], ...]
    environment: str
    inputs: Mapping[str, str]
    build: str
    is_matrix: bool
    has_history: bool
    is_linked: bool
    lands: bool
    is_secure: bool
    keeps_alive: bool
    hangs_up: bool
    reports_missing: bool
    busy_polls: int
    crashed: int
    deleted_after: int | None

    @property
    def jobs(self) -> tuple[int, ...]:
        """The numbers of the jobs."""
        return tuple(sorted({step.job for steps in self.rounds for step in steps}))

    def __str__(self) -> str:
        facts = (
            f"environment {self.environment or 'unknown'}",
            f"inputs {dict(self.inputs)}",
            f"build {self.build or 'nothing'}",
            "earlier release" if self.has_history else "no earlier release",
            "repository linked" if self.is_linked else "repository not linked",
            "one run" if self.is_matrix else "a run for each job",
            *(["TLS"] if self.is_secure else []),
            *([f"deleted after round {self.deleted_after}"] if self.deleted_after else []),
        )
        lines = [f"seed {self.seed}: {', '.join(facts)}"]
        for number, steps in enumerate(self.rounds, start=1):
            lines += [
                f"  round {number}: job {step.job} attempt {step.attempt} {step.program}"
                f" ({step.status}) {dict(step.inputs) or ''}: {step.weather}"
                for step in steps
            ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnKinds:
    """The names of the faults that are drawn from: of answers, and of connections."""

    answers: tuple[str, ...]
    connections: tuple[str, ...]


def draw_schedule(seed: int, *, kinds_since: frozenset[str] = frozenset()) -> Schedule:
    """
    Return the schedule of a seed; the same seed always has the same schedule.

    Args:
        seed: The seed.
        kinds_since: Names of faults that are not drawn from, since they were added to the faults
            after the seed had found something: with them, its schedule is another one.
    """
    chance = Random(seed)
    jobs = (1, 2) if chance.random() < 0.35 else (1,)
    is_secure = chance.random() < 0.06
    build = chance.choice(("", "", "symbols", "android", "web"))
    rounds = _draw_rounds(chance, jobs, build, _select_kinds(kinds_since, is_secure=is_secure))
    inputs = _draw_inputs(chance)
    return Schedule(
        seed=seed,
        rounds=rounds,
        environment=chance.choice(("production", "production", "production", "staging", "")),
        inputs=inputs,
        build=build,
        is_matrix=len(jobs) > 1 and chance.random() < 0.5,
        has_history=chance.random() < 0.6,
        is_linked=chance.random() < 0.7 or inputs["set_commits"] == "integration",
        lands=chance.random() < 0.8,
        is_secure=is_secure,
        keeps_alive=chance.random() < 0.8,
        hangs_up=chance.random() < 0.1,
        reports_missing=chance.random() < 0.5,
        busy_polls=chance.choice((0, 0, 1, 3)),
        crashed=chance.choice((0, 5, 100)),
        deleted_after=chance.randint(1, len(rounds)) if chance.random() < 0.04 else None,
    )


def _select_kinds(kinds_since: frozenset[str], *, is_secure: bool) -> DrawnKinds:
    kinds = [kind for name, kind in KINDS.items() if name not in kinds_since]
    return DrawnKinds(
        answers=tuple(kind.name for kind in kinds if kind.fault),
        connections=tuple(
            kind.name for kind in kinds if kind.manner and (is_secure or not kind.secure)
        ),
    )


def _draw_rounds(
    chance: Random, jobs: tuple[int, ...], build: str, kinds: DrawnKinds
) -> tuple[tuple[Step, ...], ...]:
    """Return the rounds; the second job does the same as the first, or goes its own way."""
    programs = _draw_programs(chance, build)
    is_apart = len(jobs) > 1 and chance.random() < 0.5
    by_job = {job: _draw_programs(chance, build) if is_apart else programs for job in jobs}
    delay = {job: chance.randint(0, 2) if is_apart else 0 for job in jobs}
    rounds = []
    for number in range(max(len(by_job[job]) + delay[job] for job in jobs)):
        steps = []
        for job in jobs:
            index = number - delay[job]
            if 0 <= index < len(by_job[job]):
                program, attempt, status, inputs = by_job[job][index]
                weather = _draw_weather(chance, program, build, kinds)
                steps.append(
                    Step(
                        job=job,
                        program=program,
                        attempt=attempt,
                        status=status,
                        inputs=inputs,
                        weather=weather,
                    )
                )
        if steps:
            rounds.append(tuple(steps))
    return tuple(rounds)


def _draw_inputs(chance: Random) -> Mapping[str, str]:
    inputs = {
        "set_commits": chance.choice(("auto", "auto", "auto", "integration", "github", "skip")),
        "on_outage": "fail" if chance.random() < 0.15 else "warn",
    }
    if chance.random() < 0.15:
        inputs["finalize"] = "false"
    if chance.random() < 0.2:
        inputs["timeout"] = chance.choice(("5", "20", "600"))
    return inputs


_Program = tuple[str, int, str, Mapping[str, str]]


def _draw_programs(chance: Random, build: str) -> list[_Program]:
    """Return the stages of a job with their attempts, statuses and further inputs."""
    status = chance.choice(("success",) * 6 + ("failure", "cancelled"))
    later = chance.random() < 0.2  # the deploy is created by the action of that name
    inputs = {"deploy": "false"} if later else {}
    found: list[_Program] = [("main", 1, "success", inputs)]
    if build and chance.random() < 0.3:
        found.append(("upload", 1, "success", {}))
    found.append(("post", 1, status, inputs))
    if chance.random() < 0.2:
        found.append(("post", 1, status, inputs))
    if later:
        found.append(("deploy", 1, status, {}))
    if chance.random() < 0.2:
        gates = {"min_crash_free_sessions": "99"}
        found.append(("health", 1, "success", gates))
    if chance.random() < 0.25:
        found += [("main", 2, "success", inputs), ("post", 2, "success", inputs)]
        if later:
            found.append(("deploy", 2, "success", {}))
    return found


def _draw_weather(chance: Random, program: str, build: str, kinds: DrawnKinds) -> Weather:
    count = chance.choice((0, 1, 1, 1, 2, 2, 3, 4, 6))
    troubles = tuple(_draw_trouble(chance, program, build, kinds) for _ in range(count))
    is_cancelled, waits = chance.random() < 0.1, chance.random() < 0.05
    jumps = chance.random() < 0.15
    return Weather(
        troubles=troubles,
        cancelled_at=chance.randint(1, 9) if is_cancelled else None,
        applied=chance.random() < 0.5,
        cancelled_after_s=chance.choice((0.2, 1.0, 4.0, 12.0)) if waits else None,
        jump_at=chance.randint(0, 5) if jumps else None,
        jump_s=chance.choice(_JUMPS_S),
    )


def _draw_trouble(chance: Random, program: str, build: str, kinds: DrawnKinds) -> Trouble:
    times = chance.choice((1, 1, 1, 1, 2, 3, 5, None))
    skip = chance.choice((0, 0, 0, 1, 1, 2, 3))
    if chance.random() < 0.15:
        kind = chance.choice(kinds.connections)
        host = chance.choice(("sentry", "sentry", "github"))
        return Trouble(kind=kind, host=host, skip=skip, times=times)
    places = [*SENTRY_PLACES, EVERYTHING, GITHUB]
    if build and program in {"post", "upload"}:
        places += UPLOAD_PLACES
    method, path = chance.choice(places)
    return Trouble(
        kind=chance.choice(kinds.answers), method=method, path=path, skip=skip, times=times
    )
