"""A path of the workspace -> where it really lies, which is never outside."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath

from sentry_release.errors import WorkflowError

_LINKS_LOOK_LIKE_FOLDERS = os.name == "nt"  # junctions, which lstat does not tell


def resolve_inside(root: Path, path: PurePosixPath) -> Path:
    """
    Where a path of a workspace lies; every link is followed but one that is its last part.

    Raises:
        WorkflowError: That is outside the workspace, or nowhere.
    """
    top = _resolve_root(root)
    with suppress(OSError, RuntimeError, ValueError):  # a loop of links, a null character
        if _needs_no_resolving(str(top), path):
            return top / path
        place = (top / path).parent.resolve() / path.name
        if place.is_relative_to(top) and place.resolve().is_relative_to(top):
            return place
    raise outside(path)


def outside(path: PurePosixPath) -> WorkflowError:
    """The error for a path that leads out of the workspace."""
    return WorkflowError(
        f"The path {str(path)!r} leads out of the workspace.",
        reason="It is absolute, or has `..` or a symbolic link to a place outside among its parts.",
        hint="Give a path whose every part lies inside the workspace.",
    )


@cache
def _resolve_root(root: Path) -> Path:
    """The workspace itself, asked of the system once: every path is held against it."""
    return root.resolve()


def _needs_no_resolving(place: str, path: PurePosixPath) -> bool:
    """Whether a path lies where it says: most do, and need not be resolved from the root on."""
    if _LINKS_LOOK_LIKE_FOLDERS or path.is_absolute() or ".." in path.parts:
        return False
    for part in path.parts:
        place = f"{place}/{part}"
        with suppress(OSError):  # nothing is there, so nothing leads anywhere
            if stat.S_ISLNK(os.lstat(place).st_mode):
                return False
    return True


def find_workspace_root(environ: Mapping[str, str]) -> Path:
    """Where the repository lies: what the runner says, else here."""
    return Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
