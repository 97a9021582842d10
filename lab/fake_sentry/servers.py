"""The fake servers: what a test starts, prepares, breaks and inspects."""

import base64
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from fake_sentry import github, sentry
from fake_sentry.commits import land_due
from fake_sentry.faults import Ambush, Fault, Slow, path_pattern
from fake_sentry.git import Repository, default_repository
from fake_sentry.ledger import Entry, Ledger
from fake_sentry.server import Server
from fake_sentry.state import Counts, Mail, Project, Release, Store, Token
from fake_sentry.wire import Answer, Query


@dataclass(slots=True, kw_only=True)
class FakeServers:
    """
    A Sentry with one organization, and a GitHub, on a port of `host`.

    `fetch_delay`: seconds until commits named by refs arrive; `keep_alive`: whether a connection
    serves more than one request; `hangs_up`: whether a second one on it is lost, as by a server
    that hangs up after its answer without saying so; `latency`: seconds added to every request
    and every new connection; `members`: verified addresses on the projects' team;
    `tls`: the server's side of an encrypted connection; `watch` is called with every answered request.
    """

    organization: str = "acme"
    projects: tuple[str, ...] = ("shop",)
    members: tuple[str, ...] = ("dev@example.com",)
    repositories: tuple[Repository, ...] = ()
    fetch_delay: float = 0.0
    latency: float = 0.0
    keep_alive: bool = True
    hangs_up: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    watch: Callable[[Entry], object] | None = None
    token: str = field(default="a1" * 32, repr=False)
    readonly_token: str = field(default="b2" * 32, repr=False)
    organization_token: str = field(default="", init=False, repr=False)
    github_token: str = field(default="ghs_standin", repr=False)
    url: str = field(default="", init=False)
    ledger: Ledger = field(init=False)
    store: Store = field(init=False, repr=False)
    _server: Server = field(init=False, repr=False)
    _ambushes: list[Ambush] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.watch)
        repositories = self.repositories or (default_repository(),)
        self.store = Store(
            organization=self.organization,
            projects=tuple(Project(id=n, slug=s) for n, s in enumerate(self.projects, start=2)),
            members=self.members,
            repositories={repo.name: repo for repo in repositories},
            known_repositories=[repo.name for repo in repositories if repo.linked],
            fetch_delay=self.fetch_delay,
        )

    def __enter__(self) -> Self:
        self._server = Server((self.host, self.port), self.tls, self.ledger, self)
        scheme = "https" if self.tls else "http"
        self.url = f"{scheme}://{self.host}:{self._server.server_port}"
        self.organization_token = _organization_token(self.url, self.organization)
        self.store.url = self.url
        self.store.tokens = (
            Token(text=self.token, scopes=frozenset({"project:releases"}), user=self.admin),
            Token(text=self.readonly_token, scopes=frozenset({"org:read", "project:read"})),
            Token(text=self.organization_token, scopes=frozenset({"org:ci"})),
        )
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
        if error is None and self._server.defects:
            raise self._server.defects[0]

    @property
    def admin(self) -> str:
        """The email address of the user of `token`."""
        return "admin@example.com"

    @property
    def github_url(self) -> str:
        """The base URL for GitHub clients."""
        return f"{self.url}/github"

    @property
    def repository(self) -> Repository:
        """The first repository."""
        return next(iter(self.store.repositories.values()))

    @property
    def releases(self) -> dict[str, Release]:
        """The releases by name, with the commits fetched so far."""
        with self.store.lock:
            land_due(self.store)
            return dict(self.store.releases)

    @property
    def mails(self) -> list[Mail]:
        """The mails sent so far."""
        with self.store.lock:
            land_due(self.store)
            return list(self.store.mails)

    def land_commits(self) -> None:
        """Run all pending fetches of commits."""
        with self.store.lock:
            land_due(self.store, all_of_them=True)

    def count(self, version: str, sessions: int, crashed: int = 0, **more: int | str) -> None:
        """
        Give a release its sessions: `users` and `crashed_users` are the same unless given, none
        is `unhandled`, and without an `environment` they count in every one.
        """
        place = more.get("environment")
        with self.store.lock:
            self.store.counts[version] = Counts(
                sessions=sessions,
                crashed=crashed,
                users=int(more.get("users", sessions)),
                crashed_users=int(more.get("crashed_users", crashed)),
                unhandled=int(more.get("unhandled", 0)),
                environment=str(place) if place is not None else None,
            )
            if place is not None:
                self.store.environments.add(str(place))

    def refuse_commits(self, version: str, times: int = 1) -> None:
        """Respond 409 the next times that commits are set for this release."""
        self.store.releases[version].refuse_commits = times

    def fail(
        self, method: str, path: str, fault: Fault, *, times: int | None = 1, applied: bool = False
    ) -> None:
        """
        Put a fault before the next `times` requests (None: all) of the method ("*": any) whose
        path matches the glob (see `faults.path_pattern`); the first fault put up goes first.
        `applied`: the request takes effect all the same, only its answer is lost.
        """
        late = isinstance(fault, Slow)
        self._ambushes.append(
            Ambush(
                method=method,
                pattern=path_pattern(path),
                fault=fault,
                times=times,
                applied=applied or late,
            )
        )

    def hint(self) -> None:
        """Remove all faults."""
        self._ambushes.clear()

    def fault_for(self, query: Query) -> tuple[Fault | None, bool]:
        """Return the fault for the request, and whether the request takes effect."""
        with self.store.lock:
            for ambush in self._ambushes:
                if ambush.meets(query.method, query.target):
                    return ambush.fault, ambush.applied
        return None, True

    def answer(self, query: Query) -> Answer:
        """Return the regular response of GitHub or Sentry."""
        if query.path.startswith("/github/"):
            return github.answer(self.store, query, self.github_token)
        return sentry.answer(self.store, query)


def _organization_token(url: str, organization: str) -> str:
    known = {"iat": 1700000000.0, "url": url, "region_url": url, "org": organization}
    payload = base64.b64encode(json.dumps(known).encode()).decode()
    secret = base64.b64encode(b"\xd4" * 32).decode().rstrip("=")
    return f"sntrys_{payload}_{secret}"
