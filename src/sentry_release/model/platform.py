"""The platforms that Flutter builds for, and the identity of an app on one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

ReadFile = Callable[[PurePosixPath], bytes | None]
"""Returns the content of a file below the app's folder; None if there is none."""
_MAX_NAME = 255  # bytes, the limit of file systems


class Platform(StrEnum):
    """The target platforms of Flutter; each value is the name of its folder."""

    ANDROID = "android"
    IOS = "ios"
    MACOS = "macos"
    WINDOWS = "windows"
    LINUX = "linux"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """
    A value that the sources do not determine.

    `reason` completes a sentence that starts with the name of the value; `location` is the file
    that was read; `hint` names the input to set.
    """

    reason: str
    location: str
    hint: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.location}); {self.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """
    What package_info_plus reads from the built app on one platform.

    `version` and `build` are already converted from the pubspec's version as the platform does;
    None is a value that the app reports as empty.
    """

    app_id: str | Unknown
    version: str | Unknown | None
    build: str | Unknown | None


def resolve_below_root(path: PurePosixPath) -> PurePosixPath | None:
    """Return the path without `..`; None if it leaves the app's folder or cannot be a file."""
    parts: list[str] = []
    for part in path.parts:
        if part == "/" or "\0" in part or len(part.encode(errors="replace")) > _MAX_NAME:
            return None
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return PurePosixPath(*parts)
