"""The requests of a job, one JSON object a line, written down while they come in."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fake_sentry import Entry

_WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """A request to Sentry and the status of its answer, None where none was given."""

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
        """Whether it made a deploy."""
        return self.took_effect and self.method == "POST" and self.path.endswith("/deploys/")

    @property
    def finalizes(self) -> bool:
        """Whether it gave the release its date."""
        dated = isinstance(self.body, dict) and self.body.get("dateReleased")
        return self.took_effect and bool(dated)

    @property
    def opens(self) -> bool:
        """Whether it made the release, or found it made."""
        return self.took_effect and self.method == "POST" and self.path.endswith("/releases/")


def writer(file: Path) -> Callable[[Entry], None]:
    """What puts down each request to Sentry as soon as it is answered."""

    def write(entry: Entry) -> None:
        if entry.service == "sentry":
            parts = (entry.method, entry.path, entry.body, entry.status)
            line = json.dumps(dict(zip(("method", "path", "body", "status"), parts, strict=True)))
            with file.open("a", encoding="utf-8") as lines:
                lines.write(f"{line}\n")

    return write


def read(file: Path) -> tuple[Requests, ...]:
    """All that was asked, in order; nothing was if there is no file."""
    if not file.exists():
        return ()
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(Requests(**json.loads(line)) for line in lines)
