"""Making a connection, on a thread of its own, so that it can be given up in time."""

from __future__ import annotations

import socket
import time
from threading import Event, Thread

TYPE_CHECKING = False
if (
    TYPE_CHECKING
):  # nothing of it is quick to import, and the first connection waits for this module
    from collections.abc import Callable

    from sentry_release.doors.http.straight import Straight
    from sentry_release.doors.http.way import Way
    from sentry_release.words.clock import Alarm

CONNECT_S = 5.0
"""What looking up a name and connecting may take at most."""


def reached(way: Straight | Way, connect_s: float) -> socket.socket:
    """
    A connection by the first address that takes one; each gets its share of the seconds.

    Raises:
        OSError: There is no such name, or nobody listens; TimeoutError, if it took too long.
        UnicodeError: The name is none.
        WorkflowError: The certificate authorities cannot be read.
    """
    ends = time.monotonic() + connect_s
    host, port = way.first_stop
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("the name has no address")
    for number, (family, kind, protocol, _, where) in enumerate(addresses):
        share_s = (ends - time.monotonic()) / (len(addresses) - number)
        plain = socket.socket(family, kind, protocol)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(max(share_s, 0.01))
            plain.connect(where)
        except OSError as error:
            plain.close()
            failure = error
        else:
            return way.gone(plain)
    raise failure


class Errand:
    """
    A connection that somebody else makes, while we do something else or wait for an alarm.

    The system offers no time limit for looking up a name; a thread that hangs there has no
    effect, and ends with us.
    """

    def __init__(self, work: Callable[[], socket.socket]) -> None:
        self._found: list[socket.socket | BaseException] = []
        self._over = Event()
        self._thread = Thread(target=self._run, args=(work,), daemon=True)

    def begin(self) -> None:
        """Go now."""
        self._thread.start()

    def result(self, limit_s: float, alarm: Alarm) -> socket.socket:
        """
        The connection, waited for so many seconds; the errand begins now unless it has before.

        Raises:
            TimeoutError: It took too long; or what making it raised.
        """
        call_off = alarm(limit_s, self._over.set)
        if self._thread.ident is None:
            self.begin()
        self._over.wait()
        call_off()
        found = self._found[0] if self._found else None
        if found is None:
            raise TimeoutError("looking up the name, or connecting, took too long")
        if isinstance(found, BaseException):
            raise found
        return found

    def abandon(self) -> None:
        """Hang up, now or as soon as there is a connection."""
        self._over.set()
        for connection in self._found:
            if not isinstance(connection, BaseException):
                connection.close()

    def _run(self, work: Callable[[], socket.socket]) -> None:
        try:
            connection = work()
        except BaseException as error:  # noqa: BLE001 - raised where the result is wanted
            self._found.append(error)
        else:
            if self._over.is_set():
                connection.close()  # nobody waits for it any more
            else:
                self._found.append(connection)
        self._over.set()
