"""A server between a job and Sentry: it notes requests, and can lose requests and responses."""

import socket
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

import urllib3

_PASSED_BACK = ("Content-Type", "Link")
_TOGETHER_S = 15.0  # then they go on, and the test fails by what it sees
_AT_ONCE = struct.pack("ii", 1, 0)


class Fault(StrEnum):
    """What may happen to a request."""

    CLOSED = "carried out, and the connection closed without the answer"
    HELD = "carried out, and never answered"
    IGNORED = "not carried out, and never answered"
    RESET = "not carried out, and the connection reset"
    BAD_GATEWAY = "not carried out, and answered 502"


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """
    Where to send requests instead, and the `METHOD path` of each that came.

    `held` is set once a request is never to be answered.
    """

    url: str
    held: Event = field(default_factory=Event)
    observed: list[str] = field(default_factory=list)

    @property
    def methods(self) -> set[str]:
        """All methods that were used."""
        return {line.split(" ")[0] for line in self.observed}


@contextmanager
def between(
    sentry_url: str,
    *,
    hold: Collection[str] = (),
    once: tuple[str, str, Fault] | None = None,
    together: tuple[str, str, int] | None = None,
) -> Iterator[Between]:
    """
    Pass requests on to Sentry for as long as the block lasts.

    Args:
        sentry_url: Its root.
        hold: Methods whose requests reach Sentry, but whose answers never come back.
        once: What happens to the first request of that method whose path ends so.
        together: The first so many requests of that method whose path ends so are passed on only
            when all of them have come.
    """
    with _Server(sentry_url, hold, [once] if once else []) as server:
        server.gather(together)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.here
        finally:
            server.over.set()
            server.shutdown()


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(
        self, sentry_url: str, hold: Collection[str], waiting: list[tuple[str, str, Fault]]
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sentry_url, self.hold, self.waiting = sentry_url, hold, waiting
        self.here = Between(url=f"http://127.0.0.1:{self.server_port}")
        self.over = Event()
        self.counting = Lock()
        self.gather(None)

    def gather(self, together: tuple[str, str, int] | None) -> None:
        """Have requests wait for one another."""
        self.gathered = together
        self.missing = together[2] if together else 0
        self.all_there = Event()

    def wait(self, method: str, path: str) -> None:
        """Keep a request until all those that are to go together have come."""
        if self.gathered and method == self.gathered[0] and path.endswith(self.gathered[1]):
            with self.counting:
                self.missing -= 1
                if self.missing <= 0:
                    self.all_there.set()
            self.all_there.wait(_TOGETHER_S)

    def fault(self, method: str, path: str) -> Fault | None:
        """What happens to this request; what happens once is over then."""
        if method in self.hold:
            return Fault.HELD
        if self.waiting and method == self.waiting[0][0] and path.endswith(self.waiting[0][1]):
            return self.waiting.pop()[2]
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.here.observed.append(f"{self.command} {self.path}")
        self.server.wait(self.command, self.path)
        match self.server.fault(self.command, self.path):
            case None:
                self._answer(self._send_request(body))
            case Fault.BAD_GATEWAY:
                self._answer(urllib3.HTTPResponse(status=502))
            case Fault.RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                self.close_connection = True
                self.rfile.close()
                self.connection.close()
            case fault:
                if fault is not Fault.IGNORED:
                    self._send_request(body)
                self.close_connection = True
                if fault is not Fault.CLOSED:
                    self.server.here.held.set()
                    self.server.over.wait()

    def _send_request(self, body: bytes) -> urllib3.BaseHTTPResponse:
        """What Sentry answers."""
        sent = {name: value for name, value in self.headers.items() if name != "Host"}
        with urllib3.PoolManager(retries=False) as pool:
            url = self.server.sentry_url + self.path
            return pool.request(self.command, url, body=body, headers=sent, redirect=False)

    def _answer(self, answer: urllib3.BaseHTTPResponse) -> None:
        self.send_response(answer.status)
        for name in _PASSED_BACK:
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    do_GET = do_POST = do_PUT = _pass_on  # noqa: N815 - the server's own names

    def log_message(self, *_: object) -> None:
        """Nothing: `observed` has it all."""
