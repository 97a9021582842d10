"""A run of a recipe, job by job: the action's steps in the container, all others by fake programs."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from e2e.app import ROOT, App, assert_unseen
from e2e.hub import SERVER, Hub
from e2e.runner import Job, Report, Result
from e2e.runner.contexts import functions
from e2e.runner.course import Course
from e2e.runner.expressions import evaluate, interpolate
from e2e.runner.file_commands import entries
from objects import object_bytes
from recipes import VERSIONS, folder_of, uses_our_action

_FAKE_COMMAND = Path(__file__).with_name("fakes") / "command.py"
_IN_REPOSITORY = ("deploy.sh",)
_OF_THE_MACHINE = ("docker", "gh", "npx", "sudo", "xcrun")
_INSTALLED_BY = {
    "subosito/flutter-action": ("flutter", "dart"),
    "shorebirdtech/setup-shorebird": ("shorebird",),
    "ruby/setup-ruby": ("bundle",),
}
_STATUS = re.compile(r"\b(?:success|failure|always|cancelled)\(")
_PROJECTS = ("shop", "courier")  # as the README calls them


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that a step has run, with the dart-defines of its file and Sentry's variables."""

    name: str
    words: list[str]
    defines: dict[str, str] | None
    variables: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A job that is over: its steps with the action in their order, and the commands of the others."""

    result: Result
    outputs: Mapping[str, str]
    reports: tuple[Report, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    A run of a workflow.

    Args:
        app: What is released.
        hub: What GitHub knows.
        secrets: Those of the repository; none where GitHub withholds them.
        github: What the github context has beyond that of a push.
        event_name: What started the run.
        event: The payload.
        pubspecs: By the folder of each app; by default this app's own.
        failing: The names of commands that fail.
        inputs: Those of a `workflow_dispatch`.
        variables: The repository's own, which are no secrets.
    """

    app: App
    hub: Hub
    secrets: Mapping[str, str]
    github: Mapping[str, Any] = field(default_factory=dict)
    event_name: str = "push"
    event: Mapping[str, Any] = field(default_factory=dict)
    pubspecs: Mapping[str, str] = field(default_factory=dict)
    failing: Collection[str] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def play(self, workflow: Mapping[str, Any]) -> dict[str, tuple[Ended, ...]]:
        """All jobs by their names, the legs of each in their order; none where it was skipped."""
        jobs: Mapping[str, Any] = workflow["jobs"]
        ended: dict[str, tuple[Ended, ...]] = {}
        while waiting := [name for name in jobs if name not in ended]:
            name = next(one for one in waiting if _needed(jobs[one]) <= ended.keys())
            ended[name] = tuple(self._list_matrix_jobs(name, jobs[name], ended))
        return ended

    def _list_matrix_jobs(
        self, name: str, job: Mapping[str, Any], ended: Mapping[str, tuple[Ended, ...]]
    ) -> Iterator[Ended]:
        before = {one: ended[one] for one in sorted(_needed(job))}
        well = all(
            matrix_jobs and {matrix_job.result for matrix_job in matrix_jobs} == {"success"}
            for matrix_jobs in before.values()
        )
        known = {
            "secrets": self.secrets,
            "vars": self.variables,
            "inputs": self.inputs,
            "needs": {
                one: {"outputs": matrix_jobs[-1].outputs}
                for one, matrix_jobs in before.items()
                if matrix_jobs
            },
        }
        event = {
            "event": self.event,
            "event_name": self.event_name,
            "repository": self.app.repository,
        }
        condition = str(job.get("if", "success()"))
        if well and evaluate(condition, {**known, "github": event}, functions("success")):
            for matrix in _matrix(job):
                yield self._build_matrix_job(name, job, {**known, "matrix": matrix})

    def _build_matrix_job(
        self, name: str, spec: Mapping[str, Any], known: Mapping[str, Any]
    ) -> Ended:
        number = self.hub.begin(self.app.head, spec.get("environment"))
        job = self._job(name, spec, known, number)
        page = f"{SERVER}/{self.app.repository}/actions/runs/{job.now()['github']['run_id']}"
        self.hub.report(number, "in_progress", f"{page}/job/{number}")
        has_docker = spec["runs-on"] == "ubuntu-latest"
        matrix_job = _MatrixJob(run=self, job=job, has_docker=has_docker)
        for step in spec["steps"]:
            if evaluate(_condition(step), job.now(), functions(job.status)):
                matrix_job.play(step)
        matrix_job.wait()
        ended = matrix_job.ended(spec.get("outputs", {}))
        self.hub.report(number, job.status, f"{page}/job/{number}")
        return ended

    def _job(
        self, name: str, spec: Mapping[str, Any], known: Mapping[str, Any], number: int
    ) -> Job:
        own = {key: interpolate(text, known) for key, text in spec.get("env", {}).items()}
        job = self.app.job(
            checked_out=False,
            event_name=self.event_name,
            event=self.event,
            env={"SENTRY_URL": self.app.lab.url, **own},
            job={"check_run_id": number},
            runner={"tool_cache": str(self.app.folder / "tool cache")},
            github={"api_url": self.hub.url, "job": name, "server_url": SERVER, **self.github},
        )
        job.contexts.update(known, steps={})
        return job


@dataclass(slots=True, kw_only=True)
class _MatrixJob:
    """One job while it runs."""

    run: Run
    job: Job
    has_docker: bool
    courses: list[Course] = field(default_factory=list)
    background: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def play(self, step: Mapping[str, Any]) -> None:
        """One step; what goes wrong in it ends the job."""
        action = str(step.get("uses", "")).partition("@")[0]
        if step.get("background") == "true":
            self.background[step["id"]] = step
        elif "wait" in step:
            self.wait(step["wait"])
        elif uses_our_action(step):
            self._run_own_step(step)
        elif action:
            assert step["uses"] == f"{action}@{VERSIONS[action]}"
            self._use(action, step.get("with", {}))
        else:
            self._shell(step)

    def wait(self, name: str | None = None) -> None:
        """
        Run the background step of this name, or all that are left, as before the post steps.

        A background step may end as late as this, and what it sets is not seen any earlier.
        """
        for one in [name] if name else list(self.background):
            self._shell(self.background.pop(one))

    def ended(self, outputs: Mapping[str, str]) -> Ended:
        """What comes after the last step, the last step's first."""
        reported = {name: interpolate(text, self.job.now()) for name, text in outputs.items()}
        reports = tuple(self.job.end(course) for course in reversed(self.courses))[::-1]
        for report in reports:
            assert_unseen(report, *self.run.app.lab.secrets, *self.run.secrets.values())
        lines = self._noted.read_text().splitlines() if self._noted.exists() else []
        commands = tuple(Command(**json.loads(line)) for line in lines)
        return Ended(result=self.job.status, outputs=reported, reports=reports, commands=commands)

    @property
    def _noted(self) -> Path:
        return self.job.folders.temp / "commands.jsonl"

    def _run_own_step(self, step: Mapping[str, Any]) -> None:
        folder = folder_of(step)
        assert self.has_docker or folder.startswith("host"), (
            "Container action is only supported on Linux"
        )
        env = {name: self._meant(name, text) for name, text in step.get("env", {}).items()}
        course = self.job.begin(ROOT / folder, step.get("with", {}), env)
        self.courses.append(course)
        self.job.contexts["steps"][step.get("id", "")] = {"outputs": course.report().outputs}

    def _meant(self, name: str, text: str) -> str:
        """A variable of the step, by the names that the laboratory has for the README's."""
        value = interpolate(text, self.job.now())
        app = self.run.app
        if name == "SENTRY_ORG":
            assert value == "acme"
            return app.lab.organization
        if name == "SENTRY_PROJECT":
            return app.projects[_PROJECTS.index(value)]
        return value

    def _check_out(self, values: Mapping[str, str]) -> None:
        app, workspace = self.run.app, self.job.workspace
        assert interpolate(values.get("ref", app.head), self.job.now()) == app.head
        app.check_out(workspace, self.run.pubspecs or {".": app.pubspec})
        (workspace / "android").mkdir(exist_ok=True)
        for name in _IN_REPOSITORY:
            (workspace / name).symlink_to(_FAKE_COMMAND)

    def _use(self, action: str, values: Mapping[str, str]) -> None:
        """An action of others."""
        match action.rpartition("/")[2]:
            case "checkout":
                self._check_out(values)
            case "upload-artifact":
                shutil.copytree(self.job.workspace / values["path"], self._artifact(values["name"]))
            case "download-artifact":
                self._download(values["name"], self.job.workspace / values["path"])
            case "upload-google-play" as name:
                self._shell({"run": f"{name} {values['track']} {values['releaseFiles']}"})
            case _:
                self._install(*_INSTALLED_BY.get(action, ()))

    def _artifact(self, name: str) -> Path:
        return self.run.app.folder / "artifacts" / name

    def _download(self, name: str, folder: Path) -> None:
        """An artifact of the run; if no job of it made one, the debug file of another job."""
        if self._artifact(name).exists():
            shutil.copytree(self._artifact(name), folder)
            return
        folder.mkdir()
        (folder / "app.android-arm64.symbols").write_bytes(object_bytes()["elf-aarch64"])

    @property
    def _tools(self) -> Path:
        return self.job.folders.temp / "tools"

    def _install(self, *names: str) -> None:
        """Put fakes of these programs on PATH."""
        self._tools.mkdir(exist_ok=True)
        for name in names:
            (self._tools / name).symlink_to(_FAKE_COMMAND)

    def _shell(self, step: Mapping[str, Any]) -> None:
        if not (self._tools / "docker").exists():
            self._install(*_OF_THE_MACHINE, "upload-google-play")
        now = self.job.now()
        outputs = self.job.folders.temp / "output"
        outputs.write_bytes(b"")
        own = {name: interpolate(text, now) for name, text in step.get("env", {}).items()}
        machine = {
            "PATH": f"{self._tools}:{os.environ['PATH']}",
            "COMMANDS": str(self._noted),
            "FAILING": " ".join(self.run.failing),
            "GITHUB_OUTPUT": str(outputs),
        }
        done = subprocess.run(  # noqa: S603 - the README's own words
            ["/bin/bash", "-e", "-c", interpolate(step["run"], now)],
            cwd=self.job.workspace / interpolate(step.get("working-directory", "."), now),
            env={**now["env"], **own, **machine},
            check=False,
        )
        if done.returncode:
            self.job.status = "failure"
        named = dict(entries(outputs.read_bytes()))
        self.job.contexts["steps"][step.get("id", "")] = {"outputs": named}


def _condition(step: Mapping[str, Any]) -> str:
    """
    The condition of a step; one without a status function implies success().

    Source: actions/runner, src/Sdk/DTPipelines/Pipelines/ObjectTemplating/PipelineTemplateConverter.cs
    """
    condition = str(step.get("if", "success()"))
    return condition if _STATUS.search(condition) else f"success() && ({condition})"


def _needed(job: Mapping[str, Any]) -> set[str]:
    needs = job.get("needs", [])
    return {needs} if isinstance(needs, str) else set(needs)


def _matrix(job: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    axes: Mapping[str, list[str]] = job.get("strategy", {}).get("matrix", {})
    for values in product(*axes.values()):
        yield dict(zip(axes, values, strict=True))
