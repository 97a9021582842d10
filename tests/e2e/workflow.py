"""Jobs of our own workflows, played: the steps that use the action, and the shell around them."""

import os
import shutil
import site
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import sentry_release
from e2e.app import DOCKER, ROOT, git
from e2e.runner import Job, Report
from e2e.runner.course import Course
from e2e.runner.expressions import interpolate
from fake_sentry import FakeServers
from host import environment
from machine import BASE
from self_test.claims import CLAIMS
from self_test.ledger import read, writer
from self_test.verdict import ON_PURPOSE

OWN_ACTIONS = {"./": ".", **{f"./{one}": one for one in ("upload", "deploy", "health", "doctor")}}
"""The actions that run in a container, with the folders in which GitHub finds them."""
HOST_ACTIONS = {"./host": "host", "./host/upload": "host/upload", "./host/deploy": "host/deploy"}
"""The actions that run on the machine itself, without a container."""
SENTRY = "./.github/actions/sentry"
_MACHINE = {"PATH": os.environ["PATH"], "pythonLocation": str(BASE)}
WORKFLOWS = ROOT / ".github/workflows"


def workflow(name: str) -> dict[str, Any]:
    """A workflow with the action; each value is a text."""
    text = (WORKFLOWS / name).read_text()
    return yaml.load(text, yaml.BaseLoader)  # type: ignore[no-any-return] # noqa: S506 - it builds nothing but strings


@dataclass(slots=True, kw_only=True)
class Play:
    """
    The course of one job of a workflow; `complaints` lists what contradicts it.

    Post steps run after the last step of the job, the one of the last step first.
    """

    folder: Path
    image: str | None = None
    sentry: FakeServers
    contexts: dict[str, Any] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    courses: list[Course] = field(default_factory=list)
    tool_cache: Path | None = None

    @property
    def ledger(self) -> Path:
        """Where `watch` of the fake Sentry writes."""
        return self.folder / "ledger"

    def play(self, steps: list[dict[str, Any]]) -> None:
        """Run the steps that use the action, and those that look what came of it."""
        job = self._job()
        fails = any(step.get("name") == ON_PURPOSE for step in steps)
        for step in steps:
            if step.get("uses") in OWN_ACTIONS | HOST_ACTIONS:
                self._use(job, step)
            elif "run" in step and step.get("name") != ON_PURPOSE:
                self._run(job, step)
        job.status = "failure" if fails else job.status
        self.reports = [job.end(course) for course in reversed(self.courses)]
        claims = [step["with"]["expect"] for step in steps if step.get("uses") == SENTRY]
        self.complaints += filter(None, (CLAIMS[one](read(self.ledger)) for one in claims))

    def _job(self) -> Job:
        job = Job(
            self.folder / "job",
            docker=DOCKER,
            image=self.image,
            env=self.env,
            github={"api_url": self.sentry.github_url},
            runner={"tool_cache": str(self.tool_cache)} if self.tool_cache else None,
            environ=_MACHINE if self.tool_cache else None,
        )
        shutil.copytree(ROOT / "examples/shop", job.workspace / "examples/shop")
        git(job.workspace, "init", "--quiet")
        git(job.workspace, "add", ".")
        git(job.workspace, "commit", "--quiet", "-m", "feat: the example")
        return job

    def _use(self, job: Job, step: Mapping[str, Any]) -> None:
        values = {name: self._get_output(value) for name, value in step.get("with", {}).items()}
        folder = ROOT / (OWN_ACTIONS | HOST_ACTIONS)[step["uses"]]
        course = job.begin(folder, values, step.get("env"))
        self.courses.append(course)
        report = course.report()
        self.env |= report.env
        outcome = report.main.result
        if outcome != "success" and step.get("continue-on-error") != "true":
            self.complaints += [f"main: {outcome}", *report.log]
        elif outcome != "success":
            job.status = "success"
        known = self.contexts.setdefault("steps", {})
        known[step.get("id", "")] = {"outputs": report.outputs, "outcome": outcome}

    def _run(self, job: Job, step: Mapping[str, Any]) -> None:
        own = {name: self._get_output(value) for name, value in step.get("env", {}).items()}
        done = subprocess.run(  # noqa: S603 - a list; the shell is what is tried
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # noqa: S607 - the bash of the machine
            cwd=job.workspace / step.get("working-directory", "."),
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.env, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self.complaints.append(f"{step['name']}: {done.stdout}{done.stderr}")

    def _get_output(self, value: str) -> str:
        return interpolate(value, self.contexts)


def prepare_tool_cache(cache: Path) -> Path:
    """A tool cache in which an earlier job has installed the packages that these tests use."""
    name = environment.environment_name(environment.LOCK)
    place = cache / environment.NAME / sentry_release.__version__ / name
    venv.create(place, symlinks=True)
    packages = place / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    (packages / "ours.pth").write_text("\n".join(site.getsitepackages()))
    return cache


def exports(sentry: FakeServers) -> dict[str, str]:
    """What the step "Sentry" hands to the steps after it."""
    return {
        "SENTRY_URL": sentry.url,
        "SENTRY_AUTH_TOKEN": sentry.token,
        "SENTRY_ORG": sentry.organization,
        "SENTRY_PROJECT": sentry.projects[0],
    }


def watched(folder: Path) -> FakeServers:
    """A fake Sentry that writes down the requests of a job in this folder."""
    return FakeServers(github_token="ghs_token", watch=writer(folder / "ledger"))
