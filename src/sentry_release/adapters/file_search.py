"""Find and read the files below a folder of the workspace or of a build, without following links."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sentry_release.adapters.directory import Directory
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError

MAX_FILES = 200_000  # of one search
_READ_FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")  # a pipe in its place must not block


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
    """Return whether a name can be shown and sent; other bytes are decoded as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFile:
    """
    A regular file.

    `path` is relative to the searched folder, with `/`; `size` is in bytes; `modified` are
    seconds since 1970. Each read opens the file, so a `BuildFile` holds no descriptor.
    """

    path: str
    place: Path
    size: int
    modified: float

    def read_at(self, offset: int, length: int) -> bytes:
        """
        Return bytes from an offset; raises OSError if the file is gone or is now a link.

        There are none beyond its end, whatever offset a format names.
        """
        if offset >= self.size:
            return b""
        flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in _READ_FLAGS)
        with os.fdopen(os.open(self.place, flags), "rb", buffering=0) as file:
            file.seek(offset)
            return _read_all(file.fileno(), length)


def has_build_output(folder: Path) -> bool:
    """Return whether the folder of an app has what Flutter or fastlane builds."""
    if any((folder / name).is_dir() for name in ("build", "ios/build")):
        return True
    return any(_has_archive(place) for place in (folder, folder / "ios"))


def _has_archive(folder: Path) -> bool:
    try:
        return any(path.name.endswith((".ipa", ".dSYM.zip")) for path in folder.iterdir())
    except OSError:  # no folder, or not readable
        return False


def find_files(folder: Path, *, skip: Collection[str]) -> Iterator[BuildFile]:
    """
    Yield all regular files below a folder, in a stable order, at most MAX_FILES.

    Links are not followed, so the search stays in the folder and ends. Folders named in `skip`
    and folders that cannot be listed are skipped, as are names that are not valid UTF-8.
    """
    count = 0
    waiting = [(str(folder), PurePosixPath())]
    while waiting:
        place, path = waiting.pop()
        folders = []
        for entry in _list(place):
            if entry.is_dir(follow_symlinks=False):
                folders += [] if entry.name in skip else [(entry.path, path / entry.name)]
            elif (found := _open_regular_file(entry, path)) is not None:
                yield found
                count += 1
                if count >= MAX_FILES:
                    return
        waiting += reversed(folders)


def _list(place: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(place) as entries:
            return sorted(
                (one for one in entries if _is_unicode_path(one.name)), key=lambda one: one.name
            )
    except OSError:
        return []


def _open_regular_file(entry: "os.DirEntry[str]", path: PurePosixPath) -> BuildFile | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return BuildFile(
        path=str(path / entry.name),
        place=Path(entry.path),
        size=found.st_size,
        modified=found.st_mtime,
    )


def _read_all(descriptor: int, length: int) -> bytes:
    """Read up to `length` bytes; a single read may return fewer."""
    pieces = []
    while length > 0 and (piece := os.read(descriptor, length)):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
