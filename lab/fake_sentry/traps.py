"""What goes wrong before a request can be sent: ports that are traps, and names that lead there."""

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
"""→ the port where a looked-up name leads; it may also raise, or not come back."""

_AT_ONCE = struct.pack("ii", 1, 0)


@contextmanager
def trap(meet: Meet) -> Iterator[int]:
    """→ a port where every connection is met so, and then closed."""
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
    """→ a port where nobody listens, and nobody else can."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def reset(connection: socket.socket) -> None:
    """Reset it when something has come, before it is read."""
    connection.recv(1, socket.MSG_PEEK)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def hang_up(connection: socket.socket) -> None:
    """Hear the first words, a TLS greeting for instance, and close it."""
    connection.recv(65536)


def greet(context: ssl.SSLContext) -> Meet:
    """→ a TLS greeting that the other side does not believe."""

    def meet(connection: socket.socket) -> None:
        with suppress(OSError):  # ssl.SSLError is one
            context.wrap_socket(connection, server_side=True).close()

    return meet


def unknown() -> int:
    """There is no such name."""
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
        """Have the whole process look names up here; other names lead where they always do."""
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
        """→ a lookup that does not come back while the resolver is in use."""

        def hang() -> int:
            begins()
            self.over.wait()
            return unknown()

        return hang
