"""What PyGithub sends its requests by: our own lines instead of a session of requests."""

import zlib
from collections.abc import Mapping
from http.client import HTTPException
from threading import local
from typing import TYPE_CHECKING, Any, cast

from sentry_release.doors.github.lines import Lines
from sentry_release.doors.http.reply import Reply

if TYPE_CHECKING:
    from github import Github

_MOST_BYTES = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say it


def carried(lines: Lines, **options: Any) -> "Github":  # noqa: ANN401 - PyGithub's own
    """
    PyGithub with these options, which sends all that it sends over the lines.

    A session of requests would read all authorities anew for each connection, could be cut
    off only between two bytes, and can make no connection ahead of need.
    """
    from github import Github  # noqa: PLC0415 - slow to import, and rarely needed
    from github.Requester import Requester  # noqa: PLC0415

    def carrier(host: str, port: int | None = None, **_: object) -> Carrier:
        return Carrier(lines, host, port)

    kind = cast("Any", staticmethod(carrier))  # as it becomes an attribute of a class
    Requester.injectConnectionClasses(kind, kind)
    try:
        return Github(**options, retry=None)
    finally:
        Requester.resetConnectionClasses()


class Carrier:
    """
    What PyGithub takes for a connection; the threads that share it do not notice each other.

    It asks in two steps, `request` and `getresponse`, of which the first sends nothing yet.
    """

    def __init__(self, lines: Lines, host: str, port: int | None) -> None:
        """
        Raises OSError where an answer of GitHub, such as the address of its next page, leads to
        another server: the token is not meant for that.
        """
        if (host, port) != lines.place:
            raise OSError("its answer leads to another server")
        self.host = host
        self._lines = lines
        self._asked = local()

    def request(
        self, verb: str, url: str, body: str | None, headers: Mapping[str, str], _: object = None
    ) -> None:
        """What to ask next on this thread."""
        sent = body.encode() if body is not None else None
        self._asked.request = verb, url, sent, {**headers, "Accept-Encoding": "gzip"}

    def getresponse(self) -> "Response":
        """
        Ask it.

        Raises:
            OSError, HTTPException: No answer came that could be read, see Lines.
        """
        return Response(self._lines.ask(*self._asked.request))

    def close(self) -> None:
        """Nothing to do: the lines stay, for who asks next."""


class Response:
    """An answer as PyGithub reads it."""

    def __init__(self, reply: Reply) -> None:
        """Raises HTTPException where what came cannot be unpacked."""
        self.status = reply.status
        self._headers = reply.headers
        self._text = _unpacked(reply).decode(errors="replace")

    def getheaders(self) -> list[tuple[str, str]]:
        """Its headers, by name."""
        return list(self._headers.items())

    def read(self) -> str:
        """Its body."""
        return self._text


def _unpacked(reply: Reply) -> bytes:
    if reply.headers.get("Content-Encoding", "").strip().lower() != "gzip":
        return reply.content
    unpacking = zlib.decompressobj(_GZIP)
    try:
        content = unpacking.decompress(reply.content, _MOST_BYTES)
    except zlib.error as error:
        raise HTTPException("the answer cannot be unpacked") from error
    if not unpacking.eof:
        raise HTTPException("the answer is cut short, or too large")
    return content
