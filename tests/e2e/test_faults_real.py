"""A part of the fault table in front of a real Sentry: whatever happens, there is one deploy."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from e2e.app import ROOT
from e2e.between import Mishap, between
from e2e.sentry_lab import Lab

BUDGET_S = 15
START_S = 10  # of a process, on a busy machine
_ENTRY = re.compile(r"([^<\n]+)<<([^\n]+)\n(.*?)\n\2\n", re.DOTALL)


class Program:
    """The program as a developer starts it, with the environment of a step on a runner."""

    def __init__(self, lab: Lab, workspace: Path) -> None:
        package = f"shop_{uuid4().hex[:10]}"
        (workspace / "pubspec.yaml").write_text(f"name: {package}\nversion: 1.4.0+27\n")
        self.release = f"{package}@1.4.0+27"
        self._state = workspace / "state"
        self._environ = {
            "PATH": os.environ["PATH"],
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_RUN_ID": uuid4().hex[:9],
            "GITHUB_RUN_NUMBER": "128",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STATE": str(self._state),
            "GITHUB_WORKSPACE": str(workspace),
            "INPUT_COMMITS": "none",
            "INPUT_ENVIRONMENT": "production",
            "INPUT_JOB-STATUS": "success",
            "INPUT_TIME-BUDGET": str(BUDGET_S),
            "SENTRY_AUTH_TOKEN": lab.token,
            "SENTRY_ORG": lab.organization,
            "SENTRY_PROJECT": lab.new_project(),
        }

    def play(self, phase: str, url: str) -> str:
        """What a phase prints, which has to end well."""
        command = [sys.executable, str(ROOT / "entrypoint.py"), phase]
        environ = self._environ | self._left() | {"SENTRY_URL": url}
        ended = subprocess.run(  # noqa: S603 - a list, no shell
            command, env=environ, capture_output=True, text=True, check=True
        )
        assert ended.stderr == ""
        return ended.stdout

    def _left(self) -> dict[str, str]:
        text = self._state.read_text() if self._state.exists() else ""
        return {f"STATE_{found[1]}": found[3] for found in _ENTRY.finditer(text)}


@pytest.mark.parametrize("mishap", Mishap, ids=str)
def test_there_is_one_deploy_when_its_request_is(lab: Lab, tmp_path: Path, mishap: Mishap) -> None:
    program = Program(lab, tmp_path)
    with between(lab.url, once=("POST", "/deploys/", mishap)) as proxy:
        program.play("main", proxy.url)
        began = time.monotonic()
        said = program.play("post", proxy.url)

    marking = [line for line in proxy.seen if line.endswith("/deploys/")]
    carried_out = mishap in {Mishap.CLOSED, Mishap.HELD}
    assert len(marking) == (1 if carried_out else 2)
    assert len(lab.deploys(program.release)) == 1
    assert lab.release(program.release)["dateReleased"] is not None
    assert "::warning" not in said
    assert time.monotonic() - began < BUDGET_S + START_S
