"""The server of a soak test: the embedded fake or a real Sentry, with the same interface."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import urllib3

from fake_sentry import FakeServers
from soak.job_runs import State

ROOT = Path(__file__).resolve().parents[2]


class Server(Protocol):
    """Variables for the jobs, and the state of the server."""

    @property
    def name(self) -> str:
        """Name of the server."""

    @property
    def prefix(self) -> str:
        """Prefix of release names, unique for each soak test."""

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables for a job."""

    def state(self, release: str) -> State | None:
        """Return the release as the server has it; None if it does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """
    The fake Sentry, in its own process.

    What it remembers makes it grow, and a process that is forked from a large one looks large.
    """

    line: Connection = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)
    name: str = "fake"
    prefix: str = "soak@"

    def state(self, release: str) -> State | None:
        """Return the release as the server has it; None if it does not exist."""
        self.line.send(release)
        found: State | None = self.line.recv()
        return found


def _serve(line: Connection) -> None:
    """Run the fake Sentry, and print the state of each requested release."""
    with FakeServers() as sentry:
        line.send(
            {
                "SENTRY_URL": sentry.url,
                "SENTRY_AUTH_TOKEN": sentry.organization_token,
                "SENTRY_PROJECT": "shop",
                "GITHUB_API_URL": sentry.github_url,
                "GITHUB_REPOSITORY": sentry.repository.name,
                "GITHUB_SHA": sentry.repository.branches["main"],
            }
        )
        while (release := line.recv()) is not None:
            line.send(_state_of(sentry, release))


def _state_of(sentry: FakeServers, release: str) -> State | None:
    found = sentry.releases.get(release)
    if found is None:
        return None
    deploys = tuple((one.environment, one.name or "") for one in found.deploys)
    bundles = sum(
        one["release"] == release
        for bundle in sentry.store.uploads.bundles.get("shop", ())
        for one in bundle["associations"]
    )
    return State(deploys=deploys, finalized=found.released is not None, bundles=bundles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """A real Sentry, with its own project for each soak test."""

    url: str
    organization: str
    token: str = field(repr=False)
    project: str
    sha: str
    prefix: str
    name: str = "real Sentry"

    @property
    def environ(self) -> Mapping[str, str]:
        """Variables for a job; every run has the same six commits."""
        return {
            "SENTRY_URL": self.url,
            "SENTRY_AUTH_TOKEN": self.token,
            "SENTRY_ORG": self.organization,
            "SENTRY_PROJECT": self.project,
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_SHA": self.sha,
        }

    def state(self, release: str) -> State | None:
        """Return the release as the server has it; None if it does not exist."""
        path = f"organizations/{self.organization}/releases/{quote(release, safe='')}/"
        found = _send_request(self.url, self.token, "GET", path)
        if found is None:
            return None
        deploys = _send_request(self.url, self.token, "GET", f"{path}deploys/?per_page=100")
        listed = f"projects/{self.organization}/{self.project}/files/artifact-bundles/"
        bundles = _send_request(
            self.url, self.token, "GET", f"{listed}?query={quote(release, safe='')}"
        )
        return State(
            deploys=tuple((str(one["environment"]), str(one["name"])) for one in deploys),
            finalized=found["dateReleased"] is not None,
            bundles=sum(
                one["release"] == release for bundle in bundles for one in bundle["associations"]
            ),
        )


@contextmanager
def server_of(environ: Mapping[str, str]) -> Iterator[Server]:
    """Return the real Sentry if the variables of lab/sentry/start are set, else the fake."""
    if "SENTRY_URL" in environ:
        yield _real(environ)
        return
    here, there = Pipe()
    process = get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield Embedded(line=here, environ=here.recv())
        here.send(None)
    finally:
        process.join(timeout=5)


def _real(environ: Mapping[str, str]) -> Real:
    url, organization, token = (
        environ[name] for name in ("SENTRY_URL", "SENTRY_ORG", "SENTRY_AUTH_TOKEN")
    )
    name = f"soak-{int(time.time())}"
    made = _send_request(url, token, "POST", f"teams/{organization}/team/projects/", {"name": name})
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run([str(ROOT / "lab/sentry/make-repo"), str(clone), "acme/app"], check=True)
        done = subprocess.run(
            ["git", "-C", str(clone), "rev-parse", "HEAD"],
            check=True,
            capture_output=True,
            text=True,
            env=dict(os.environ),
        )
    return Real(
        url=url,
        organization=organization,
        token=token,
        project=str(made["slug"]),
        sha=done.stdout.strip(),
        prefix=f"{name}@",
    )


def _send_request(url: str, token: str, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    with urllib3.PoolManager(retries=urllib3.Retry(3), timeout=30) as pool:
        actual = pool.request(
            method, f"{url}/api/0/{path}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
    if actual.status == 404:
        return None
    assert actual.status < 300, actual.data
    return actual.json()
