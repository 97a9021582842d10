"""A server between a job and Sentry: it notes what is asked, and can hold answers back."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import urllib3

_PASSED_BACK = ("Content-Type", "Link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Where to send requests instead, and the `METHOD path` of each that came."""

    url: str
    seen: list[str] = field(default_factory=list)

    @property
    def methods(self) -> set[str]:
        """All methods that were used."""
        return {line.split(" ")[0] for line in self.seen}


@contextmanager
def between(sentry_url: str, *, hold: Collection[str] = ()) -> Iterator[Between]:
    """
    Pass requests on to Sentry for as long as the block lasts.

    Args:
        sentry_url: Its root.
        hold: Methods whose requests reach Sentry, but whose answers never come back.
    """
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            here.seen.append(f"{self.command} {self.path}")
            sent = {name: value for name, value in self.headers.items() if name != "Host"}
            with urllib3.PoolManager(retries=False) as pool:
                answer = pool.request(
                    self.command, sentry_url + self.path, body=body, headers=sent, redirect=False
                )
                if self.command in hold:
                    over.wait()
                    self.close_connection = True
                else:
                    self._answer(answer)

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
            """Nothing: `seen` has it all."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Between(url=f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield here
        finally:
            over.set()
            server.shutdown()
