"""The whole program on a machine without Docker: node, a Python, and what later steps have of it."""

import json
from pathlib import Path

import pytest

from e2e.runner import Job as HostJob
from e2e.runner import Report
from e2e.workflow import prepare_tool_cache
from fake_sentry import FakeServers
from job import ROOT, Job
from machine import BASE

HOST = ROOT / "host"
NAME = "shop@1.4.0+27"


@pytest.fixture(scope="module")
def tool_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool cache of a machine where an earlier job has installed what these tests use."""
    return prepare_tool_cache(tmp_path_factory.mktemp("tool cache é"))


class Machine:
    """A job on that machine; its workspace has spaces, and the line ends of Windows."""

    def __init__(self, job: Job, tool_cache: Path, folder: Path) -> None:
        self._environ = job.environ
        self.job = HostJob(
            folder / "runner work é",
            repository="acme/app",
            sha=job.environ["GITHUB_SHA"],
            github={"api_url": job.environ["GITHUB_API_URL"]},
            runner={"tool_cache": str(tool_cache)},
            environ={"PATH": "/usr/bin:/bin", "pythonLocation": str(BASE)},
        )
        app = self.job.workspace / "apps/the shop"
        app.mkdir(parents=True)
        (app / "pubspec.yaml").write_bytes(b"name: shop\r\nversion: 1.4.0+27\r\n")

    def play(self, **inputs: str) -> Report:
        values = {"environment": "production", "working-directory": r"apps\the shop"} | inputs
        env = {name: value for name, value in self._environ.items() if name.startswith("SENTRY_")}
        return self.job.run(HOST, values, env)


@pytest.fixture
def machine(job: Job, tool_cache: Path, tmp_path: Path) -> Machine:
    return Machine(job, tool_cache, tmp_path)


def test_a_job_is_named_opened_and_marked_without_docker(
    machine: Machine, sentry: FakeServers
) -> None:
    report = machine.play(**{"set-commits": "skip"})

    assert [(one.name, one.exit_code) for one in report.stages] == [("main", 0), ("post", 0)]
    assert report.annotations == ()
    assert (report.outputs["release"], report.env["SENTRY_RELEASE"]) == (NAME, NAME)
    assert [one.environment for one in sentry.releases[NAME].deploys] == ["production"]
    assert report.main.command[-1] == str(HOST / "main.js")


def test_the_define_file_lies_where_the_build_looks_for_it(machine: Machine) -> None:
    report = machine.play(**{"set-commits": "skip", "dry-run": "true"})

    path = report.outputs["dart-defines-file"]
    file = machine.job.workspace / "apps/the shop" / path
    assert path == ".sentry-release/dart-defines.json"
    assert json.loads(file.read_bytes())["SENTRY_RELEASE"] == NAME


def test_a_mistake_fails_main_with_its_own_exit_code_and_post_stays_mild(machine: Machine) -> None:
    report = machine.play(**{"working-directory": "nowhere"})

    assert [one.exit_code for one in report.stages] == [2, 0]
    assert "does not exist" in report.reported("error")[0]
