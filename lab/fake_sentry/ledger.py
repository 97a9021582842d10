"""The ledger: all requests in order of arrival, for assertions about whole jobs."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Literal

from fake_sentry.wire import Answer, Query

_FILE_NAME = re.compile(rb'; filename="([^"]*)"')
Service = Literal["sentry", "github"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One request: `path` with its query as sent, `body` parsed, header names in lower case,
    `status` None while and if nothing is answered, `connection` counted from 1.
    """

    service: Service
    method: str
    path: str
    body: object
    headers: Mapping[str, str] = field(repr=False)
    connection: int
    status: int | None = None

    def __str__(self) -> str:
        if self.body is None:
            return f"{self.method} {self.path}"
        body = json.dumps(self.body, sort_keys=True, ensure_ascii=False)
        return f"{self.method} {self.path} {body}"


@dataclass(slots=True)
class Ledger:
    """All entries since the start, or since `clear`; `watch` is called with each answered one."""

    watch: Callable[[Entry], object] | None = None
    _entries: list[Entry] = field(default_factory=list)
    _connections: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All requests in order of arrival."""
        return tuple(self._entries)

    def lines(self, service: Service | None = None) -> list[str]:
        """Return a line per request (of that service only): method, path, sorted JSON body."""
        return [str(entry) for entry in self._entries if service in {None, entry.service}]

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries = []

    def note(self, query: Query, connection: int) -> Entry:
        """Add and return the entry of a request."""
        entry = Entry(
            service="github" if query.path.startswith("/github/") else "sentry",
            method=query.method,
            path=query.target,
            body=_parsed(query),
            headers=query.headers,
            connection=connection,
        )
        with self._lock:
            self._entries.insert(self._find_place(connection), entry)
            self._connections.add(connection)
        return entry

    def _find_place(self, connection: int) -> int:
        """
        Return the index of a request: the first of a connection stands before later connections.

        The client has sent it first, but the thread of its connection may be the slower one.
        """
        later = (
            index
            for index, entry in enumerate(self._entries)
            if connection not in self._connections and entry.connection > connection
        )
        return next(later, len(self._entries))

    def settle(self, entry: Entry, answered: Answer | None) -> None:
        """Record the response to the request."""
        done = replace(entry, status=answered.status if answered else None)
        with self._lock:
            self._entries = [done if one is entry else one for one in self._entries]
        if self.watch:
            self.watch(done)


def _parsed(query: Query) -> object:
    if not query.body:
        return None
    if query.headers.get("content-type", "").startswith("multipart/"):
        return {"files": sorted(one.decode() for one in _FILE_NAME.findall(query.body))}
    try:
        return json.loads(query.body)
    except ValueError:
        return query.body.decode(errors="replace")
