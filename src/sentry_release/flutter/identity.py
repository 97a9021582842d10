"""How a fact of a platform is said: its text, or why it is unknown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

ReadFile = Callable[[PurePosixPath], bytes | None]
"""Gives the content of a file below the app's folder; None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """
    A fact that the sources do not tell.

    `reason` is the end of a sentence that begins with what is unknown; `location` is the file it was
    looked for in; `hint` says which input to give.
    """

    reason: str
    location: str
    hint: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.location}); {self.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """
    What package_info_plus will read from the built app on one platform.

    `version` and `build` are already what the platform makes of the pubspec's version; None is
    what the app will report as empty.
    """

    app_id: str | Unknown
    version: str | Unknown | None
    build: str | Unknown | None
