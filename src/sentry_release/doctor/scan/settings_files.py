"""Reads the files that sentry-cli and sentry_dart_plugin take settings from."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.doctor.analysis.sentry_tools import CLI_FILE, PROPERTIES_FILE
from sentry_release.errors import ActionError

_MAX_BYTES = 256 * 1024
_IGNORES = ".gitignore"


def collect_settings_files(folder: PurePosixPath, workspace: Workspace) -> dict[PurePosixPath, str]:
    """
    Return the settings files of an app and of the folders above it that are in the repository.

    A file that a .gitignore names is on this machine alone, so it is left out.
    Source: https://docs.sentry.io/cli/configuration/
    """
    found = {}
    for one in (folder, *folder.parents):
        for name in (CLI_FILE, PROPERTIES_FILE) if one == folder else (CLI_FILE,):
            text = _read(one / name, workspace)
            if text is not None and not _is_ignored(one / name, workspace):
                found[one / name] = text
    return found


def _is_ignored(path: PurePosixPath, workspace: Workspace) -> bool:
    """
    Return whether a .gitignore in one of the folders above a file names it.

    Source: https://git-scm.com/docs/gitignore
    """
    return any(
        fnmatchcase(path.name, pattern) or fnmatchcase(str(path.relative_to(folder)), pattern)
        for folder in path.parents
        for pattern in _list_patterns(_read(folder / _IGNORES, workspace) or "")
    )


def _list_patterns(text: str) -> Iterator[str]:
    for line in text.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith(("#", "!")):
            yield pattern.removeprefix("**/").removeprefix("/")


def _read(path: PurePosixPath, workspace: Workspace) -> str | None:
    try:
        return workspace.read_text(path, limit=_MAX_BYTES)
    except ActionError:
        return None
