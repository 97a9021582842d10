"""A job that has succeeded, for tests that only look at what it left."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.app import App
from e2e.runner import Report
from e2e.sentry_lab import Lab

NOWHERE = "http://127.0.0.1:1"
RUN = "https://github.com/acme/app/actions/runs/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedJob:
    """A job that has been played, its workspace, and the release as Sentry has it then."""

    app: App
    report: Report
    workspace: Path
    release: dict[str, Any]

    @classmethod
    def of_success(cls, app: App) -> "FinishedJob":
        """The container cannot reach GitHub: what comes from there has come by Sentry itself."""
        job = app.job(github={"api_url": NOWHERE})
        report = app.play(job)
        release = app.lab.release(app.release)
        return cls(app=app, report=report, workspace=job.workspace, release=release)

    @property
    def lab(self) -> Lab:
        """Where it was played."""
        return self.app.lab
