"""The jobs of self-test.yml, and the reusable workflow, keep here what they promise on GitHub."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.app import DOCKER, ROOT
from e2e.runner import Job
from e2e.runner.expressions import interpolate
from e2e.workflow import (
    HOST_ACTIONS,
    OWN_ACTIONS,
    Play,
    exports,
    prepare_tool_cache,
    watched,
    workflow,
)
from self_test.claims import CLAIMS
from self_test.ledger import read

JOBS = {
    name: job
    for name, job in workflow("self-test.yml")["jobs"].items()
    if any(step.get("uses") in OWN_ACTIONS for step in job.get("steps", ()))
}
HOST_JOBS = {
    name: job
    for name, job in workflow("self-test.yml")["jobs"].items()
    if any(step.get("uses") in HOST_ACTIONS for step in job.get("steps", ()))
}
REUSABLE = workflow("release.yml")


@pytest.mark.parametrize("name", JOBS)
def test_a_promise_is_kept(name: str, action_image: str, tmp_path: Path) -> None:
    with watched(tmp_path) as sentry:
        play = Play(folder=tmp_path, image=action_image, sentry=sentry, env=exports(sentry))

        play.play(JOBS[name]["steps"])

    assert "\n".join(play.complaints) == ""


@pytest.fixture(scope="module")
def tool_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_tool_cache(tmp_path_factory.mktemp("tool cache"))


@pytest.mark.parametrize("name", HOST_JOBS)
def test_a_promise_is_kept_without_a_container(name: str, tool_cache: Path, tmp_path: Path) -> None:
    with watched(tmp_path) as sentry:
        play = Play(folder=tmp_path, sentry=sentry, env=exports(sentry), tool_cache=tool_cache)

        play.play(HOST_JOBS[name]["steps"])

    assert "\n".join(play.complaints) == ""


def called(values: dict[str, str], token: str) -> dict[str, Any]:
    """The contexts of a call of the reusable workflow."""
    defaults = {
        name: spec.get("default", "")
        for name, spec in REUSABLE["on"]["workflow_call"]["inputs"].items()
    }
    assert values.keys() <= defaults.keys()
    return {"inputs": defaults | values, "secrets": {"auth-token": token}}


def outputs(play: Play) -> dict[str, str]:
    """What the workflow gives to the jobs that need it."""
    job = REUSABLE["jobs"]["sentry"]["outputs"]
    made = {name: interpolate(value, play.contexts) for name, value in job.items()}
    jobs = {"jobs": {"sentry": {"outputs": made}}}
    declared = REUSABLE["on"]["workflow_call"]["outputs"]
    return {name: interpolate(spec["value"], jobs) for name, spec in declared.items()}


def test_the_reusable_workflow_creates_a_release_and_leaves_its_deploy_to_another_job(
    action_image: str, tmp_path: Path
) -> None:
    values = {"org": "acme", "projects": "shop", "environment": "production"}
    values |= {"working-directory": "examples/shop", "set-commits": "skip"}
    with watched(tmp_path) as sentry:
        contexts = called(values | {"url": sentry.url}, sentry.token)
        play = Play(folder=tmp_path, image=action_image, sentry=sentry, contexts=contexts)

        play.play(REUSABLE["jobs"]["sentry"]["steps"])

    assert "\n".join(play.complaints) == ""
    assert outputs(play)["release"] == "shop@1.4.0+27"
    assert CLAIMS["opened"](read(play.ledger)) is None


def test_a_container_finds_the_fake_sentry_that_an_earlier_step_has_started(
    action_image: str, tmp_path: Path
) -> None:
    """On GitHub the containers of a job are not on the network of the machine."""
    command = [sys.executable, "-m", "self_test", "serve", str(tmp_path), "docker"]
    exported = tmp_path / "exports"
    with subprocess.Popen(command, cwd=ROOT / "lab") as server:  # noqa: S603 - a list, no shell
        try:
            deadline = time.monotonic() + 20
            while not exported.exists():
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            job = Job(
                tmp_path / "job",
                image=action_image,
                docker=DOCKER[1:],
                env=dict(reported(exported)),
            )
            (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")

            report = job.run(ROOT, {"environment": "production", "set-commits": "skip"})
        finally:
            server.terminate()

    assert report.job_status == "success"
    assert CLAIMS["deployed"](read(tmp_path / "ledger.jsonl")) is None


def reported(exports_file: Path) -> Iterator[tuple[str, str]]:
    """The variables in a file that the runner reads."""
    for line in exports_file.read_text().splitlines():
        name, _, value = line.partition("=")
        yield name, value
