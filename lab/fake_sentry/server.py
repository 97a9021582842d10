"""The HTTP server: threads, keep-alive connections, latency, TLS and faults."""

import socket
import ssl
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Lock, Thread
from typing import Any, Protocol

from fake_sentry.faults import Closed, CutShort, Delay, Drip, Fault, Late, Reset, Slow, Status
from fake_sentry.ledger import Ledger
from fake_sentry.wire import Answer, Query

_NO_TIME_TO_WAIT = struct.pack("ii", 1, 0)


class Service(Protocol):
    """
    What the server serves; `latency` is in seconds, per request and per new connection, and
    `keep_alive` whether a connection serves more than one request, and `hangs_up` whether a second
    one on it is lost without a warning.
    """

    latency: float
    keep_alive: bool
    hangs_up: bool

    def answer(self, query: Query) -> Answer:
        """Return the regular response, and apply the request."""

    def fault_for(self, query: Query) -> tuple[Fault | None, bool]:
        """Return the fault for the request, and whether the request takes effect."""


class Server(ThreadingHTTPServer):
    """Serves on a thread of its own until `stop`, which leaves no thread and no connection."""

    daemon_threads = False
    # With a shorter queue Linux drops connections, which are retried after a second.
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        tls: ssl.SSLContext | None,
        ledger: Ledger,
        service: Service,
    ) -> None:
        super().__init__(address, _Handler)
        self.tls, self.ledger, self.service = tls, ledger, service
        self.stopping = Event()
        self.defects: list[BaseException] = []
        self.numbers: dict[Any, int] = {}
        self._count = count(1)
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._ear, self._bell = socket.socketpair()
        self._thread = Thread(target=self._serve)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection, and wait for the threads."""
        self.stopping.set()
        with self._ear, self._bell:
            self._bell.send(b"!")
            self._thread.join()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        self.server_close()

    def _serve(self) -> None:
        """
        Accept connections until the bell rings.

        `serve_forever` would look for its end again and again, and every test would wait for that.
        """
        with DefaultSelector() as selector:
            selector.register(self, EVENT_READ)
            selector.register(self._ear, EVENT_READ)
            while not self.stopping.is_set():
                if any(key.fileobj is self for key, _ in selector.select()):
                    with suppress(OSError):  # the client has disconnected
                        self.process_request(*self.get_request())

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - inherited
        """Serve a connection in a thread; connections are counted in the order of their clients."""
        self.numbers[client_address] = next(self._count)
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - inherited
        """Serve one connection, encrypted if there is a TLS context."""
        with self._followed(request) as connection:
            super().finish_request(connection, client_address)

    @contextmanager
    def _followed(self, plain: socket.socket) -> Iterator[socket.socket]:
        connection = plain
        if self.tls:
            connection = self.tls.wrap_socket(
                plain, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            self._open.add(connection)
        if self.stopping.is_set():
            _hang_up(connection)
        try:
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 - inherited
        """Record exceptions of the server; a disconnected client is not one."""
        error = sys.exception()
        if error and not isinstance(error, ConnectionError | ssl.SSLError):
            self.defects.append(error)


def _hang_up(connection: socket.socket) -> None:
    try:
        # Not SSLSocket.shutdown, which removes the TLS object during a handshake in another thread.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return  # the client has closed it first


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.number = self.server.numbers[self.client_address]
        self.answered = False
        time.sleep(self.server.service.latency)

    def serve(self) -> None:
        if self.answered and self.server.service.hangs_up:
            self._leave(reset=True)
            return
        self.answered = True
        query = self._send_request()
        entry = self.server.ledger.note(query, self.number)
        time.sleep(self.server.service.latency)
        fault, applied = self.server.service.fault_for(query)
        truth = self.server.service.answer(query) if applied or fault is None else None
        answer = _as_answer(fault, truth)
        if isinstance(fault, Late):
            fault.defer(lambda: self.server.service.answer(query))
        if isinstance(fault, Delay | Drip) or (isinstance(fault, Slow) and not fault.half):
            self._hold_up(fault)
        self.server.ledger.settle(entry, answer)
        if answer is None:
            self._leave(reset=isinstance(fault, Reset | Late))
        else:
            self._send(answer, fault)

    def _hold_up(self, fault: Delay | Drip | Slow) -> None:
        fault.begins()
        if not isinstance(fault, Drip):
            self.server.stopping.wait(fault.seconds)
            return
        head = "Content-Length: 9999999\r\n\r\n" if fault.part == "body" else "X-Drip: "
        self.wfile.write(f"HTTP/1.1 200 OK\r\n{head}".encode())
        while not self.server.stopping.wait(fault.seconds):
            self.wfile.write(b" ")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 - http.server's names

    def _send_request(self) -> Query:
        length = int(self.headers.get("Content-Length") or 0)
        return Query(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        content = answer.content()
        phrase, _ = self.responses.get(answer.status, ("", ""))
        headers = {"Content-Type": "application/json", **answer.headers}
        headers["Content-Length"] = str(len(content))
        if not self.server.service.keep_alive:
            headers["Connection"] = "close"
            self.close_connection = True
        lines = [f"HTTP/1.1 {answer.status:d} {phrase}", *(f"{k}: {v}" for k, v in headers.items())]
        head = "\r\n".join((*lines, "", "")).encode("latin-1")
        half = len(content) // 2 if isinstance(fault, CutShort | Slow) else len(content)
        # One write for head and body: delayed acknowledgement would separate two by 40 ms.
        self.wfile.write(head + content[:half])
        if isinstance(fault, Slow):
            if fault.half:
                self._hold_up(fault)
            self.wfile.write(content[half:])
        self.close_connection = self.close_connection or isinstance(fault, CutShort)

    def _leave(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_TIME_TO_WAIT)
            self.rfile.close()
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        """Log nothing: the ledger has every request."""


def _as_answer(fault: Fault | None, truth: Answer | None) -> Answer | None:
    match fault:
        case Status():
            return Answer(status=fault.status, body=fault.body, headers=fault.headers)
        case CutShort():
            return truth or Answer(body={"id": 1, "version": "cut short"})
        case Reset() | Closed() | Delay() | Drip() | Late():
            return None
        case Slow() | None:
            return truth
