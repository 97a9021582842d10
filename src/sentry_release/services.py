"""All doors to the outside, opened when they are first knocked at."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.clock import Clock, Deadline

Task = Callable[[], object]

if TYPE_CHECKING:  # importing these takes longer than all the rest of some phases
    from sentry_release.adapters.github.repository import GitHubRepository
    from sentry_release.adapters.sentry.sentry_client import SentryClient
    from sentry_release.adapters.sentry.upload_client import UploadClient


class IdleTasks:
    """What can be done while an answer of Sentry is awaited, in the order in which it came."""

    def __init__(self, *works: Task) -> None:
        self._works = deque(works)

    def add(self, work: Task) -> None:
        """Do this when there is time, and at the latest with `run_all`."""
        self._works.append(work)

    def run_next(self) -> None:
        """Do the first of it, if anything is left."""
        if self._works:
            self._works.popleft()()

    def run_all(self) -> None:
        """Do all that is left."""
        while self._works:
            self.run_next()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """
    The doors, the clock, and when the phase has to be over.

    `sentry` may be called when the config has a token, an organization and projects.
    `github` gives None when there is no token or no repository to ask about.
    `upload_client` opens connections for an upload, which has a time limit of its own; `reopen`
    opens a world whose time limit begins now.
    `idle_tasks` is what waits for Sentry to be waited for.
    `is_workspace_given` is False if the workspace is just the current folder.
    """

    runner: ActionsRunner
    workspace: Workspace
    sentry: "Callable[[], SentryClient]"
    github: "Callable[[], GitHubRepository | None]"
    clock: Clock
    deadline: Deadline
    upload_client: "Callable[[], UploadClient]"
    reopen: "Callable[[], Services]"
    idle_tasks: IdleTasks = field(default_factory=IdleTasks)
    is_workspace_given: bool = True

    def with_half_budget(self) -> "Services":
        """The same, but with half of the time that is left for Sentry."""
        sentry = self.sentry().with_half_budget()
        return replace(self, sentry=lambda: sentry)
