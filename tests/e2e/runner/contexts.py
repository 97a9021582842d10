"""What expressions of a job may name and call, as it stands at each moment."""

from collections.abc import Mapping
from typing import Any

from .expressions import Contexts, Functions, text
from .paths import Folders
from .report import Result

TOKEN = "ghs_token"

_GITHUB: Mapping[str, Any] = {
    "token": TOKEN,
    "job": "build",
    "workflow": "CI",
    "ref": "refs/heads/main",
    "ref_name": "main",
    "ref_type": "branch",
    "ref_protected": False,
    "head_ref": "",
    "base_ref": "",
    "actor": "octocat",
    "run_id": "1",
    "run_number": "1",
    "run_attempt": "1",
    "server_url": "https://github.com",
    "api_url": "https://api.github.com",
    "graphql_url": "https://api.github.com/graphql",
    "action": "__self",
}


class Situation:
    """
    Where a job stands: its status, its variables and its path change from stage to stage.

    `more` are contexts that only a whole workflow has, such as `needs`, or has more of.

    Args:
        folders: The job's.
        github: The whole github context.
        job: The job context, but for the status.
        env: Of workflow and job together.
        runner: Further keys of the runner context.
    """

    def __init__(
        self,
        folders: Folders,
        *,
        github: Mapping[str, Any],
        job: Mapping[str, Any],
        env: Mapping[str, str],
        runner: Mapping[str, Any] | None = None,
    ) -> None:
        self.status: Result = "success"
        self.env = dict(env)
        self.path: list[str] = []
        self.more: dict[str, Any] = {}
        self._github, self._job = github, job
        self._runner = {**machine(folders), **(runner or {})}

    def now(self) -> Contexts:
        """The contexts of this moment."""
        return {
            "github": self._github,
            "runner": self._runner,
            "job": {**self._job, "status": self.status},
            "env": dict(self.env),
            "steps": {},
            "strategy": {},
            "matrix": {},
            "vars": {},
            **self.more,
        }


def github(
    folders: Folders, *, repository: str, sha: str, event_name: str, event: Mapping[str, Any]
) -> dict[str, Any]:
    """The github context of a push to main, but for what is given."""
    return {
        **_GITHUB,
        "repository": repository,
        "repository_owner": repository.partition("/")[0],
        "sha": sha,
        "workflow_sha": sha,
        "event_name": event_name,
        "event": event,
        "event_path": str(folders.workflow / "event.json"),
        "workspace": str(folders.workspace),
    }


def machine(folders: Folders) -> dict[str, Any]:
    """The runner context of a Linux machine."""
    return {
        "os": "Linux",
        "arch": "X64",
        "name": "runner-1",
        "environment": "self-hosted",
        "tool_cache": "/opt/hostedtoolcache",
        "temp": str(folders.temp),
        "workspace": str(folders.workspace.parent),
    }


def functions(status: str) -> Functions:
    """
    What conditions may call; success() is that of the job so far, and no condition implies it.

    Source: SR:219 and Expressions/SuccessFunction.cs:35.
    """
    return {
        "success": lambda: status == "success",
        "failure": lambda: status == "failure",
        "cancelled": lambda: status == "cancelled",
        "always": lambda: True,
        "contains": lambda whole, part: text(part).lower() in text(whole).lower(),
        "startswith": lambda whole, part: text(whole).lower().startswith(text(part).lower()),
    }
