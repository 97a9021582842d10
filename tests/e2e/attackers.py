"""Servers that an attacker owns: a Sentry that answers evil, one that sends elsewhere, a sink."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

REDIRECTS = (301, 302, 303, 307, 308)
Answering = Callable[[str], tuple[int, dict[str, str], bytes]]
"""The requested path -> status, headers and body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker:
    """Where it listens, and the request line and headers of everything that came."""

    url: str
    observed: list[str] = field(default_factory=list)


@contextmanager
def sink() -> Iterator[Attacker]:
    """A server that should never get a request."""
    with _served(lambda _: (200, {}, b"{}")) as attacker:
        yield attacker


@contextmanager
def redirecting(status: int, target: str) -> Iterator[Attacker]:
    """A server that sends everybody on to another host."""
    with _served(lambda path: (status, {"Location": target + path}, b"")) as attacker:
        yield attacker


@contextmanager
def answering(status: int, body: object, *, echo: bool = False) -> Iterator[Attacker]:
    """A server that gives the same answer to everybody; with `echo` the token that it was sent."""
    with _served(lambda _: (status, {}, json.dumps(body).encode()), echo=echo) as attacker:
        yield attacker


@contextmanager
def _served(answer: Answering, *, echo: bool = False) -> Iterator[Attacker]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            attacker.observed.append(f"{self.command} {self.path} {dict(self.headers)}")
            status, headers, body = answer(self.path)
            if echo:
                body = json.dumps({"detail": f"no: {dict(self.headers)}"}).encode()
                headers = {"Location": f"/?{self.headers.get('Authorization')}"}
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None:
            """Nothing: `observed` has it all."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        attacker = Attacker(url=f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield attacker
        finally:
            server.shutdown()
