"""The nouns of a step's results: step outputs and annotations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath


class AnnotationLevel(StrEnum):
    """How loud a notice is: the words of the runner's own commands."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """
    Something the user should act on, shown as an annotation of the run.

    `path` counts from the workspace and `line` from 1, where it is about a place in a file.
    """

    level: AnnotationLevel
    title: str
    text: str
    path: PurePosixPath | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutputs:
    """What later steps can read: step outputs, variables, and the state for the post step."""

    outputs: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
