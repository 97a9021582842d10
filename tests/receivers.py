"""Receivers of notifications: a web server for all services, and a mail server."""

import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOSTS = ("hooks.slack.com", "discord.com", "prod-12.westus.logic.azure.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came."""

    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever a service sends
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Sink:
    """
    A web server that accepts everything, also for others: a client that tunnels through it to one
    of HOSTS finds a server of that name, with a certificate of an authority of our own.

    `answers` holds the status for a path that begins so; 0 keeps clients waiting.
    """

    authority: Path
    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    closing: Event = field(default_factory=Event)

    @property
    def place(self) -> str:
        """Where it listens, as host:port."""
        return f"127.0.0.1:{self.port}"

    def to(self, host: str) -> list[Received]:
        """What came for this host."""
        return [one for one in self.received if one.host == host]

    def answer_to(self, path: str) -> int:
        """The status for this path."""
        found = (status for begin, status in self.answers.items() if path.startswith(begin))
        return next(found, 200)


@contextmanager
def sink(folder: Path) -> Iterator[Sink]:
    """A sink that listens; the files of its authority lie in this folder."""
    authority, context = _certificates()
    authority.cert_pem.write_to_path(str(folder / "people.pem"))
    found = Sink(authority=folder / "people.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found, context))
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        found.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def _certificates() -> tuple[trustme.CA, ssl.SSLContext]:
    """An authority, and all these services with certificates of its own."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    return authority, context


def _handler(into: Sink, context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_response_only(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
            self.close_connection = False

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            host = self.headers["Host"].partition(":")[0]
            actual = Received(host=host, path=self.path, headers=dict(self.headers), body=body)
            into.received.append(actual)
            status = into.answer_to(self.path)
            if not status:
                into.closing.wait(30)
                return
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"ok")
            self.wfile.flush()
            self.close_connection = True

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    return Handler


@dataclass(slots=True)
class Post:
    """A mail server that wants a login, and what came by mail."""

    port: int = 0
    logins: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - so the server calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.to += envelope.rcpt_tos
        return "250 taken"

    def login(self, *found: object) -> AuthResult:
        """Accept a client with the password."""
        credentials = found[-1]
        right = (
            isinstance(credentials, LoginPassword) and credentials.password == b"pass-w0rd-of-ci"
        )
        self.logins.append("right" if right else "wrong")
        return AuthResult(success=right, handled=False)


@contextmanager
def mail_server() -> Iterator[Post]:
    """A mail server that listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        post = Post(port=free.getsockname()[1])
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        authenticator=post.login,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
