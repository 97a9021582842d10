"""The nouns of a GitHub workflow's jobs: a job and its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

ALL_SCOPES = "*"
"""The key of `Job.permissions` for every scope, as `read-all` and `write-all` set them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """
    A step of a job.

    Attributes:
        line: Its first line, from 1.
        uses: The action it uses.
        uses_line: The line of `uses`.
        inputs: The inputs of that action, as strings.
        env: The variables of the step alone.
        script: The text of `run`.
        is_background: Whether later steps start before it ends.
        running: The earlier background steps that may still run when it starts.
    """

    line: int
    name: str
    uses: str | None = None
    uses_line: int = 1
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    script: str = ""
    is_background: bool = False
    running: "tuple[JobStep, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """
    A job of a workflow.

    Attributes:
        path: The workflow, relative to the workspace.
        name: The job's id.
        line: The line of its first key, from 1.
        runners: The labels of `runs-on`; a variable of the matrix counts with all its values.
        runner_line: The line of `runs-on`.
        environment: The name in `environment`; None if there is none.
        environment_line: The line of `environment`.
        permissions: The permissions of GITHUB_TOKEN by scope, `*` for all; None if neither the job
            nor the workflow sets any.
        env: The variables of workflow and job.
        is_called: Whether another workflow calls this one, and limits its permissions.
        steps: Its steps in order; those of a `parallel` group one by one.
    """

    path: PurePosixPath
    name: str
    line: int
    runners: tuple[str, ...] = ()
    runner_line: int = 1
    environment: str | None = None
    environment_line: int = 1
    permissions: Mapping[str, str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    is_called: bool = False
    steps: tuple[JobStep, ...] = ()

    def may_read(self, scope: str) -> bool:
        """Return whether the permissions that the file sets allow reading a scope."""
        given = self.permissions or {}
        return given.get(scope, given.get(ALL_SCOPES, "none")) in {"read", "write"}
