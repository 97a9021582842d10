"""The door to many files at once: a walk that follows no link and survives whatever it meets."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.adapters.directory import Directory
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkedFile:
    """A file below a folder; its content is None where it is too large or cannot be read."""

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
    Every file whose name ends so, with its bytes, in an order that is always the same.

    No link is followed, so that none can lead out of the workspace or round in a circle. Folders
    named in `skip`, hidden ones and those that cannot be listed are not entered; what has a name
    that is no UTF-8 is left out, since it could not even be told of.

    Args:
        workspace: The workspace.
        folder: Where to begin, from the workspace; there may be none, or one that leads out of it.
        ends: Suffixes of file names.
        skip: Names of folders.
        limit: Bytes of the largest file that is read.
        deep: Whether the folders in it are entered at all.
    """
    waiting = [folder]
    with workspace.folders() as opened:
        while waiting:
            path = waiting.pop()
            try:
                place = opened(path)
                entries = _list_entries(place)
            except (OSError, ActionError):  # it is not there, or leads out of the workspace
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
    """Those that are entered, the last one first, since it is taken from the end."""
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
