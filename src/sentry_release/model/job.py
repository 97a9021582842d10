"""The nouns of a job: what started it, its environment, and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath


class EventKind(StrEnum):
    """What started the run, as far as it decides what the run may change in Sentry."""

    OWN = "own"
    """A push, tag, release, schedule, dispatch or call; any event of the repository's own code."""
    TRIAL = "trial"
    """A pull request of the same repository, or a merge queue: code that may never be merged."""
    COMMENT = "comment"
    """A comment on a pull request: its code, deployed only if the job has an environment."""
    FORK = "fork"
    """A pull request from a fork, or Dependabot's: untrusted code, usually without secrets."""
    FORK_WITH_SECRETS = "fork-with-secrets"
    """`pull_request_target` or `workflow_run` of a fork: secrets beside untrusted code."""

    @property
    def is_fork(self) -> bool:
        """Return whether the code of the run comes from a fork, or from Dependabot."""
        return self in {EventKind.FORK, EventKind.FORK_WITH_SECRETS}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnvironment:
    """
    The environment that a job deploys to.

    Attributes:
        name: None when the job has none, or when it is unknown.
        is_production: Whether GitHub marks it as a production environment.
        unknown_reason: Why it is unknown, such as `GitHub: 403`; None when it is known.
        no_deployment: Whether the workflow sets `deployment: false` for it, so that GitHub does
            not report its name, and the job does not deploy to it.
    """

    name: str | None = None
    is_production: bool = False
    unknown_reason: str | None = None
    no_deployment: bool = False


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
