"""The line to a server: looking it up, connecting and answering end in time, whatever hangs."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, ClassVar

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)

from sentry_release.words.clock import Alarm

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class Line:
    """
    The one connection that a pool keeps, and the time it may take.

    Timeouts of sockets count from byte to byte, and looking up a name knows none; so a server
    that drips, or a resolver that hangs, would outlast any budget. `ready` is whether the
    connection has been made, so that a request may have been sent; `over` whether it was cut.
    """

    def __init__(self, alarm: Alarm) -> None:
        self.ready = False
        self.over = False
        self._alarm = alarm
        self._limit_s = self._connect_s = 0.0
        self._socket: socket.socket | None = None

    @contextmanager
    def within(self, limit_s: float, *, connect_s: float) -> Iterator[None]:
        """Cut the connection if the block is not done after `limit_s`, and see `over`."""
        self.over = False
        self._limit_s, self._connect_s = limit_s, connect_s
        call_off = self._alarm(limit_s, self._cut)
        try:
            yield
        finally:
            call_off()

    def pools(self) -> dict[str, type[HTTPConnectionPool]]:
        """By scheme, the pools whose connections are this line."""

        class Plain(_Watched):
            line = self

        class Secure(_Watched, HTTPSConnection):
            line = self

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        return {"http": PlainPool, "https": SecurePool}

    def connected(self, host: str, port: int, options: Sequence[Any]) -> socket.socket:
        """
        A connection to the first address that takes one; each gets its share of the time.

        Raises:
            OSError: There is no such name, or nobody listens; TimeoutError, if it took too long.
            UnicodeError: The name is none.
        """
        self.ready = False
        ends = time.monotonic() + self._connect_s
        addresses = self._looked_up(host, port)
        failure: OSError = OSError("the name has no address")
        for number, address in enumerate(addresses):
            share_s = (ends - time.monotonic()) / (len(addresses) - number)
            try:
                self._socket = _connected(address, max(share_s, 0.01), options)
            except OSError as error:
                failure = error
            else:
                return self._socket
        raise failure

    def hold(self, connection: Any) -> None:  # noqa: ANN401 - urllib3's, encrypted or not
        """
        Use this connection from now on, and cut it in time.

        Raises:
            TimeoutError: It would have been cut by now.
        """
        if self.over:
            raise TimeoutError
        # Until here the socket had the time to connect, which is too short to send commits in.
        connection.settimeout(self._limit_s)
        self._socket = getattr(connection, "socket", connection)
        self.ready = True

    def _looked_up(self, host: str, port: int) -> Sequence[Address]:
        found: list[Sequence[Address] | OSError | UnicodeError] = []
        done = Event()

        def look_up() -> None:
            try:
                found.append(socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                found.append(error)
            done.set()

        call_off = self._alarm(self._connect_s, done.set)
        # The system offers no time limit here; a thread that hangs has no effect, and ends with us.
        Thread(target=look_up, daemon=True).start()
        done.wait()
        call_off()
        match found:
            case [list() as addresses]:
                return addresses
            case [Exception() as error]:
                raise error
            case _:
                raise TimeoutError("looking up the name took too long")

    def _cut(self) -> None:
        self.over = True
        if self._socket is not None:
            try:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


class _Watched(HTTPConnection):
    line: ClassVar[Line]

    def _new_conn(self) -> socket.socket:
        try:
            return self.line.connected(self._dns_host, self.port, self.socket_options or ())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} did not connect in time") from error
        except UnicodeError as error:
            raise LocationParseError(self.host) from error
        except OSError as error:
            raise NewConnectionError(self, f"{self.host} did not connect: {error}") from error

    def connect(self) -> None:
        super().connect()
        self.line.hold(self.sock)


def _connected(address: Address, limit_s: float, options: Sequence[Any]) -> socket.socket:
    family, kind, protocol, _, where = address
    connection = socket.socket(family, kind, protocol)
    try:
        for option in options:
            connection.setsockopt(*option)
        connection.settimeout(limit_s)
        connection.connect(where)
    except BaseException:
        connection.close()
        raise
    return connection
