"""The action without Docker: node, a Python of this machine, and the packages of the registry."""

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from e2e.app import ROOT, App, git
from e2e.between import between
from e2e.conftest import LINKED, AppMaker
from e2e.finished_job import RUN
from e2e.runner import Cancel, Job, Report, Result
from e2e.sentry_lab import Lab

HOST = ROOT / "host"


def of_machine() -> dict[str, str]:
    """What programs find in the environment of this machine: paths, and how to reach a registry."""
    expected = ("PATH", "HOME", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    return {
        name: value
        for name, value in os.environ.items()
        if name in expected or name.startswith("PIP_") or name.lower().endswith("_proxy")
    }


@pytest.fixture(scope="session")
def tool_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool cache of a machine whose first job is still to come."""
    return tmp_path_factory.mktemp("tool cache é")


class Machine:
    """One machine, and the jobs that run on it."""

    def __init__(self, app: App, tool_cache: Path) -> None:
        self.app = replace(app, action=HOST)
        self.tool_cache = tool_cache

    def job(self, *, checked_out: bool = True) -> Job:
        runner = {"tool_cache": str(self.tool_cache)}
        return self.app.job(checked_out=checked_out, runner=runner, environ=of_machine())

    @property
    def installed(self) -> list[Path]:
        return sorted(self.tool_cache.glob("sentry-release-flutter/*/*"))


@pytest.fixture
def machine(
    lab: Lab, checkout: Path, tool_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Machine:
    folder = tmp_path_factory.mktemp("work space")
    app = App.new(lab, folder=folder, image="", repository=LINKED, checkout=checkout, projects=1)
    return Machine(app, tool_cache)


def not_deployed(app: App, report: Report, status: str) -> bool:
    """Whether neither Sentry nor the summary has a deploy."""
    release = app.lab.release(app.release)
    assert report.post.exit_code == 0
    assert f"no deploy to `{app.environment}` recorded" in report.post.summary
    assert f"ended with the status `{status}`" in report.post.summary
    return release["dateReleased"] is None and app.lab.deploys(app.release) == []


def test_a_job_that_succeeds_ends_in_one_deploy(machine: Machine) -> None:
    app, job = machine.app, machine.job()

    report = app.play(job, posts=2)

    [deploy] = app.lab.deploys(app.release)
    release = app.lab.release(app.release)
    assert (deploy["environment"], deploy["name"], deploy["url"]) == (app.environment, "#1", RUN)
    assert release["dateReleased"] == deploy["dateFinished"]
    assert release["commitCount"] == 6
    assert report.annotations == ()
    assert [stage.exit_code for stage in report.stages] == [0, 0, 0]
    assert report.main.summary.startswith(f"### ✅ `{app.release}` is open in Sentry")
    assert "is deployed" in report.posts[0].summary


def test_later_steps_get_the_name_in_every_form(machine: Machine) -> None:
    app, job = machine.app, machine.job()

    report = app.play(job)

    outputs = {"SENTRY_RELEASE": app.release, "SENTRY_DIST": "27"}
    outputs["SENTRY_ENVIRONMENT"] = app.environment
    assert {name: report.env[name] for name in outputs} == outputs
    assert (report.outputs["release"], report.outputs["dist"]) == (app.release, "27")
    file = job.workspace / report.outputs["dart-defines-file"]
    assert json.loads(file.read_text("utf-8")) == outputs
    assert git(job.workspace, "status", "--porcelain") == ""
    assert report.state["PYTHON"].startswith(str(machine.tool_cache))


@pytest.mark.parametrize("status", ["failure", "cancelled"])
def test_a_job_that_does_not_succeed_leaves_an_open_release_without_a_deploy(
    machine: Machine, status: Result
) -> None:
    report = machine.app.play(machine.job(), then=status)

    assert not_deployed(machine.app, report, status)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_job_cancelled_while_sentry_keeps_us_waiting_ends_and_marks_nothing(
    machine: Machine, first: signal.Signals
) -> None:
    app = machine.app
    with between(app.lab.url, hold={"POST"}) as sentry:
        report = app.play(
            machine.job(),
            env={"SENTRY_URL": sentry.url},
            cancel={"main": Cancel(when=sentry.held, first=first)},
        )

    assert sentry.observed[-1].startswith("POST ")
    assert (report.main.result, report.main.exit_code) == ("cancelled", 130)
    assert "Cancelled." in report.main.log
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == app.release
    assert not_deployed(app, report, "cancelled")


def test_a_later_job_of_the_machine_marks_by_the_name_alone_and_installs_nothing(
    machine: Machine,
) -> None:
    app = machine.app
    first = app.play(machine.job(), finalize="false", deploy="false")
    installed = machine.installed

    deploying = machine.job(checked_out=False)
    report = app.play(deploying, sub_action="deploy", release=first.outputs["release"])

    [deploy] = app.lab.deploys(app.release)
    assert report.outputs["deployed"] == "true"
    assert report.outputs["deploy-id"] == deploy["id"]
    assert report.annotations == ()
    assert machine.installed == installed
    assert len(installed) == 1


def test_a_job_with_an_emptied_tool_cache_still_marks_its_deploy(
    machine: Machine, tmp_path: Path
) -> None:
    """As those do who make room for a build."""
    machine.tool_cache = tmp_path / "tools"
    app, job = machine.app, machine.job()
    values = {"SENTRY_URL": app.lab.url, "SENTRY_AUTH_TOKEN": app.lab.token}
    values |= {"SENTRY_ORG": app.lab.organization, "SENTRY_PROJECT": app.projects[0]}
    course = job.begin(HOST, {"environment": app.environment}, values)

    shutil.rmtree(machine.tool_cache)
    report = job.end(course)

    assert report.post.exit_code == 0
    assert len(app.lab.deploys(app.release)) == 1


def test_the_container_and_the_machine_say_the_same(new_app: AppMaker, tool_cache: Path) -> None:
    app = new_app()
    machine = Machine(app, tool_cache)

    contained = app.play(dry_run="true")
    hosted = machine.app.play(machine.job(), dry_run="true")

    assert hosted.outputs == contained.outputs
    assert hosted.env == contained.env
    assert hosted.main.summary == contained.main.summary
    own = {name for name in hosted.state if name not in {"PYTHON", "BASE"}}
    assert own == set(contained.state)
