"""Folders of the host <-> the folders they are in the container."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where a job's files lie on the host: `temp` is the runner's, `workspace` the user's."""

    temp: Path
    workspace: Path

    @property
    def home(self) -> Path:
        """HOME of every container of the job."""
        return self.temp / "_github_home"

    @property
    def workflow(self) -> Path:
        """Holds event.json."""
        return self.temp / "_github_workflow"

    @property
    def file_commands(self) -> Path:
        """Holds the files behind GITHUB_OUTPUT and its like."""
        return self.temp / "_runner_file_commands"

    @property
    def mapped(self) -> tuple[tuple[str, str], ...]:
        """Pairs of host and container; the one mapped last is tried first (CAH:193-204, CI:250)."""
        return (
            (str(self.workspace), "/github/workspace"),
            (str(self.file_commands), "/github/file_commands"),
            (str(self.workflow), "/github/workflow"),
            (str(self.home), "/github/home"),
            (str(self.temp), "/github/runner_temp"),
        )

    def make(self) -> None:
        """All of them, where they are missing."""
        for folder in (self.home, self.workflow, self.file_commands, self.workspace):
            folder.mkdir(parents=True, exist_ok=True)

    def inside(self, value: str) -> str:
        """A value as the container gets it, if it starts with a mapped folder (CI:164-196)."""
        return _moved(value, self.mapped)

    def outside(self, path: str) -> str:
        """A path of the container, on the host."""
        return _moved(path, tuple((inside, host) for host, inside in self.mapped))


def _moved(value: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for start, replacement in pairs:
        if value == start or value.startswith(start + "/"):
            return replacement + value.removeprefix(start)
    return value
