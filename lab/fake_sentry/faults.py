"""Faults that a test can inject between the client and the fake servers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal


def _unheard() -> None:
    """Ignore the start of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Another response than the regular one; text bodies are sent unchanged, others as JSON."""

    status: int
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset (RST)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is closed without a response."""


@dataclass(frozen=True, slots=True)
class CutShort:
    """The body ends before the announced length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Nothing is sent for that many seconds, then the connection is closed."""

    seconds: float
    begins: Callable[[], object] = _unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """The regular response, that many seconds late; with `half`, only the second half of its body."""

    seconds: float
    half: bool = False
    begins: Callable[[], object] = _unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """An endless head or body, one byte per interval in seconds."""

    part: Literal["head", "body"]
    seconds: float = 0.01
    begins: Callable[[], object] = _unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The connection is reset; the request takes effect when the callback passed to `defer` is called."""

    defer: Callable[[Callable[[], object]], object]


Fault = Status | Reset | Closed | CutShort | Delay | Slow | Drip | Late

HTML = Status(
    status=200,
    body="<!doctype html><title>Sign in</title><p>Please sign in.",
    headers={"Content-Type": "text/html"},
)
TRUNCATED_JSON = Status(
    status=200, body='{"id": 1, "version": "sh', headers={"Content-Type": "application/json"}
)
NOT_ACCESSIBLE = Status(
    status=403, body={"message": "Resource not accessible by integration", "status": "403"}
)


def redirect(url: str, status: int = 302) -> Status:
    """Return a redirect to the URL."""
    return Status(status=status, headers={"Location": url})


def rate_limited(reset: int, limit: int = 40) -> Status:
    """Return Sentry's 429; `reset` is the epoch second when the rate limit ends."""
    reason = f"You are attempting to use this endpoint too frequently. Limit is {limit} requests in 1 seconds"
    return Status(
        status=429,
        body=f'"{reason}"',
        headers={
            "Content-Type": "text/html",
            "X-Sentry-Rate-Limit-Remaining": "0",
            "X-Sentry-Rate-Limit-Limit": str(limit),
            "X-Sentry-Rate-Limit-Reset": str(reset),
            "X-Sentry-Rate-Limit-ConcurrentRemaining": "None",
            "X-Sentry-Rate-Limit-ConcurrentLimit": "25",
        },
    )


@dataclass(slots=True, kw_only=True)
class Ambush:
    """A fault for matching requests; `times` None means always."""

    method: str
    pattern: re.Pattern[str]
    fault: Fault
    times: int | None
    applied: bool

    def meets(self, method: str, target: str) -> bool:
        """Return whether the request matches, and count it if so."""
        path = target.partition("?")[0]
        if self.times == 0 or self.method not in {method, "*"}:
            return False
        if not (self.pattern.fullmatch(target) or self.pattern.fullmatch(path)):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def path_pattern(glob: str) -> re.Pattern[str]:
    """
    Return what a glob matches: the whole path when it begins with a slash, else the path's end.
    `*` stops at a slash, `**` does not; the query is only looked at when the glob has one.
    """
    parts = re.split(r"(\*\*?)", glob)
    words = {"*": "[^/]*", "**": ".*"}
    body = "".join(words.get(part, re.escape(part)) for part in parts)
    return re.compile(body if glob.startswith("/") else f"(?:.*/)?{body}")
