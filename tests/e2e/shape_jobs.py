"""Jobs that release histories of every shape, as processes rather than in the container, to be quick."""

import email
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.policy import default as modern
from pathlib import Path
from uuid import uuid4

import urllib3
from dotenv import dotenv_values

from e2e.git_history import GitHistory
from e2e.sentry_lab import Lab
from e2e.shapes import LAST_20, NOTHING, Shape

ROOT = Path(__file__).resolve().parents[2]
LINKED = "acme/app"  # the repository that the laboratory's Sentry knows
BEFORE, NOW, BY_CLI = "1.0.0", "1.1.0", "1.1.0-cli"
_FILES = ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeJob:
    """
    A job for one history, in an environment of its own.

    `expected` are the commits that the release must have, by what git says.
    """

    lab: Lab
    shape: Shape
    folder: Path
    package: str
    project: str
    base: str | None
    head: str
    expected: tuple[str, ...]

    @classmethod
    def new(cls, lab: Lab, git: GitHistory, shape: Shape, folder: Path, project: str) -> "ShapeJob":
        """
        Make the history.

        A first release gets a project of its own: where the range has no beginning, Sentry
        begins at the newest release of the project.
        """
        base, head = shape.make(git)
        package = f"shape_{uuid4().hex[:10]}"
        folder /= package
        folder.mkdir(parents=True)
        (folder / "pubspec.yaml").write_text(f"name: {package}\nversion: {NOW}\n")
        return cls(
            lab=lab,
            shape=shape,
            folder=folder,
            package=package,
            project=project if base else lab.new_project(),
            base=base,
            head=head,
            expected=_expected(git, shape, base, head),
        )

    def put_up(self, version: str, environment: str, **fields: object) -> None:
        """A release that was deployed."""
        name, releases = self.release(version), f"organizations/{self.lab.organization}/releases/"
        self.lab.query("POST", releases, {"version": name, "projects": [self.project], **fields})
        self.lab.query("POST", f"{releases}{name}/deploys/", {"environment": environment})

    def play(self, stage: str, *, previous: str | None = None) -> str:
        """What the log and the summary of main or post say; without `previous` it is the base."""
        state = (self.folder / "STATE").read_text().splitlines()[-2] if stage == "post" else ""
        for file in _FILES:
            (self.folder / file).write_text("")
        recorded = dotenv_values(ROOT / "tests/fixtures/push.env")
        environ = {
            **{key: text for key, text in os.environ.items() if not key.startswith("SENTRY")},
            **{key: text or "" for key, text in recorded.items()},
            **{f"GITHUB_{file}": str(self.folder / file) for file in _FILES},
            "GITHUB_WORKSPACE": str(self.folder),
            "GITHUB_API_URL": self.lab.github_url,
            "GITHUB_SHA": self.head,
            "INPUT_ENVIRONMENT": self.package,
            "INPUT_SET-COMMITS": self.shape.commits,
            "INPUT_COMMITS-SINCE": previous or self.base or "sentry-default",
            "STATE_HANDOVER": state,
            **self._sentry,
        }
        command = [sys.executable, str(ROOT / "entrypoint.py"), stage]
        return _get_output(command, environ) + (self.folder / "STEP_SUMMARY").read_text()

    def play_cli(self) -> None:
        """The same range by sentry-cli, for a release of another name."""
        self.set_commits(f"{self.base}..{self.head}" if self.base else self.head)

    def set_commits(self, span: str) -> None:
        """
        What sentry-cli makes of `SHA` or `SHA..SHA`.

        A first release it makes in a project of its own: it would take the other one for the previous release.
        """
        first = {} if self.base else {"SENTRY_PROJECT": self.lab.new_project()}
        words = ("releases", "set-commits", self.release(BY_CLI), "--commit", f"{LINKED}@{span}")
        environ = {**os.environ, **self._sentry, **first}
        _get_output([str(ROOT / ".venv/bin/sentry-cli"), *words], environ)

    def release(self, version: str) -> str:
        """The name of that version."""
        return f"{self.package}@{version}"

    def commits(self, version: str) -> list[str]:
        """The shas that the release has in Sentry, in the order of their letters."""
        path = f"organizations/{self.lab.organization}/releases/{self.release(version)}/commits/"
        url = f"{self.lab.url}/api/0/{path}?per_page=100"
        found: list[str] = []
        with urllib3.PoolManager() as pool:
            while url:
                page = pool.request(
                    "GET", url, headers={"Authorization": f"Bearer {self.lab.token}"}
                )
                found += [commit["id"] for commit in page.json()]
                url = _next(page.headers.get("Link", ""))
        return sorted(found)

    @property
    def _sentry(self) -> dict[str, str]:
        return {
            "SENTRY_URL": self.lab.url,
            "SENTRY_AUTH_TOKEN": self.lab.token,
            "SENTRY_ORG": self.lab.organization,
            "SENTRY_PROJECT": self.project,
        }


def mailed(lab: Lab, jobs: Iterable[ShapeJob]) -> dict[str, list[str]]:
    """Who got mails about the deploy of each, by package."""
    found: dict[str, list[str]] = {job.package: [] for job in jobs}
    for text in _mails(lab):
        mail = email.message_from_string(text.lstrip(), policy=modern)
        message, _, environment = str(mail["Subject"]).rpartition(" to ")
        if message.endswith(f"Deployed version {NOW}") and environment in found:
            found[environment].append(str(mail["To"]))
    return {package: sorted(receiver) for package, receiver in found.items()}


def _mails(lab: Lab) -> Iterator[str]:
    """Those of the same moment share a file; after each stands a line of dashes."""
    for file in (lab.folder / "mail").iterdir():
        yield from file.read_text("utf-8").split("\n" + "-" * 79 + "\n")[:-1]


def _expected(git: GitHistory, shape: Shape, base: str | None, head: str) -> tuple[str, ...]:
    if shape.holds == NOTHING:
        return ()
    if shape.holds == LAST_20 or base is None:
        return tuple(sorted(git.last(head, 20)))
    return tuple(sorted(git.between(base, head)))


def _next(link: str) -> str:
    """The address of the next page; nothing after the last."""
    for part in link.split(", "):
        if 'rel="next"; results="true"' in part:
            return part.partition("<")[2].partition(">")[0]
    return ""


def _get_output(command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
