"""An app with names of its own, and the jobs on GitHub's runner that release it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from e2e.runner import Cancel, Job, Report, Result, StageName
from e2e.runner.manifest import read
from e2e.sentry_lab import Lab

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ("--network=host", f"--label=sentry-release-e2e={os.environ.get('E2E_RUN', os.getpid())}")
"""For build and run: containers that reach the laboratory, and are found again by scripts/e2e."""
SECRETLESS = {"SENTRY_AUTH_TOKEN": ""}
"""What a step gets where GitHub withholds the secrets."""
_RUNNER_USER = 1001  # of GitHub's own machines, where the container is root and later steps are not


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """
    One app: nothing of it is shared with other tests, but Sentry and GitHub.

    `checkout` is the clone that its jobs start from, `head` the commit that they run for; `action`
    is the folder of the action that they use.
    """

    lab: Lab
    folder: Path
    image: str
    repository: str
    checkout: Path
    head: str
    package: str
    environment: str
    projects: tuple[str, ...]
    action: Path = ROOT

    @classmethod
    def new(
        cls, lab: Lab, *, folder: Path, image: str, repository: str, checkout: Path, projects: int
    ) -> "App":
        """An app under a new name, with so many new projects in Sentry."""
        sign = uuid4().hex[:10]
        head = git(lab.bare(repository), "rev-parse", "main").strip()
        return cls(
            lab=lab,
            folder=folder,
            image=image,
            repository=repository,
            checkout=checkout,
            head=head,
            package=f"shop_{sign}",
            environment=f"production-{sign}",
            projects=tuple(lab.new_project() for _ in range(projects)),
        )

    @property
    def release(self) -> str:
        """Its name by default."""
        return f"{self.package}@1.4.0+27"

    def job(
        self,
        *,
        checked_out: bool = True,
        folder: str = ".",
        pubspec: str | None = None,
        **situation: Any,  # noqa: ANN401 - the runner's own
    ) -> Job:
        """
        A job of a push to main.

        Args:
            checked_out: Whether a step before the action was actions/checkout.
            folder: Where in the repository the app lies.
            pubspec: Its text, when it is not this app's own.
            situation: Further arguments of the runner's Job.
        """
        github = {"api_url": self.lab.github_url} | situation.pop("github", {})
        job = Job(
            self.folder / f"job-{uuid4().hex[:6]}",
            repository=self.repository,
            sha=self.head,
            image=self.image,
            docker=DOCKER,
            github=github,
            **situation,
        )
        if checked_out:
            self.check_out(job.workspace, {folder: pubspec or self.pubspec})
        return job

    @property
    def pubspec(self) -> str:
        """The text of its pubspec.yaml."""
        return f"name: {self.package}\nversion: 1.4.0+27\n"

    def commit(self, message: str, *, name: str = "Dev", address: str = "dev@example.com") -> "App":
        """The app after one more commit on main, of which GitHub knows; not in a shared one."""
        who = ("-c", f"user.name={name}", "-c", f"user.email={address}")
        git(self.checkout, *who, "commit", "-q", "--allow-empty", "-m", message)
        git(self.checkout, "push", "-q", str(self.lab.bare(self.repository)), "main")
        return replace(self, head=git(self.checkout, "rev-parse", "main").strip())

    def play(
        self,
        job: Job | None = None,
        /,
        *,
        env: Mapping[str, str] | None = None,
        then: Result | None = None,
        posts: int = 1,
        cancel: Mapping[StageName, Cancel] | None = None,
        sub_action: str = ".",
        **inputs: str,
    ) -> Report:
        """
        Run a step that uses the action, or one of its sub-actions; inputs as `dry_run="true"`.

        Whatever a job does, none of its secrets may be seen, so that is claimed here, each time.
        """
        action = self.action / sub_action
        production = {"environment": self.environment, "finalize-environments": "production-*"}
        known = read(action).inputs
        values = {name: value for name, value in production.items() if name in known} | inputs
        variables = {
            "SENTRY_URL": self.lab.url,
            "SENTRY_AUTH_TOKEN": self.lab.token,
            "SENTRY_ORG": self.lab.organization,
            "SENTRY_PROJECT": " ".join(self.projects),
        } | dict(env or {})
        report = (job or self.job()).run(
            action,
            {name.replace("_", "-"): value for name, value in values.items()},
            variables,
            then=then,
            posts=posts,
            cancel=cancel,
        )
        secrets = (*self.lab.secrets, "ghs_token", variables["SENTRY_AUTH_TOKEN"].strip())
        assert_unseen(report, *filter(None, secrets))
        return report

    def check_out(self, workspace: Path, pubspecs: Mapping[str, str]) -> None:
        """
        What actions/checkout does; `pubspecs` are the texts by the folder of each app.

        Sentry's repository has no app in it, and need not. A commit that only GitHub has leaves
        the files alone, as a checkout without git does.
        """
        shutil.copytree(self.checkout, workspace, dirs_exist_ok=True)
        for folder, text in pubspecs.items():
            place = workspace / folder / "pubspec.yaml"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        excluded = "".join(f"/{Path(folder) / 'pubspec.yaml'}\n" for folder in pubspecs)
        (workspace / ".git/info").mkdir(exist_ok=True)
        (workspace / ".git/info/exclude").write_text(excluded)  # git sees no change in them
        if self.head in git(workspace, "rev-list", "--all").split():
            git(workspace, "checkout", "-q", "--detach", self.head)
        else:
            shutil.rmtree(workspace / ".git")
        give_to_runner(workspace)

    def check_out_branch(self, workspace: Path, branch: str) -> None:
        """What actions/checkout does with `ref` and its depth of 1, of a branch on GitHub."""
        git(workspace, "init", "-q")
        git(workspace, "remote", "add", "origin", self.lab.bare(self.repository).as_uri())
        place = f"refs/remotes/origin/{branch}"
        git(workspace, "fetch", "-q", "--depth=1", "origin", f"+refs/heads/{branch}:{place}")
        git(workspace, "checkout", "-q", "-B", branch, place)
        git(workspace, "remote", "set-url", "origin", f"https://github.com/{self.repository}")
        give_to_runner(workspace)


def give_to_runner(workspace: Path) -> None:
    """Give the files to the user that GitHub's runner has; the container is root."""
    if os.geteuid() == 0:
        for path in (workspace, *workspace.rglob("*")):
            os.chown(path, _RUNNER_USER, _RUNNER_USER, follow_symlinks=False)


def assert_unseen(report: Report, *secrets: str) -> None:
    """No secret was printed: not even where the runner put stars in its place."""
    visible = [*report.log, *(note.message for note in report.annotations)]
    visible += [text for stage in report.stages for text in (stage.summary, *stage.command)]
    visible += [*report.outputs.values(), *report.env.values(), *report.state.values()]
    for text in visible:
        assert "***" not in text
        for secret in secrets:
            assert secret not in text


def git(folder: Path, *words: str) -> str:
    """What git prints in a folder that may belong to another user."""
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "safe.directory=*")
    command = ["git", *who, "-C", str(folder), *words]
    return subprocess.run(  # noqa: S603 - a list, no shell
        command, capture_output=True, text=True, check=True
    ).stdout
