"""The program as a process rather than in the container, for jobs of which there are many at once."""

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from e2e.app import ROOT
from e2e.sentry_lab import Lab

_ENTRY = re.compile(r"([^<\n]+)<<([^\n]+)\n(.*?)\n\2\n", re.DOTALL)


class Program:
    """
    A step on a runner: what it leaves for post is kept between the two.

    Args:
        lab: Where it is released.
        workspace: Its own folder; made where it is missing.
        package: The name of the app; by default a new one.
        environ: Further variables, over those of a push to a repository of which Sentry knows
            nothing.
    """

    def __init__(
        self, lab: Lab, workspace: Path, *, package: str | None = None, **environ: str
    ) -> None:
        package = package or f"shop_{uuid4().hex[:10]}"
        workspace.mkdir(exist_ok=True)
        (workspace / "pubspec.yaml").write_text(f"name: {package}\nversion: 1.4.0+27\n")
        self.release = f"{package}@1.4.0+27"
        self._state = workspace / "state"
        self._environ = {
            "PATH": os.environ["PATH"],
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/app",
            "GITHUB_RUN_ID": str(uuid4().int % 10**9),
            "GITHUB_RUN_NUMBER": "128",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STATE": str(self._state),
            "GITHUB_WORKSPACE": str(workspace),
            "INPUT_SET-COMMITS": "skip",
            "INPUT_ENVIRONMENT": "production",
            "INPUT_JOB-STATUS": "success",
            "SENTRY_AUTH_TOKEN": lab.token,
            "SENTRY_ORG": lab.organization,
            **environ,
        }

    def play(self, command: str, url: str) -> str:
        """What a command prints, which has to end well."""
        words = [sys.executable, str(ROOT / "entrypoint.py"), command]
        environ = self._environ | self._read_remaining() | {"SENTRY_URL": url}
        ended = subprocess.run(  # noqa: S603 - a list, no shell
            words, env=environ, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
        return ended.stdout

    def _read_remaining(self) -> dict[str, str]:
        text = self._state.read_text() if self._state.exists() else ""
        return {f"STATE_{found[1]}": found[3] for found in _ENTRY.finditer(text)}
