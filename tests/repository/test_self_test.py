"""What self-test.yml relies on: the result of a job, and the verdict on the run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from job import ROOT
from self_test.bridge import NoBridgeError, find_bridge_address
from self_test.claims import CLAIMS
from self_test.ledger import Requests
from self_test.verdict import ON_PURPOSE, complaints

EVALUATE = "Every promise is kept"

OPEN = Requests(method="POST", path="/api/0/organizations/acme/releases/", body={}, status=201)
DATE = Requests(
    method="PUT",
    path="/api/0/organizations/acme/releases/shop%401/",
    body={"dateReleased": "2026-03-01T12:00:00Z"},
    status=200,
)
DEPLOY = Requests(
    method="POST",
    path="/api/0/organizations/acme/releases/shop%401/deploys/",
    body={"environment": "production"},
    status=201,
)
SEND = Requests(
    method="POST",
    path="/api/0/organizations/acme/chunk-upload/",
    body={"files": ["a"]},
    status=200,
)
LOOK = Requests(method="GET", path="/api/0/organizations/acme/releases/", body=None, status=404)
REFUSED = Requests(method="POST", path="/api/0/organizations/acme/releases/", body={}, status=401)
LOST = Requests(method="POST", path=DEPLOY.path, body={}, status=None)


# claims


@pytest.mark.parametrize(
    ("name", "requests"),
    [
        ("deployed", [LOOK, OPEN, DATE, DEPLOY]),
        ("deployed", [OPEN, DATE, LOST, DEPLOY]),
        ("uploaded", [OPEN, SEND, DATE, DEPLOY]),
        ("staged", [OPEN, DEPLOY]),
        ("opened", [LOOK, OPEN]),
        ("unchanged", [LOOK]),
        ("refused", [REFUSED]),
        ("unasked", []),
    ],
)
def test_a_claim_holds_of_a_job_that_keeps_its_promise(name: str, requests: list[Requests]) -> None:
    assert CLAIMS[name](requests) is None


@pytest.mark.parametrize(
    ("name", "requests", "wrong"),
    [
        ("deployed", [OPEN, DATE], "0 deploys"),
        ("deployed", [OPEN, DATE, DEPLOY, DEPLOY], "2 deploys"),
        ("deployed", [OPEN, DEPLOY], "not finalized"),
        ("deployed", [DATE, DEPLOY], "not opened"),
        ("uploaded", [OPEN, DATE, DEPLOY], "0 requests sent files"),
        ("uploaded", [OPEN, SEND, SEND, DATE, DEPLOY], "2 requests sent files"),
        ("uploaded", [OPEN, DATE, DEPLOY, SEND], "before the upload"),
        ("uploaded", [OPEN, SEND, DEPLOY], "not finalized"),
        ("staged", [OPEN, DATE, DEPLOY], "finalized"),
        ("opened", [OPEN, DEPLOY], "1 deploys"),
        ("opened", [OPEN, DATE], "finalized"),
        ("opened", [LOOK], "not opened"),
        ("unchanged", [LOOK, OPEN], "POST"),
        ("unchanged", [], "no requests"),
        ("refused", [REFUSED, LOOK, OPEN], "201"),
        ("refused", [], "no requests"),
        ("unasked", [LOOK], "GET"),
    ],
)
def test_a_failed_claim_names_the_difference(
    name: str, requests: list[Requests], wrong: str
) -> None:
    assert wrong in (CLAIMS[name](requests) or "")


# the address for containers


def install_docker(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Put a `docker` command in front of the real one; Docker 20.10 answers as these scripts do."""
    command = folder / "docker"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_the_address_is_found_from_the_first_start_of_docker_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_docker(monkeypatch, tmp_path, "echo 'fd00::/64 127.0.0.0/8 '")

    assert find_bridge_address() == "127.0.0.1"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo '198.51.100.0/24 '", "has 198.51.100.0/24, but this machine has no address in it"),
        ("echo", "has no IPv4 subnet, but"),
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", "failed: Cannot connect to"),
    ],
)
def test_a_missing_address_is_an_error_with_its_cause(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_docker(monkeypatch, tmp_path, script)

    with pytest.raises(NoBridgeError, match=message):
        find_bridge_address()


def test_a_machine_without_docker_is_an_error_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoBridgeError, match="no `docker` command"):
        find_bridge_address()


def test_the_fake_server_does_not_start_without_an_address(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "self_test", "serve", str(tmp_path), "docker"]
    environ = {"PATH": str(tmp_path)}

    ended = subprocess.run(command, cwd=ROOT / "lab", env=environ, capture_output=True, text=True)  # noqa: S603, PLW1510 - a list, no shell; its code is asserted

    assert (ended.returncode, ended.stderr) == (1, "There is no `docker` command.\n")
    assert not (tmp_path / "exports").exists()


# the verdict


def job(name: str, conclusion: str, **steps: str) -> dict[str, Any]:
    """A job as GitHub describes it; steps by name, with _ for a space."""
    ends = [{"name": key.replace("_", " "), "conclusion": end} for key, end in steps.items()]
    return {"name": name, "status": "completed", "conclusion": conclusion, "steps": ends}


HERE: dict[str, Any] = {"name": EVALUATE, "status": "in_progress", "conclusion": None, "steps": []}
FAILS = ON_PURPOSE.replace(" ", "_")


def test_a_run_in_which_everything_ends_as_it_should_is_accepted() -> None:
    jobs = [
        job("good", "success", Sentry="success", Post_Sentry="success", Extra="skipped"),
        job("bad", "failure", **{FAILS: "failure"}, Post_Sentry="success"),
        HERE,
    ]

    assert list(complaints(jobs, evaluate=EVALUATE)) == []


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        (job("a", "success", **{FAILS: "success"}), f"a: `{ON_PURPOSE}` ended with success."),
        (job("a", "failure", **{FAILS: "skipped"}), f"a: `{ON_PURPOSE}` ended with skipped."),
        (
            job("a", "failure", **{FAILS: "failure"}, Post_Sentry="failure"),
            "a: `Post Sentry` ended with failure.",
        ),
        (job("a", "failure", Sentry="failure"), "a: `Sentry` ended with failure."),
        (job("a", "cancelled", Sentry="success"), "a: it has not run to its end."),
        (job("a", "skipped"), "a: it has not run to its end."),
        (job("a", "failure"), "a: it failed, and was not meant to."),
    ],
)
def test_unexpected_failures_are_distinguished_from_expected_ones(
    outputs: dict[str, Any], complaint: str
) -> None:
    assert complaint in list(complaints([outputs, HERE], evaluate=EVALUATE))


def test_a_workflow_that_calls_this_one_may_still_be_running() -> None:
    called = {**HERE, "name": f"Self-test / {EVALUATE}"}
    jobs = [job("Self-test / a", "success"), {**HERE, "name": "Build"}, called]

    assert list(complaints(jobs, evaluate=EVALUATE)) == []


def test_a_verdict_requires_the_verdict_job() -> None:
    assert list(complaints([job("a", "success")], evaluate=EVALUATE)) == [
        f"{EVALUATE}: there is no such job."
    ]


def test_the_command_reads_the_output_of_gh_and_exits_with_the_failed_claims(
    tmp_path: Path,
) -> None:
    file = tmp_path / "jobs.jsonl"
    jobs = [job("a", "failure", Sentry="failure"), HERE]
    file.write_text("\n".join(json.dumps(one, indent=2) for one in jobs))
    command = [sys.executable, "-m", "self_test", "verdict", str(file), EVALUATE]

    done = subprocess.run(command, cwd=ROOT / "lab", capture_output=True, text=True, check=False)  # noqa: S603 - a list

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "a: `Sentry` ended with failure.",
        "a: it failed, and was not meant to.",
    ]
