"""Resolve paths of the workspace, and reject those that lead out of it."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath

from sentry_release.errors import WorkflowError

_LINKS_LOOK_LIKE_FOLDERS = os.name == "nt"  # junctions, which lstat does not show


def resolve_inside(root: Path, path: PurePosixPath) -> Path:
    """
    Return the real path of a path of the workspace; a link as the last part is not followed.

    Raises:
        WorkflowError: The path is outside the workspace, or cannot be resolved.
    """
    top = _resolve_root(root)
    with suppress(OSError, RuntimeError, ValueError):  # a cycle of links, a null character
        if _needs_no_resolving(str(top), path):
            return top / path
        place = (top / path).parent.resolve() / path.name
        if place.is_relative_to(top) and place.resolve().is_relative_to(top):
            return place
    raise outside(path)


def outside(path: PurePosixPath) -> WorkflowError:
    """Return the error for a path that leads out of the workspace."""
    return WorkflowError(
        f"The path {str(path)!r} leads out of the workspace.",
        reason="It is absolute, or one of its parts is `..` or a symbolic link to a place outside.",
        hint="Use a path inside the workspace.",
    )


@cache
def _resolve_root(root: Path) -> Path:
    """Return the real path of the workspace; cached, as every path is compared with it."""
    return root.resolve()


def _needs_no_resolving(place: str, path: PurePosixPath) -> bool:
    """Return whether a path has no links and no `..`, so that it is its own real path."""
    if _LINKS_LOOK_LIKE_FOLDERS or path.is_absolute() or ".." in path.parts:
        return False
    for part in path.parts:
        place = f"{place}/{part}"
        with suppress(OSError):  # a missing part is not a link
            if stat.S_ISLNK(os.lstat(place).st_mode):
                return False
    return True


def find_workspace_root(environ: Mapping[str, str]) -> Path:
    """Return the folder of the repository: GITHUB_WORKSPACE, else the current folder."""
    return Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
