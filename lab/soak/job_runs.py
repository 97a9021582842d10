"""Jobs of every kind, and the expected state of the server."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_KINDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedJob:
    """A job: its release, its environment, its status, and whether it builds a web app."""

    release: str
    run: int
    attempt: int
    environment: str
    succeeds: bool
    builds: bool

    @property
    def deploy(self) -> tuple[str, str]:
        """Environment and name of the deploy that it creates, if any."""
        again = f".{self.attempt}" if self.attempt > 1 else ""
        return self.environment, f"#{self.run}{again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """
    A release on the server.

    `deploys` are the environment and name of each deploy, `finalized` is whether it is finalized,
    and `bundles` the number of source map bundles.
    """

    deploys: tuple[tuple[str, str], ...]
    finalized: bool
    bundles: int


def job_runs(count: int, *, prefix: str, first_run: int = 1) -> tuple[FinishedJob, ...]:
    """
    So many jobs.

    Of ten, one fails, one goes to staging, one is a second attempt at the run before, and one
    is another run that deploys the release before once more. One that fails and one that succeeds
    build a web app, whose source maps are uploaded.
    """
    jobs: list[FinishedJob] = []
    for number in range(count):
        kind = number % _KINDS
        again = kind in {3, 4} and jobs
        last = jobs[-1] if jobs else None
        jobs.append(
            FinishedJob(
                release=last.release if again and last else f"{prefix}{number}",
                run=last.run if kind == 3 and last else first_run + number,
                attempt=2 if kind == 3 and last else 1,
                environment="staging" if kind == 1 else "production",
                succeeds=kind != 0 or number == 0,
                builds=kind in {0, 5},
            )
        )
    return tuple(jobs)


def expected(jobs: Iterable[FinishedJob]) -> Mapping[str, State]:
    """Return the state that the server must have after all jobs, in any order."""
    deploys: dict[str, list[tuple[str, str]]] = defaultdict(list)
    final: dict[str, bool] = defaultdict(bool)
    bundles: dict[str, int] = defaultdict(int)
    for finished_job in jobs:
        final[finished_job.release] |= (
            finished_job.succeeds and finished_job.environment == "production"
        )
        bundles[finished_job.release] += finished_job.builds
        deploys[finished_job.release] += [finished_job.deploy] if finished_job.succeeds else []
    return {
        name: State(deploys=tuple(deploys[name]), finalized=final[name], bundles=bundles[name])
        for name in deploys
    }
