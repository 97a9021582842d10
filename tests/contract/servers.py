"""The servers that must keep the contract, and one way of talking to them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import urllib3

from fake_sentry import FakeServers
from job import ROOT

Found = TypeVar("Found")
NEEDED = ("SENTRY_URL", "SENTRY_AUTH_TOKEN", "SENTRY_TOKEN_ORG_CI", "SENTRY_TOKEN_READONLY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; `body` is parsed when it is JSON, else text."""

    status: int
    body: Any
    headers: urllib3.HTTPHeaderDict

    @property
    def output(self) -> tuple[int, Any]:
        return self.status, self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A Sentry with organization `lab`, projects web and api, and acme/app linked."""

    url: str
    token: str
    organization_token: str
    readonly_token: str
    github_url: str
    timeout: float
    count: Callable[[str, int, int, int, int], object]
    organization: str = "lab"

    @property
    def web_files(self) -> str:
        """→ the path of the files of project web."""
        return f"/api/0/projects/{self.organization}/web/files"

    @property
    def assemble(self) -> str:
        """→ the path of the endpoint that assembles debug files of project web."""
        return f"{self.web_files}/difs/assemble/"

    def query(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        authorization: str | None = None,
        content_type: str = "application/json",
    ) -> Reply:
        """→ the answer; `path` is relative to the organization unless it begins with /api."""
        sent = authorization if authorization is not None else f"Bearer {self.token}"
        headers = {"Content-Type": content_type} | ({"Authorization": sent} if sent else {})
        root = "" if path.startswith("/api") else f"/api/0/organizations/{self.organization}"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body)
        # A connection for each request: the real server closes idle ones without warning.
        with urllib3.PoolManager(retries=False) as pool:
            actual = pool.request(method, self.url + root + path, body=raw, headers=headers)
            text = actual.data.decode()
            return Reply(status=actual.status, body=_parsed(text), headers=actual.headers)

    def open(self, version: str, *projects: str, **fields: object) -> Reply:
        """→ the answer to creating a release, in project web unless others are named."""
        body = {"version": version, "projects": list(projects) or ["web"], **fields}
        return self.query("POST", "/releases/", body)

    def at(self, version: str, part: str = "") -> str:
        """→ the path of a release."""
        return f"/releases/{quote(version, safe='')}/{part}"

    def release(self, version: str) -> Any:  # noqa: ANN401 - any JSON
        """→ the release's body."""
        return self.query("GET", self.at(version)).body

    def commit_ids(self, version: str) -> list[str]:
        """→ the shas of the release's commits, as listed."""
        return [commit["id"] for commit in self.query("GET", self.at(version, "commits/")).body]

    def eventually(self, look: Callable[[], Found], expected: Found) -> Found:
        """→ what is seen at last: as soon as it is what was wanted, else when patience ends."""
        end = time.monotonic() + self.timeout
        while (observed := look()) != expected and time.monotonic() < end:
            time.sleep(self.timeout / 100)
        return observed


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@contextmanager
def _start_fake_server() -> Iterator[Server]:
    with FakeServers(organization="lab", projects=("web", "api")) as sentry:
        sentry.store.reports_unhandled = False  # as the recorded Sentry 23.7.1
        yield Server(
            url=sentry.url,
            token=sentry.token,
            organization_token=sentry.organization_token,
            readonly_token=sentry.readonly_token,
            github_url=sentry.github_url,
            timeout=2,
            count=lambda name, sessions, crashed, users, crashed_users: sentry.count(
                name, sessions, crashed, users=users, crashed_users=crashed_users
            ),
        )


def _counted(*words: str | int) -> None:
    """Sessions, crashes, users and crashed users of a release, given to the laboratory."""
    command = [sys.executable, "lab/sentry/set_health.py", *map(str, words)]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - a list, no shell


@contextmanager
def _real() -> Iterator[Server]:
    url, token, organization_token, readonly_token = (os.environ[name] for name in NEEDED)
    parts = urlsplit(url)
    stub = parts._replace(netloc=f"{parts.hostname}:{(parts.port or 0) + 3}", path="/github")
    yield Server(
        url=url,
        token=token,
        organization_token=organization_token,
        readonly_token=readonly_token,
        github_url=urlunsplit(stub),
        timeout=20,
        count=_counted,
        organization=os.environ.get("SENTRY_ORG", "lab"),
    )


# The real server is used if it is requested and its coordinates are given (see NEEDED); its
# repository acme/app must be the one that the laboratory's make-repo script makes.
SERVERS = {"fake": _start_fake_server}
if os.environ.get("SENTRY_LAB_CONTRACT") == "1" and all(map(os.environ.get, NEEDED)):
    SERVERS["real"] = _real
