"""Which paths of the workspace the action may use, and which files it may replace; their errors."""

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path, PurePosixPath

from sentry_release.errors import ActionError, ProjectError, WorkflowError

_LINKS_LOOK_LIKE_FOLDERS = os.name == "nt"  # junctions, which lstat does not show
_INPUT = "INPUT_WORKING-DIRECTORY"
_GIT_FOLDER = {".git", "git~1"}  # on Windows also its short name


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
    """
    Return the folder of the repository: GITHUB_WORKSPACE, else the current folder.

    Raises WorkflowError if the current folder was deleted.
    """
    try:
        return Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
    except OSError as error:
        raise WorkflowError(
            "The current folder cannot be read.",
            reason=f"The system reports: {error.strerror}.",
            hint="Change to a folder that exists, and run the command there.",
        ) from error


def with_relative_directory(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the inputs with `working-directory` relative to the workspace, if it is inside.

    In a workflow it stays as it is, since paths of the host and of a container differ.
    """
    path = Path(environ.get(_INPUT, "").strip())
    if environ.get("GITHUB_ACTIONS") == "true" or not path.is_absolute():
        return environ
    root = find_workspace_root(environ)
    for folder in (root.absolute(), root.resolve()):
        if path.is_relative_to(folder):
            return {**environ, _INPUT: path.relative_to(folder).as_posix()}
    return environ


@contextmanager
def translate_write_errors(path: PurePosixPath) -> Iterator[None]:
    """
    Translate an OSError from writing `path` into an error with a hint.

    Raises:
        WorkflowError: The file could not be written.
    """
    try:
        yield
    except OSError as error:
        raise WorkflowError(
            f"{str(path)!r} cannot be written.",
            reason=f"The system reports: {error.strerror or 'something else is in its place'}.",
            hint="Free disk space."
            if error.errno in {errno.ENOSPC, errno.EDQUOT}
            else "Use another path, or remove what is there.",
        ) from error


def is_own_report(content: bytes, text: str) -> bool:
    """
    Return whether an existing file has the form of the report that is to replace it.

    A JSON report has the same keys, one for code scanning also the same tool; a picture has the
    same size and style.

    Args:
        content: The existing file.
        text: The new report: a JSON object, or SVG.
    """
    if not content.strip():
        return True
    try:
        existing = content.decode()
        if text.startswith("<"):
            return _find_svg_frame(existing) == _find_svg_frame(text)
        old, new = json.loads(existing), json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(old, dict) and old.keys() == new.keys() and _find_tool(old) == _find_tool(new)


def _find_svg_frame(picture: str) -> tuple[str, str]:
    """Return the first line of a picture, and its style."""
    style = picture.partition("<style>")[2].partition("</style>")[0]
    return picture.partition("\n")[0], style


def _find_tool(report: dict[str, object]) -> object:
    """Return the name of the tool of a SARIF report; None for any other."""
    match report:
        case {"runs": [{"tool": {"driver": {"name": name}}}, *_]}:
            return name
        case _:
            return None


def build_foreign_file_error(path: PurePosixPath, reason: str) -> WorkflowError:
    """Return the error for a file that the action did not write, and so does not replace."""
    return WorkflowError(
        f"{str(path)!r} is not overwritten.",
        reason=f"{reason}.",
        hint="Use the path of a new file, or remove this one if it is not needed.",
    )


def refuse_git_folder(path: PurePosixPath, *parts: str) -> None:
    """
    Refuse to write into `.git`.

    Args:
        path: The path that is written, for the error.
        parts: The names of its folders and links, and of the folders that links lead to.

    Raises:
        WorkflowError: One of the parts is `.git`; Windows ignores dots and spaces at its end.
    """
    if any(part.rstrip(". ").lower() in _GIT_FOLDER for part in parts):
        raise build_foreign_file_error(path, "It is in `.git`, where only git may write")


def build_unreadable_error(path: PurePosixPath, cause: str) -> ActionError:
    """Return the error for a file that cannot be read."""
    return ProjectError(
        f"{str(path)!r} cannot be read: {cause}.",
        reason="The file is required to name the release or to report it.",
        hint="Replace it by a valid file, and save text as UTF-8.",
    )
