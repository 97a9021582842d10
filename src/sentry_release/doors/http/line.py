"""The line to a server: looking it up, connecting and answering end in time, whatever hangs."""

import select
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from ssl import SSLCertVerificationError, SSLWantReadError

from sentry_release.doors.http.reaching import Errand, reached
from sentry_release.doors.http.reply import Reply
from sentry_release.doors.http.way import Way
from sentry_release.words.clock import Alarm

_HTTPS_PORT = 443


def nothing() -> None:
    """What is done where nobody has anything to do."""


class Line:
    """
    The one connection that is kept, and the time it may take.

    Timeouts of sockets count from byte to byte, and looking up a name knows none; so a server
    that drips, or a resolver that hangs, would outlast any budget. `ready` is whether the
    connection has been made, so that a request may have been sent; `over` whether it was cut.
    A request is sent once: what to do when that fails is not decided here.
    `knocked` is a connection that is being made already; `meanwhile` is called whenever a
    request has been sent, before its answer is read.

    Some servers hang up after an answer without having said so, and a request that is sent at
    that moment is lost. Once a kept connection has come to that, no other one is kept.
    https://www.rfc-editor.org/rfc/rfc9112#section-9.5
    """

    def __init__(
        self,
        way: Way,
        alarm: Alarm,
        *,
        knocked: Errand | None = None,
        meanwhile: Callable[[], object] = nothing,
    ) -> None:
        self.ready = False
        self.over = False
        self._keeps = True
        self._way = way
        self._alarm = alarm
        self._meanwhile = meanwhile
        self._limit_s = self._connect_s = 0.0
        self._socket: socket.socket | None = None
        self._connection: HTTPConnection | None = None
        self._knocked = knocked

    def __del__(self) -> None:
        self.close()

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

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """
        Send one request, on the connection that is kept or on a new one, and read the answer.

        Raises:
            OSError: There is no connection, or it broke; TimeoutError, if it took too long.
            HTTPException: What came back is not HTTP, or was cut short.
            UnicodeError: The name of the server is none.
        """
        kept = self._kept()
        try:
            reply = self._asked(kept or self._new(), method, path, body, headers)
        except BaseException:
            self._keeps = self._keeps and kept is None
            self.close()
            raise
        if not self._keeps:
            self.close()
        return reply

    def close(self) -> None:
        """Hang up; the next request connects again."""
        if self._connection is not None:
            self._connection.close()
        if self._knocked is not None:
            self._knocked.abandon()
        self._connection = self._knocked = None

    def _kept(self) -> HTTPConnection | None:
        kept = self._connection
        if kept is None or kept.sock is None:
            return None
        if _is_dropped(kept.sock):
            self._keeps = False
            return None
        kept.sock.settimeout(self._limit_s)
        return kept

    def _new(self) -> HTTPConnection:
        knocked, self._knocked = self._knocked, None
        self.close()
        self.ready = False
        made = HTTPConnection(self._way.host, self._way.port)
        made.default_port = _HTTPS_PORT if self._way.secure else made.default_port
        made.sock = self._hold(self._made(knocked))
        self._connection = made
        return made

    def _made(self, knocked: Errand | None) -> socket.socket:
        if knocked is not None:
            try:
                early = knocked.result(self._connect_s, self._alarm)
            except SSLCertVerificationError:
                # Who knocks has read only a part of the authorities; the way knows all of them.
                pass
            else:
                if not _is_dropped(early):
                    return early
                early.close()  # it has waited too long for its first request
        errand = Errand(partial(reached, self._way, self._connect_s))
        return errand.result(self._connect_s, self._alarm)

    def _asked(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        sent: Mapping[str, str],
    ) -> Reply:
        target, more = self._way.asked_for(path)
        try:
            connection.request(method, target, body, {**sent, **more})
        except BrokenPipeError:
            # Who refuses a request may hang up before it has read all of it; the answer is there.
            if connection.sock is None:
                raise
        self._meanwhile()
        with connection.getresponse() as response:
            return Reply.read(response)

    def _hold(self, connection: socket.socket) -> socket.socket:
        """Use this connection from now on. Raises TimeoutError if it would have been cut by now."""
        if self.over:
            connection.close()
            raise TimeoutError
        # Until here the socket had the time to connect, or none: too short to send commits in.
        connection.settimeout(self._limit_s)
        self._socket = getattr(connection, "socket", connection)
        self.ready = True
        return connection

    def _cut(self) -> None:
        self.over = True
        if self._socket is not None:
            try:
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


def _is_dropped(connection: socket.socket) -> bool:
    """Whether the server has hung up, or speaks unasked: nothing is to be read before a request."""
    try:
        if not select.select([connection], [], [], 0)[0]:
            return False
        connection.settimeout(0.0)
        connection.recv(1)
    except (BlockingIOError, SSLWantReadError):  # tickets of TLS, which are no speech
        return False
    except (OSError, ValueError):  # closed, or a number that select does not take
        return True
    return True
