"""All doors to the outside, opened when they are first knocked at."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sentry_release.doors.disk import Disk
from sentry_release.doors.runner import Runner
from sentry_release.words.clock import Clock

if TYPE_CHECKING:  # importing these takes longer than all the rest of some phases
    from sentry_release.doors.github.api import GithubApi
    from sentry_release.doors.sentry.api import SentryApi


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    The doors, and the clock.

    `sentry` may be called when the config has a token, an organization and projects.
    `github` gives None when there is no token or no repository to ask about.
    """

    runner: Runner
    disk: Disk
    sentry: "Callable[[], SentryApi]"
    github: "Callable[[], GithubApi | None]"
    clock: Clock

    def hurried(self) -> "World":
        """The same, but with half of the time that is left for Sentry."""
        sentry = self.sentry().hurried()
        return replace(self, sentry=lambda: sentry)
