"""The fake servers of a schedule: one Sentry and one GitHub, which know the job of each request."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache

import trustme

from fake_sentry import FakeServers, github, sentry
from fake_sentry.faults import Closed, Fault
from fake_sentry.traps import Names, closed_port, greet, hang_up, reset, trap
from fake_sentry.wire import Answer, Query
from fault_kinds import Ports
from storm.turns import Turns
from storm.weather import StageWeather

JOBS = (1, 2)
HOSTS = ("sentry", "github")


def host_name(host: str, job: int) -> str:
    """Return the name by which a job reaches Sentry or GitHub."""
    return f"{host}{job}.localhost"


@dataclass(slots=True, kw_only=True)
class StormServers(FakeServers):
    """Fake servers whose faults depend on the job: on the weather of the stage that it runs."""

    turns: Turns
    weather: dict[int, StageWeather] = field(default_factory=dict)

    def fault_for(self, query: Query) -> tuple[Fault | None, bool]:
        """Let other jobs go on first, then return the fault for the request."""
        job = _find_job(query)
        weather = self.weather.get(job)
        if weather is None:
            return Closed(), False  # an abandoned request of a stage that has ended
        self.turns.pass_on(job)
        return weather.fault_for(query)

    def answer(self, query: Query) -> Answer:
        """Return the regular response, with URLs of the host that the request names."""
        scheme = "https" if self.tls else "http"
        with self.store.lock:
            self.store.url = f"{scheme}://{query.headers.get('host', '')}"
            if query.path.startswith("/github/"):
                return github.answer(self.store, query, self.github_token)
            return sentry.answer(self.store, query)

    def url_of(self, host: str, job: int) -> str:
        """Return the root URL of Sentry or GitHub for a job."""
        return self.url.replace(self.host, host_name(host, job))

    @contextmanager
    def resolved(self) -> Iterator[None]:
        """Resolve the names of all jobs; the weather may fail a look-up or lead it elsewhere."""
        port = int(self.url.rpartition(":")[2])
        with ExitStack() as stack:
            for job in JOBS:
                for host in HOSTS:
                    names = Names(host=host_name(host, job), port=port)
                    names.plan = lambda _, names=names, job=job, host=host: (  # type: ignore[misc]  # bound for each name
                        self.weather[job].connect(names, host) if job in self.weather else None
                    )
                    stack.enter_context(names.in_use())
            yield


def _find_job(query: Query) -> int:
    name = query.headers.get("host", "").partition(".")[0]
    return int(name[-1]) if name[-1:].isdigit() else 0


@contextmanager
def open_ports() -> Iterator[Ports]:
    """Yield ports where connections fail, for all schedules."""
    with (
        closed_port() as closed,
        trap(reset) as resetting,
        trap(hang_up) as hanging_up,
        trap(greet(certificates()[2])) as unbelievable,
    ):
        yield Ports(
            closed=closed, resetting=resetting, hanging_up=hanging_up, unbelievable=unbelievable
        )


@cache
def certificates() -> tuple[trustme.CA, ssl.SSLContext, ssl.SSLContext]:
    """Return an authority, a context that it vouches for, and one that it does not."""
    names = [host_name(host, job) for host in HOSTS for job in JOBS]
    trusted = trustme.CA()
    server, unknown = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    trusted.issue_cert(*names).configure_cert(server)
    trustme.CA().issue_cert(*names).configure_cert(unknown)
    return trusted, server, unknown
