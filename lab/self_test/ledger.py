"""The requests of a job as JSON lines, written when they arrive."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fake_sentry import Entry

_WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """A request to Sentry and the status of its response, None without one."""

    method: str
    path: str
    body: object
    status: int | None

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"

    @property
    def took_effect(self) -> bool:
        """Whether it changed something in Sentry."""
        done = self.status is not None and self.status < 300
        return self.method in _WRITES and done

    @property
    def creates_deploy(self) -> bool:
        """Whether it created a deploy."""
        return self.took_effect and self.method == "POST" and self.path.endswith("/deploys/")

    @property
    def sends_chunks(self) -> bool:
        """Whether it sent parts of files."""
        return self.took_effect and self.path.endswith("/chunk-upload/")

    @property
    def finalizes(self) -> bool:
        """Whether it finalized the release."""
        dated = isinstance(self.body, dict) and self.body.get("dateReleased")
        return self.took_effect and bool(dated)

    @property
    def opens(self) -> bool:
        """Whether it created the release, or found it."""
        return self.took_effect and self.method == "POST" and self.path.endswith("/releases/")


def writer(file: Path) -> Callable[[Entry], None]:
    """Return a function that writes each request to Sentry after its response."""

    def write(entry: Entry) -> None:
        if entry.service == "sentry":
            parts = (entry.method, entry.path, entry.body, entry.status)
            line = json.dumps(dict(zip(("method", "path", "body", "status"), parts, strict=True)))
            with file.open("a", encoding="utf-8") as lines:
                lines.write(f"{line}\n")

    return write


def read(file: Path) -> tuple[Requests, ...]:
    """Return all requests in order; none if the file does not exist."""
    if not file.exists():
        return ()
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(Requests(**json.loads(line)) for line in lines)
