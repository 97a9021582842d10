"""Find files of a build without following links, and read them in parts."""

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MAX_FILES = 200_000  # of one search


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
        """Return bytes from an offset; raises OSError if the file is gone or is now a link."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.place, flags), "rb", buffering=0) as file:
            file.seek(offset)
            return _read_all(file.fileno(), length)


def has_build_output(folder: Path) -> bool:
    """Return whether the folder of an app has one of the folders into which Flutter builds."""
    return any((folder / name).is_dir() for name in ("build", "ios/build"))


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
            elif (found := _regular_file(entry, path)) is not None:
                yield found
                count += 1
                if count >= MAX_FILES:
                    return
        waiting += reversed(folders)


def _list(place: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(place) as entries:
            return sorted((one for one in entries if _is_text(one.name)), key=lambda one: one.name)
    except OSError:
        return []


def _regular_file(entry: "os.DirEntry[str]", path: PurePosixPath) -> BuildFile | None:
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


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_all(descriptor: int, length: int) -> bytes:
    """Read up to `length` bytes; a single read may return fewer."""
    pieces = []
    while length > 0 and (piece := os.read(descriptor, length)):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
