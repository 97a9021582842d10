"""The nouns of GitHub's deployments: what it says of one, and of those of a run."""

from dataclasses import dataclass
from datetime import datetime

SUCCESS = "success"
SUCCESS_STATES = frozenset({SUCCESS, "inactive"})
"""States of a deployment that succeeded; GitHub calls it inactive once another one follows."""
IN_PROGRESS_STATES = frozenset({"waiting", "queued", "pending", "in_progress"})
FAILED_STATES = frozenset({"error", "failure", "cancelled", "timed_out", "startup_failure"})
"""States of a deployment, and conclusions of a run, that had begun and came to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    A deployment on GitHub.

    `state` is that of its newest status, in GitHub's word. `page` is the log of the job that
    made it, `url` the environment's own address. `started` is when it was made.
    """

    id: int
    environment: str
    state: str
    page: str | None = None
    url: str | None = None
    started: datetime | None = None
