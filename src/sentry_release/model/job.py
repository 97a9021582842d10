"""The nouns of a job: the kind of event that started it, and its environment."""

from dataclasses import dataclass
from enum import StrEnum


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
