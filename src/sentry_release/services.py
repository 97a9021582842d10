"""The adapters, the clock and the deadline that a command works with."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.clock import Clock, Deadline

if TYPE_CHECKING:  # their imports take longer than all the rest of some commands
    from sentry_release.adapters.github.repository import GitHubRepository
    from sentry_release.adapters.sentry.sentry_client import SentryClient
    from sentry_release.adapters.sentry.upload_client import UploadClient

Task = Callable[[], object]

GitHubFactory = Callable[[], "GitHubRepository | None"]
"""Returns the repository on GitHub, or None without a token or a repository."""


class IdleTasks:
    """Tasks to run while a response of Sentry is awaited, first in, first out."""

    def __init__(self, *tasks: Task) -> None:
        self._tasks = deque(tasks)

    def add(self, task: Task) -> None:
        """Add a task; it runs in a pause, and at the latest with `run_all`."""
        self._tasks.append(task)

    def run_next(self) -> None:
        """Run the first task, if any is left."""
        if self._tasks:
            self._tasks.popleft()()

    def run_all(self) -> None:
        """Run all tasks that are left."""
        while self._tasks:
            self.run_next()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """
    The adapters, the clock, and the deadline of the command.

    Attributes:
        runner: The GitHub Actions runner, or a terminal.
        workspace: The files of the repository.
        sentry: Returns the client; requires a token, an organization and projects.
        github: Returns the client, or None without a token or a repository.
        clock: Time, timers and randomness.
        deadline: The end of all requests, uploads aside.
        upload_client: Returns a client for uploads, which have a time limit of their own.
        reopen: Returns the same services with a time limit that begins now.
        idle_tasks: Tasks to run while a response of Sentry is awaited.
        is_workspace_given: False if the workspace is the current folder by default.
    """

    runner: ActionsRunner
    workspace: Workspace
    sentry: "Callable[[], SentryClient]"
    github: GitHubFactory
    clock: Clock
    deadline: Deadline
    upload_client: "Callable[[], UploadClient]"
    reopen: "Callable[[], Services]"
    idle_tasks: IdleTasks = field(default_factory=IdleTasks)
    is_workspace_given: bool = True

    def with_half_budget(self) -> "Services":
        """Return the same services with half of the remaining time for Sentry."""
        sentry = self.sentry().with_half_budget()
        return replace(self, sentry=lambda: sentry)


def create_system_clock() -> Clock:
    """Return the clock of the system; its timers run on daemon threads."""
    return Clock(
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        random=_draw_random,
        start_timer=_start_timer,
    )


def _draw_random() -> float:
    from random import random

    return random()  # noqa: S311 - it spreads retries, and protects nothing


def _start_timer(seconds: float, fire: Callable[[], object]) -> Callable[[], object]:
    from threading import Timer

    timer = Timer(seconds, fire)
    timer.daemon = True
    timer.start()
    return timer.cancel
