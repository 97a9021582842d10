"""What came of a job: the frozen answers that tests look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Result = Literal["success", "failure", "cancelled"]
StageName = Literal["pre", "main", "post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A notice, warning or error; `properties` are file, line, title and the like."""

    kind: str
    stage: str
    message: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """
    One run of the container.

    `outputs` are those the stage wrote, even where the runner then drops them (post); `command` is
    the docker command line, in which no value of a variable appears; `seconds` is how long it ran.
    """

    name: StageName
    result: Result
    exit_code: int
    seconds: float
    summary: str
    outputs: Mapping[str, str]
    command: tuple[str, ...]
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole job, as later steps and its log would show it."""

    stages: tuple[Stage, ...]
    outputs: Mapping[str, str]
    env: Mapping[str, str]
    path: tuple[str, ...]
    state: Mapping[str, str]
    annotations: tuple[Annotation, ...]
    job_status: Result

    @property
    def main(self) -> Stage:
        """The main stage; StopIteration if it did not run."""
        return next(stage for stage in self.stages if stage.name == "main")

    @property
    def posts(self) -> tuple[Stage, ...]:
        """The post stages: none, one, or as many as were requested."""
        return tuple(stage for stage in self.stages if stage.name == "post")

    @property
    def post(self) -> Stage:
        """The last post stage; IndexError if none ran."""
        return self.posts[-1]

    @property
    def log(self) -> tuple[str, ...]:
        """All lines, masked, in their order."""
        return tuple(line for stage in self.stages for line in stage.log)

    def reported(self, kind: str) -> tuple[str, ...]:
        """The messages of all annotations of a kind: notice, warning or error."""
        return tuple(note.message for note in self.annotations if note.kind == kind)
