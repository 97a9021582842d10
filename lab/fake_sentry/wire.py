"""Requests and responses of the endpoints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlencode


@dataclass(frozen=True, kw_only=True)
class Query:
    """A request; header names are in lower case, `target` is path and query as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters, decoded."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    def one(self, name: str, otherwise: str = "") -> str:
        """Return the last value of a query parameter."""
        return self.query.get(name, [otherwise])[-1]

    def query_without(self, *names: str) -> str:
        """Return the query without these parameters, encoded."""
        remaining = {name: values for name, values in self.query.items() if name not in names}
        return urlencode(remaining, doseq=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response; text is sent unchanged (a byte 0x80 or more as U+DC80 or more), the rest as JSON."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body as bytes."""
        if self.status == 204:
            return b""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode(errors="surrogateescape")


class Refused(Exception):  # noqa: N818 - an answer, not a defect
    """End the request with this response."""

    def __init__(self, status: int, body: object, **headers: str) -> None:
        super().__init__(status, body)
        self.answer = Answer(status=status, body=body, headers=headers)
