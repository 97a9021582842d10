"""All doors to the outside, opened when they are first knocked at."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sentry_release.doors.disk import Disk
from sentry_release.doors.runner import Runner
from sentry_release.words.clock import Clock, Deadline

Work = Callable[[], object]

if TYPE_CHECKING:  # importing these takes longer than all the rest of some phases
    from sentry_release.adapters.sentry.upload_client import UploadClient
    from sentry_release.doors.github.api import GithubApi
    from sentry_release.doors.sentry.api import SentryApi


class Spare:
    """What can be done while an answer of Sentry is awaited, in the order in which it came."""

    def __init__(self, *works: Work) -> None:
        self._works = deque(works)

    def add(self, work: Work) -> None:
        """Do this when there is time, and at the latest with `do_rest`."""
        self._works.append(work)

    def do_one(self) -> None:
        """Do the first of it, if anything is left."""
        if self._works:
            self._works.popleft()()

    def do_rest(self) -> None:
        """Do all that is left."""
        while self._works:
            self.do_one()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    The doors, the clock, and when the phase has to be over.

    `sentry` may be called when the config has a token, an organization and projects.
    `github` gives None when there is no token or no repository to ask about.
    `upload_client` opens connections for an upload, which has a time limit of its own; `reopen`
    opens a world whose time limit begins now.
    `spare` is what waits for Sentry to be waited for.
    `is_workspace_given` is False if the workspace is just the current folder.
    """

    runner: Runner
    disk: Disk
    sentry: "Callable[[], SentryApi]"
    github: "Callable[[], GithubApi | None]"
    clock: Clock
    deadline: Deadline
    upload_client: "Callable[[], UploadClient]"
    reopen: "Callable[[], World]"
    spare: Spare = field(default_factory=Spare)
    is_workspace_given: bool = True

    def hurried(self) -> "World":
        """The same, but with half of the time that is left for Sentry."""
        sentry = self.sentry().hurried()
        return replace(self, sentry=lambda: sentry)
