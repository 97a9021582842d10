"""The kinds of events that start a run."""

from enum import StrEnum


class EventKind(StrEnum):
    """What started the run, as far as it decides what the run may change in Sentry."""

    OWN = "own"
    """A push, tag, release, schedule, dispatch or call; any event of the repository's own code."""
    TRIAL = "trial"
    """A pull request of the same repository, or a merge queue: code that may never be merged."""
    FORK = "fork"
    """A pull request from a fork, or Dependabot's: untrusted code, usually without secrets."""
    FORK_WITH_SECRETS = "fork-with-secrets"
    """`pull_request_target` or `workflow_run` of a fork: secrets beside untrusted code."""
