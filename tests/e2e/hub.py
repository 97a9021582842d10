"""GitHub in front of the laboratory's: it also knows the jobs of runs, and what they deploy."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3

from fake_sentry import github_bodies as bodies
from fake_sentry.git import CheckRun, Deployment

SERVER = "https://github.com"
_KNOWN = re.compile(
    r"/repos/(?P<repository>[^/]+/[^/]+)/(?:"
    r"check-runs/(?P<job>\d+)|deployments(?:/(?P<deployment>\d+)/statuses)?)"
)
_PASSED_BACK = ("Content-Type", "Link")


@dataclass(slots=True, kw_only=True)
class Hub:
    """
    What GitHub knows of jobs; commits and tags come from the laboratory's GitHub at `behind`.

    `url` is the root of its API, `observed` the `METHOD path` of each request.
    """

    behind: str
    url: str = ""
    jobs: dict[int, CheckRun] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    observed: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, sha: str, environment: str | None = None) -> int:
        """The id of a job that begins; with an environment, a deployment of the commit begins."""
        with self._lock:
            number = 7001 + len(self.jobs)
            self.jobs[number] = CheckRun(id=number, sha=sha, environment=environment)
            if environment:
                made = Deployment(id=number, sha=sha, environment=environment)
                self.deployments[number] = made
        return number

    def report(self, number: int, state: str, page: str) -> None:
        """Add a status to the deployment of a job, if it has one; `page` is its log."""
        with self._lock:
            if made := self.deployments.get(number):
                self.deployments[number] = replace(
                    made, statuses=(*made.statuses, (state, page)), url=""
                )

    def answer(self, target: str) -> Any:  # noqa: ANN401 - any JSON
        """What GitHub says to a GET of what only we know; None where the laboratory knows it."""
        parts = urlsplit(target)
        found = _KNOWN.fullmatch(parts.path)
        if found is None:
            return None
        root = f"{self.url}/repos/{found['repository']}"
        with self._lock:
            if found["job"]:
                run = self.jobs.get(int(found["job"]))
                return bodies.check_run(root, run) if run else None
            if found["deployment"]:
                return bodies.statuses(root, self.deployments[int(found["deployment"])])
            (sha,) = parse_qs(parts.query)["sha"]
            made = [one for one in self.deployments.values() if one.sha == sha]
            return [bodies.deployment(root, one) for one in reversed(made)]


@contextmanager
def hub(behind: str) -> Iterator[Hub]:
    """
    A GitHub that listens for as long as the block lasts.

    Args:
        behind: The root of the laboratory's.
    """
    found = Hub(behind=behind)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(known: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known.observed.append(f"GET {self.path}")
            body = known.answer(self.path)
            if body is None:
                with urllib3.PoolManager(retries=False) as pool:
                    actual = pool.request("GET", known.behind + self.path, redirect=False)
                headers = {
                    name: actual.headers[name] for name in _PASSED_BACK if name in actual.headers
                }
                self._write_answer(actual.status, headers, actual.data)
            else:
                self._write_answer(
                    200, {"Content-Type": "application/json"}, json.dumps(body).encode()
                )

        def _write_answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: `observed` has it all."""

    return Handler
