"""The real Sentry of the laboratory, as any client can use it; its mails, and its stub of GitHub."""

import email
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import urllib3

Found = TypeVar("Found")
_TIMEOUT_S = 20.0  # until the worker has fetched commits and sent mails


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The server at `url`, and the folder that its mails and GitHub's repositories lie in."""

    url: str
    organization: str
    folder: Path
    token: str = field(repr=False)
    organization_token: str = field(repr=False)
    releases_only_token: str = field(repr=False)
    read_only_token: str = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """
        The laboratory that lab/sentry/start describes in variables.

        Raises:
            KeyError: It was not started.
        """
        return cls(
            url=environ["SENTRY_URL"],
            organization=environ["SENTRY_ORG"],
            folder=Path(environ.get("SENTRY_LAB", "/var/tmp/sentry-lab")),
            token=environ["SENTRY_AUTH_TOKEN"],
            organization_token=environ["SENTRY_TOKEN_ORG_CI"],
            releases_only_token=environ["SENTRY_TOKEN_RELEASES_ONLY"],
            read_only_token=environ["SENTRY_TOKEN_READONLY"],
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be in a log."""
        every = (self.token, self.organization_token)
        return *every, self.releases_only_token, self.read_only_token

    @property
    def github_url(self) -> str:
        """The root of GitHub's API, as PyGithub's `base_url`; three ports above Sentry."""
        parts = urlsplit(self.url)
        return f"http://{parts.hostname}:{(parts.port or 0) + 3}/github"

    def bare(self, repository: str) -> Path:
        """The git repository that GitHub answers from."""
        return self.folder / "github" / f"{repository}.git"

    def query(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        """The answer's body; None for 404. `path` stands below /api/0/."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        with urllib3.PoolManager(retries=False) as pool:
            actual = pool.request(method, f"{self.url}/api/0/{path}", body=sent, headers=headers)
            assert actual.status < 300 or actual.status == 404, actual.data
            return actual.json() if actual.status < 300 else None

    def new_project(self) -> str:
        """
        The slug of a project that no other test uses.

        Sentry begins a range without a beginning at the newest release of the same project, so
        the commits of a release depend on all that was released there before.
        """
        name = f"e2e-{uuid4().hex[:10]}"
        made = self.query("POST", f"teams/{self.organization}/team/projects/", {"name": name})
        return str(made["slug"])

    def release(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """The release's body; None when there is none."""
        return self.query("GET", self._path(name))

    def deploys(self, name: str) -> list[dict[str, Any]]:
        """The release's deploys."""
        return list(self.query("GET", f"{self._path(name)}deploys/"))

    def commits(self, name: str) -> list[dict[str, Any]]:
        """The release's commits."""
        return list(self.query("GET", f"{self._path(name)}commits/"))

    def files(self, name: str) -> set[tuple[str, str]]:
        """What the release's commits did to which file: A, M or D, and its path."""
        found = self.query("GET", f"{self._path(name)}commitfiles/")
        return {(one["type"], one["filename"]) for one in found}

    def deployed(self, project: str) -> dict[str, str]:
        """The version that Sentry says a project has in each environment."""
        query = urlencode({"query": f"slug:{project}"})
        (found,) = self.query("GET", f"organizations/{self.organization}/projects/?{query}")
        return {env: deploy["version"] for env, deploy in (found["latestDeploys"] or {}).items()}

    def deploy_mails(self, name: str) -> list[EmailMessage]:
        """The mails about deploys of the release; it waits until there is one, if it must."""
        return self.eventually(lambda: self._deploy_mails(name), bool)

    def eventually(self, look: Callable[[], Found], good: Callable[[Found], object]) -> Found:
        """What is seen at last: as soon as it is good, else when patience ends."""
        end = time.monotonic() + _TIMEOUT_S
        while not good(observed := look()) and time.monotonic() < end:
            time.sleep(0.1)
        return observed

    @contextmanager
    def check_run(self, environment: str | None) -> Iterator[int]:
        """A number under which GitHub knows a job with this environment, or with none."""
        number = uuid4().int % 2**40
        file = self.folder / "github" / "check-runs.json"
        before = json.loads(file.read_text()) if file.exists() else {}
        deployment = {"deployment": {"environment": environment}} if environment else None
        file.write_text(json.dumps({**before, str(number): deployment}))
        yield number
        known = json.loads(file.read_text())
        file.write_text(json.dumps({key: known[key] for key in known if key != str(number)}))

    def _path(self, name: str) -> str:
        return f"organizations/{self.organization}/releases/{quote(name, safe='')}/"

    def _deploy_mails(self, name: str) -> list[EmailMessage]:
        mails = [_mail(file) for file in sorted((self.folder / "mail").iterdir())]
        return [one for one in mails if "Deployed version" in one["Subject"] and name in _text(one)]


def _mail(file: Path) -> EmailMessage:
    # The file backend ends each mail with a line of dashes.
    text = file.read_text("utf-8").rpartition("\n" + "-" * 79)[0]
    return email.message_from_string(text, policy=modern)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
