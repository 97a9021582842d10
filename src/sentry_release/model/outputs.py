"""The nouns of a step's results: step outputs, annotations and notifications."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A service to notify: its URL, which is a secret, and its line in `notify-urls`."""

    line: int
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: a title, and the same body in two formats; `is_failure` marks bad news."""

    title: str
    markdown: str
    text: str
    is_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailure:
    """A service that was not notified, by name and line, and why, as the end of a sentence."""

    service: str
    line: int
    reason: str
