"""A relay in front of a server that counts connections and bytes, and when the first one came."""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Self

_CHUNK_BYTES = 64 * 1024


@dataclass(slots=True)
class Count:
    """What has passed: bytes of both directions; `first` on the clock of the machine."""

    connections: int = 0
    sent: int = 0
    received: int = 0
    first: float | None = None


@dataclass(slots=True)
class Meter:
    """Passes on what comes to its port; `count` may be replaced by a new one at any time."""

    target: tuple[str, int]
    count: Count = field(default_factory=Count)
    _lock: Lock = field(default_factory=Lock)
    _server: socket.socket = field(init=False)
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for one in self._open:
            _hang_up(one)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            with self._lock:
                self.count.connections += 1
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(one)
            Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_sent: bool) -> None:  # noqa: FBT001 - a thread takes no names
        with suppress(OSError):
            while data := source.recv(_CHUNK_BYTES):
                with self._lock:
                    if is_sent:
                        self.count.first = self.count.first or time.monotonic()
                        self.count.sent += len(data)
                    else:
                        self.count.received += len(data)
                sink.sendall(data)
        _hang_up(sink)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
