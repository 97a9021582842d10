"""The door to many files at once: a walk that follows no link and survives whatever it meets."""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doors.disk import Disk
from sentry_release.words.errors import ActionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file below a folder; its content is None where it is too large or cannot be read."""

    path: str
    content: bytes | None


def contents_below(
    disk: Disk,
    folder: PurePosixPath,
    *,
    ends: tuple[str, ...],
    skip: Collection[str],
    limit: int,
    deep: bool = True,
) -> Iterator[Seen]:
    """
    Every file whose name ends so, with its bytes, in an order that is always the same.

    No link is followed, so that none can lead out of the workspace or round in a circle. Folders
    named in `skip`, hidden ones and those that cannot be listed are not entered; what has a name
    that is no UTF-8 is left out, since it could not even be told of.

    Args:
        disk: The workspace.
        folder: Where to begin, from the workspace; there may be none, or one that leads out of it.
        ends: Suffixes of file names.
        skip: Names of folders.
        limit: Bytes of the largest file that is read.
        deep: Whether the folders in it are entered at all.
    """
    start = _start(disk, folder)
    waiting = [] if start is None else [start]
    while waiting:
        place, path = waiting.pop()
        entries = _listed(place)
        for entry in entries:
            if entry.name.endswith(ends) and entry.is_file(follow_symlinks=False):
                yield Seen(path=path + entry.name, content=_content(disk, path, entry, limit))
        if deep:
            waiting += _folders(entries, path, skip)


def _start(disk: Disk, folder: PurePosixPath) -> tuple[str, str] | None:
    """Where the folder lies, and what paths below it begin with; None where there is none."""
    try:
        place = str(disk.place(folder))
    except ActionError:  # it leads out of the workspace
        return None
    if not os.path.isdir(place):  # noqa: PTH112 - where one may not look is none
        return None
    return place, "" if folder == PurePosixPath() else f"{folder}/"


def _folders(
    entries: Sequence["os.DirEntry[str]"], path: str, skip: Collection[str]
) -> list[tuple[str, str]]:
    """Those that are entered, the last one first, since it is taken from the end."""
    return [
        (entry.path, f"{path}{entry.name}/")
        for entry in reversed(entries)
        if entry.is_dir(follow_symlinks=False)
        and entry.name not in skip
        and not entry.name.startswith(".")
    ]


def _listed(place: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(place) as found:
            return sorted((one for one in found if _is_unicode(one.name)), key=lambda one: one.name)
    except OSError:
        return []


def _content(disk: Disk, path: str, entry: "os.DirEntry[str]", limit: int) -> bytes | None:
    draft = disk.drafts.get(PurePosixPath(path + entry.name)) if disk.drafts else None
    if draft is not None:
        return draft
    try:
        if entry.stat(follow_symlinks=False).st_size > limit:
            return None
        with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of files
            return file.read()
    except OSError:
        return None


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
