"""A build on a CI host other than GitHub's: its variables, its folder, and the command typed there."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from fake_sentry import FakeServers
from job import ROOT, Time
from sentry_release.cli.main import run

FIXTURES = ROOT / "tests/fixtures/hosts"
SHA = "6f9c" * 10
"""The commit of every fixture; it is the newest one of the fake server's repository."""

HOSTS = {
    "gitlab": "GitLab CI",
    "codemagic": "Codemagic",
    "bitrise": "Bitrise",
    "azure": "Azure Pipelines",
    "circleci": "CircleCI",
    "bitbucket": "Bitbucket Pipelines",
    "xcode-cloud": "Xcode Cloud",
    "jenkins": "Jenkins",
}


def variables(host: str) -> dict[str, str]:
    """The variables of a host's fixture."""
    found = dotenv_values(FIXTURES / f"{host}.env", interpolate=False)
    return {key: value or "" for key, value in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a command came to."""

    exit_code: int
    log: str


@dataclass(slots=True, kw_only=True)
class Build:
    """A build: commands are typed in its folder, with its environment."""

    sentry: FakeServers
    folder: Path
    environ: dict[str, str]
    time: Time = field(default_factory=Time)

    @classmethod
    def on(cls, host: str | None, *, sentry: FakeServers, folder: Path) -> "Build":
        """A build on a CI host, else on a developer's machine, with an app to release."""
        (folder / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
        head = sentry.repository.branches["main"]
        values = variables(host) if host else {}
        return cls(
            sentry=sentry,
            folder=folder,
            environ={key: value.replace(SHA, head) for key, value in values.items()}
            | {
                "SENTRY_URL": sentry.url,
                "SENTRY_AUTH_TOKEN": sentry.token,
                "SENTRY_ORG": "acme",
                "SENTRY_PROJECT": "shop",
            },
        )

    def type(self, *words: str, **more: str) -> Output:
        """Type `sentry-release` and these words, with more variables."""
        log = io.StringIO()
        with _in_folder(self.folder), redirect_stdout(log), redirect_stderr(log):
            code = run(["sentry-release", *words], self.environ | more, self.time.clock())
        return Output(exit_code=code, log=log.getvalue())


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    with chdir(folder):
        yield


def checked_out(folder: Path, *, url: str, sha: str, branch: str = "main") -> None:
    """Put a .git into a folder, as `git clone` makes it."""
    git = folder / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (git / f"refs/heads/{branch}").write_text(f"{sha}\n")
    config = f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +refs/*\n'
    (git / "config").write_text(config)


def with_path(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The environment with a folder of programs before all others."""
    return {**environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
