"""Nothing in a user's template escapes the limits of time and memory."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from job import ROOT
from sentry_release.adapters.limits import (
    MAX_BYTES,
    MAX_CPU_S,
    MAX_WALL_S,
    measure_resident_bytes,
    run_limited,
)
from sentry_release.adapters.templates import render
from sentry_release.errors import WorkflowError

UNLIMITED_S = 60  # without a limit, each of the templates takes minutes
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
SWALLOWED = {
    "a constant that is folded": "{{ [1]|slice(1000000000000000)|max }}",
    "one that is rounded": "{{ 12345|round(-20000000) }}",
    "a text that is wrapped": "{{ ('a'*900000)|wordwrap(1) }}",
    "a loop": ENDLESS,
}
DOUBLED = (
    "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
)


def run(
    template: str,
    *,
    max_cpu_s: int = MAX_CPU_S,
    max_wall_s: float = MAX_WALL_S,
    max_bytes: int = MAX_BYTES,
) -> str:
    """A template in a process of its own, with these limits."""
    request = {"template": template, "values": [{}], "is_name": True}
    return run_limited(
        "sentry_release.adapters.templates.render",
        "render_request",
        json.dumps(request),
        max_cpu_s=max_cpu_s,
        max_wall_s=max_wall_s,
        max_bytes=max_bytes,
    )


def children() -> set[str]:
    """The processes that this one has started and that have not been waited for."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_a_request_larger_than_a_pipe_reaches_a_process_that_starts_slowly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sentry_release.adapters.limits._POLL_S", 0.001)

    assert json.loads(run("{#" + "x" * 200_000 + "#}a"))["texts"] == ["a"]


@pytest.mark.parametrize(
    "kind",
    [
        "a constant that is folded",  # each takes a second of processor time
        *(pytest.param(kind, marks=pytest.mark.large) for kind in list(SWALLOWED)[1:]),
    ],
)
def test_processor_time_is_limited_whatever_a_template_does(kind: str) -> None:
    before, start = children(), time.monotonic()

    with pytest.raises(TimeoutError, match="it takes more than 1 seconds"):
        run(SWALLOWED[kind], max_cpu_s=1)

    assert time.monotonic() - start < UNLIMITED_S
    assert children() == before


@pytest.mark.large
def test_the_whole_limit_is_three_seconds_and_a_mistake_of_the_workflow() -> None:
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime

    with pytest.raises(WorkflowError, match="cannot be filled: it takes more than 3 seconds"):
        render.render_release_name(SWALLOWED["a constant that is folded"], {})

    assert 2 < resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used < 4


def test_where_processor_time_cannot_be_limited_the_process_is_killed() -> None:
    before = children()

    with pytest.raises(TimeoutError, match=r"it takes more than 0\.3 seconds"):
        run(SWALLOWED["a constant that is folded"], max_wall_s=0.3)

    assert children() == before


def test_where_memory_cannot_be_limited_the_process_is_killed() -> None:
    with pytest.raises(MemoryError, match="it asks for too much memory"):
        run(f"{DOUBLED}{ENDLESS}", max_bytes=1 << 33, max_cpu_s=8)


def test_memory_that_is_allocated_at_once_is_refused() -> None:
    assert json.loads(run(DOUBLED))["problem"] == "MemoryError"


def test_a_process_that_fails_is_reported() -> None:
    with pytest.raises(ChildProcessError, match="its process ended with 1"):
        run_limited("sentry_release", "nothing", "")


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_memory_of_a_process_is_known(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", platform)

    assert 10_000_000 < measure_resident_bytes(os.getpid()) < 2_000_000_000
    assert measure_resident_bytes(2**22 + 1) == 0


def test_a_template_knows_no_variable_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_AUTH_TOKEN", "top-secret")

    assert run_limited("os", "getenv", "PATH") == os.environ["PATH"]
    with pytest.raises(ChildProcessError):  # None is no text
        run_limited("os", "getenv", "SENTRY_AUTH_TOKEN")


def _is_limited(pids: list[str]) -> bool:
    """Whether the first process has limited itself, which it does when it has its template."""
    limits = Path(f"/proc/{pids[0]}/limits").read_text() if pids else ""
    return re.search(r"Max cpu time +\d", limits) is not None


def test_a_cancelled_job_leaves_no_process_behind(tmp_path: Path) -> None:
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.0.0\n")
    command = [sys.executable, "-I", str(ROOT / "entrypoint.py"), "name"]
    environ = {"GITHUB_WORKSPACE": str(tmp_path), "INPUT_RELEASE": f"a{ENDLESS}"}
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - a list, no shell
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        end = time.monotonic() + 10
        while not _is_limited(found := listed.read_text().split()) and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=10)

    assert found
    assert process.returncode == 130
    assert "Cancelled." in log
    assert not Path(f"/proc/{found[0]}").exists()
