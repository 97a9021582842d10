"""The lines to GitHub: kept, made ahead of need, cut off in time, and asked again where that may help."""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from urllib.parse import urlsplit
from weakref import finalize

from sentry_release.doors.github.retrying import Patience
from sentry_release.doors.http.line import Line
from sentry_release.doors.http.reaching import CONNECT_S, Errand, reached
from sentry_release.doors.http.reply import Reply
from sentry_release.doors.http.straight import Straight, straight_way
from sentry_release.doors.http.trust import way_to
from sentry_release.doors.http.way import Way
from sentry_release.words.clock import Deadline

ANSWER_S = 15.0
"""What one request may take in all, with connecting."""


class Ahead:
    """
    Connections that are made ahead of need, since making one takes as long as a question.

    See docs/adr/0015-start-up.md.
    """

    def __init__(self, way: Way | Straight) -> None:
        self._way = way
        self._made: deque[Errand] = deque()
        self._wanted = 0

    def make(self, count: int) -> None:
        """Begin to make so many."""
        for _ in range(count):
            errand = self._errand()
            errand.begin()
            self._made.append(errand)

    def make_meanwhile(self, count: int) -> None:
        """The same as soon as the next request has been sent, which so waits for nothing."""
        self._wanted = count

    def make_wanted(self) -> None:
        """A request has been sent."""
        count, self._wanted = self._wanted, 0
        self.make(count)

    def taken(self) -> Errand:
        """The first that was made, or one that begins when it is waited for."""
        try:
            return self._made.popleft()
        except IndexError:
            return self._errand()

    def let_go(self) -> None:
        """Hang up on what nobody has taken."""
        self._wanted = 0
        while self._made:
            self._made.pop().abandon()

    def _errand(self) -> Errand:
        return Errand(partial(reached, self._way, CONNECT_S))


class Lines:
    """
    As many connections to one server as are asked on at once; each is kept for the next question.

    `deadline` is that of the question that is asked; what is not answered by then is cut off.
    """

    def __init__(self, address: str, environ: Mapping[str, str], deadline: Deadline) -> None:
        """`address` is of anything on the server; `environ` tells of proxies and authorities."""
        parts = urlsplit(address)
        root = f"{parts.scheme}://{parts.netloc}"
        self.place = (parts.hostname, parts.port)
        self.deadline = deadline
        self._way = way_to(root, environ)
        # Each connection reads of the system's folder of authorities only what it needs.
        self.ahead = Ahead(straight_way(root, environ) or self._way)
        self._free: deque[Line] = deque()
        finalize(self, _hang_up, self._free, self.ahead)

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """
        The answer to a request, asked again where `Patience` says so; any status is an answer.

        Raises:
            OSError: There is no connection, or it broke; TimeoutError, if it took too long.
            HTTPException: What came back is not HTTP, or was cut short.
        """
        patience, tries = Patience(deadline=self.deadline), 0
        with self._line() as line:
            while True:
                tries += 1
                try:
                    reply = self._asked(line, method, path, body, headers)
                except (OSError, HTTPException):
                    wait_s = patience.after_failure(tries, method, sent=line.ready)
                    if wait_s is None:
                        raise
                else:
                    retry_after = reply.headers.get("Retry-After")
                    wait_s = patience.after_answer(tries, method, reply.status, retry_after)
                    if wait_s is None:
                        return reply
                self.deadline.clock.sleep(wait_s)

    def _asked(
        self, line: Line, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        try:
            with line.within(ANSWER_S, connect_s=CONNECT_S):
                reply = line.ask(method, path, body, headers)
        except (OSError, HTTPException) as error:
            if line.over:
                raise TimeoutError from error
            raise
        if line.over:  # what was cut may look like a body that has ended
            raise TimeoutError
        return reply

    @contextmanager
    def _line(self) -> Iterator[Line]:
        """A line that nobody else is asking on."""
        try:
            line = self._free.pop()
        except IndexError:
            alarm, ahead = self.deadline.clock.alarm, self.ahead
            line = Line(self._way, alarm, knocked=ahead.taken(), meanwhile=ahead.make_wanted)
        try:
            yield line
        finally:
            self._free.append(line)


def _hang_up(lines: deque[Line], ahead: Ahead) -> None:
    ahead.let_go()
    for line in lines:
        line.close()
