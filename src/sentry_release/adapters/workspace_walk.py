"""Walk over the files of a folder, without following links."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.adapters.directory import Directory
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedFile:
    """A file; its content is None if it is too large or unreadable."""

    path: str
    content: bytes | None


def walk_files(
    workspace: Workspace,
    folder: PurePosixPath,
    *,
    ends: tuple[str, ...],
    skip: Collection[str],
    limit: int,
    deep: bool = True,
) -> Iterator[WalkedFile]:
    """
    Yield every file with one of the suffixes, in a stable order.

    Links are not followed, so the walk stays in the workspace and ends. Folders named in `skip`,
    hidden folders and folders that cannot be listed are skipped, as are names that are not valid
    UTF-8, which could not be reported.

    Args:
        workspace: The workspace.
        folder: The first folder, relative to the workspace; if it is missing or outside, nothing
            is yielded.
        ends: Suffixes of file names.
        skip: Names of folders.
        limit: Size of the largest file that is read, in bytes.
        deep: Whether subfolders are walked too.
    """
    waiting = [folder]
    with workspace.folders() as opened:
        while waiting:
            path = waiting.pop()
            try:
                place = opened(path)
                entries = _list_entries(place)
            except (OSError, ActionError):  # missing, or outside the workspace
                continue
            for entry in entries:
                if entry.name.endswith(ends) and entry.is_file(follow_symlinks=False):
                    content = _read_file(workspace, place, path / entry.name, limit)
                    yield WalkedFile(path=str(path / entry.name), content=content)
            if deep:
                waiting += _list_subfolders(entries, path, skip)


def _list_subfolders(
    entries: Sequence["os.DirEntry[str]"], path: PurePosixPath, skip: Collection[str]
) -> list[PurePosixPath]:
    """Return the subfolders to walk, in reverse, since the next one is popped from the end."""
    return [
        path / entry.name
        for entry in reversed(entries)
        if entry.is_dir(follow_symlinks=False)
        and entry.name not in skip
        and not entry.name.startswith(".")
    ]


def _list_entries(folder: Directory) -> list["os.DirEntry[str]"]:
    return sorted(
        (one for one in folder.entries() if _is_unicode_path(one.name)), key=lambda one: one.name
    )


def _read_file(
    workspace: Workspace, folder: Directory, path: PurePosixPath, limit: int
) -> bytes | None:
    draft = workspace.overrides.get(path) if workspace.overrides else None
    if draft is not None:
        return draft
    try:
        content = folder.read(path.name, limit + 1)
    except OSError:
        return None
    return content if len(content) <= limit else None


def _is_unicode_path(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
