"""Failures before a request is sent: faulty ports, and names that resolve to them."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any
from unittest.mock import patch

Meet = Callable[[socket.socket], object]
Manner = Callable[[], int]
"""Returns the port for a resolved name; it may also raise, or block."""

_AT_ONCE = struct.pack("ii", 1, 0)


@contextmanager
def trap(meet: Meet) -> Iterator[int]:
    """Yield a port where each connection is handled by the function, then closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_serve, args=(server, meet))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(server: socket.socket, meet: Meet) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            meet(connection)


@contextmanager
def closed_port() -> Iterator[int]:
    """Yield a port without a listener, reserved so that no other process can use it."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def reset(connection: socket.socket) -> None:
    """Reset the connection when data has arrived, without reading it."""
    connection.recv(1, socket.MSG_PEEK)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def hang_up(connection: socket.socket) -> None:
    """Read the first bytes, such as a TLS hello, and close the connection."""
    connection.recv(65536)


def greet(context: ssl.SSLContext) -> Meet:
    """Start a TLS handshake with an untrusted certificate."""

    def meet(connection: socket.socket) -> None:
        with suppress(OSError):  # ssl.SSLError is one
            context.wrap_socket(connection, server_side=True).close()

    return meet


def unknown() -> int:
    """Raise the error of an unknown host name."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@dataclass(slots=True, kw_only=True)
class Names:
    """
    A resolver in which `host` leads to `port`, except where `plan` has another manner.

    The plan says for the number of a lookup, counted from 1, what happens then.
    """

    host: str
    port: int
    plan: Callable[[int], Manner | None] = lambda _: None
    count: int = 0
    over: Event = field(default_factory=Event)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Resolve these names here in the whole process; others are resolved as usual."""
        real = socket.getaddrinfo

        def look_up(host: Any, port: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - socket's
            if host != self.host:
                return real(host, port, *rest, **more)
            self.count += 1
            manner = self.plan(self.count)
            return real("127.0.0.1", manner() if manner else self.port, *rest, **more)

        with patch.object(socket, "getaddrinfo", look_up):
            yield
        self.over.set()

    def hangs(self, begins: Callable[[], object]) -> Manner:
        """Return a lookup that blocks while the resolver is in use."""

        def hang() -> int:
            begins()
            self.over.wait()
            return unknown()

        return hang
