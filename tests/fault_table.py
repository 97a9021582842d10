"""Each scene with each fault, once and for ever, played over real sockets: the fault table."""

import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

from fake_sentry import FakeServers
from fake_sentry.traps import Names, closed_port, greet, hang_up, reset, trap
from fault_kinds import KINDS, Kind, Ports
from fault_scenes import SCENES, Scene, deploys_of
from job import Job, Stage

HOST = "sentry.example"
"""The name of Sentry in the table."""
_LOCAL_NAME = "sentry.localhost"  # a name of this machine, so that it needs no TLS
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    How one scene with one fault has ended.

    `deploys` counts those on the server when the job is over, `fixed` those after the stage
    was played once more without the fault. `took_s` is by the clock of the job, `real_s` by the real one.
    """

    scene: str
    kind: str
    duration: bool
    exit_code: int
    annotations: tuple[str, ...]
    requests: int
    deploys: int
    fixed: int
    took_s: float
    real_s: float
    printed: str


def table() -> list[Cell]:
    """All cells, in the order of the table."""
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_cell, _every(), chunksize=8))


def _every() -> list[tuple[str, str, bool]]:
    """Every scene with every kind, once and for ever; what only reads is not carried out."""
    return [
        (scene.title, kind.name, duration)
        for scene, kind, duration in product(SCENES.values(), KINDS.values(), (False, True))
        if scene.request[0] != "GET" or not kind.applied or kind.everywhere
    ]


def _cell(requests: tuple[str, str, bool]) -> Cell:
    scene, kind, duration = requests
    return cell(SCENES[scene], KINDS[kind], duration=duration)


def cell(scene: Scene, kind: Kind, *, duration: bool) -> Cell:
    """Play a scene with a fault that comes once, or for as long as the stage `duration`."""
    began = time.monotonic()
    with TemporaryDirectory() as folder, _prepared(scene, kind, Path(folder)) as play:
        play.arm(duration=duration)
        start_s = play.job.time.passed_s
        stage = scene.play(play.job)
        requests, took_s = play.requests, play.job.time.passed_s - start_s
        if scene.after:
            play.calm()
        ended = scene.after(play.job) if scene.after else stage
        deploys = deploys_of(play.job.sentry)
        if deploys == 0:
            play.calm()
            (scene.after or scene.play)(play.job)
        return Cell(
            scene=scene.title,
            kind=kind.name,
            duration=duration,
            exit_code=stage.exit_code,
            annotations=tuple(play.unaddressed(text) for text in stage.annotations),
            requests=requests,
            deploys=deploys,
            fixed=deploys_of(play.job.sentry),
            took_s=took_s,
            real_s=time.monotonic() - began,
            printed=f"{_printed(stage)}\n{_printed(ended)}",
        )


@dataclass(slots=True, kw_only=True)
class _FaultRun:
    """A scene that is ready to be played, and the fault that is to come."""

    scene: Scene
    kind: Kind
    job: Job
    names: Names
    ports: Ports | None
    before: int = 0

    def arm(self, *, duration: bool) -> None:
        """From here on the fault is there, and requests are counted."""
        scene, kind, clock = self.scene, self.kind, self.job.time
        self.job.sentry.ledger.clear()
        self.before = self.names.count
        if kind.fault:
            times, fault = None if duration else 1, kind.fault(clock)
            places = [("*", glob) for glob in kind.everywhere] or [scene.request]
            for method, glob in places:
                self.job.sentry.fail(method, glob, fault, times=times, applied=kind.applied)
        if kind.manner:
            assert self.ports
            first = self.before + scene.number
            manner = kind.manner(self.names, self.ports, clock)
            self.names.plan = lambda n: manner if n == first or (duration and n > first) else None

    def calm(self) -> None:
        """From here on all goes well."""
        self.job.sentry.hint()
        self.names.plan = lambda _: None

    @property
    def requests(self) -> int:
        """How many were tried; one for which there was no connection is only looked up."""
        sent = len(self.job.sentry.ledger.lines("sentry"))
        return self.names.count - self.before if self.kind.manner else sent

    def unaddressed(self, text: str) -> str:
        """The text with an address in it that is always the same."""
        return text.replace(self.job.environ["SENTRY_URL"], f"https://{HOST}")


@contextmanager
def _prepared(scene: Scene, kind: Kind, folder: Path) -> Iterator[_FaultRun]:
    trusted, server, unknown_host = _certificates()
    trusted.cert_pem.write_to_path(str(folder / "ca.pem"))
    tls = server if kind.secure else None
    with FakeServers(keep_alive=kind.manner is None, tls=tls, fetch_delay=0) as sentry:
        names = Names(host=_LOCAL_NAME, port=int(sentry.url.rpartition(":")[2]))
        job = Job.recorded("push", sentry=sentry, folder=folder)
        # GitHub has faults of its own, which are not the matter here.
        job.environ |= {"SSL_CERT_FILE": str(folder / "ca.pem"), "INPUT_GITHUB-TOKEN": ""}
        if kind.manner:
            job.environ["SENTRY_URL"] = sentry.url.replace("127.0.0.1", _LOCAL_NAME)
        opened = _ports(unknown_host) if kind.manner else nullcontext()
        with names.in_use(), opened as ports:
            scene.prepare(job)
            yield _FaultRun(scene=scene, kind=kind, job=job, names=names, ports=ports)


@contextmanager
def _ports(unknown_host: ssl.SSLContext) -> Iterator[Ports]:
    with (
        closed_port() as closed,
        trap(reset) as resetting,
        trap(hang_up) as hanging_up,
        trap(greet(unknown_host)) as unbelievable,
    ):
        yield Ports(
            closed=closed, resetting=resetting, hanging_up=hanging_up, unbelievable=unbelievable
        )


@cache
def _certificates() -> tuple[trustme.CA, ssl.SSLContext, ssl.SSLContext]:
    """An authority, a server that it vouches for, and one that it does not."""
    trusted = trustme.CA()
    server, unknown_host = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    trusted.issue_cert(_LOCAL_NAME).configure_cert(server)
    trustme.CA().issue_cert(_LOCAL_NAME).configure_cert(unknown_host)
    return trusted, server, unknown_host


def _printed(stage: Stage) -> str:
    values = (*stage.outputs.values(), *stage.variables.values(), *stage.state.values())
    return "\n".join((stage.log, stage.summary, *values))
