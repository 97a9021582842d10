"""A request to the stub of GitHub, and the answer to any request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stub_git import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, a body to be sent as JSON, and headers of which those that are empty are none."""

    status: int = 200
    body: Any
    link: str = ""
    retry_after: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Those that are to be sent."""
        headers = {"Link": self.link, "Retry-After": self.retry_after}
        return {name: text for name, text in headers.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request about a repository; `api` is the address that GitHub's own links start with."""

    folder: Path
    api: str
    name: str
    rest: str
    query: dict[str, str]

    @property
    def repository(self) -> Repository:
        """Where the answer is read."""
        return Repository(path=self.folder / f"{self.name}.git")

    @property
    def url(self) -> str:
        """The address of the repository in the API."""
        return f"{self.api}/repos/{self.name}"

    @property
    def address(self) -> str:
        """The URL of the request, without its query."""
        return f"{self.url}/{quote(self.rest)}"
