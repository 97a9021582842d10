"""Folders that are open: what lies in one is read and written relative to its handle."""

import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HAS_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether the system opens relative to a folder; Windows does not, and is asked by whole paths."""
_MAX_LINKS = 40  # as Linux follows at most
_NOT_ENTERED = {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}  # a link is in the place of a folder
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_FOLLOW
_FILE = (
    os.O_RDONLY
    | _NO_FOLLOW
    | getattr(os, "O_NONBLOCK", 0)  # a pipe would be waited for
    | getattr(os, "O_BINARY", 0)
)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)


class OutsideError(Exception):
    """The path leads out of the folder that it is relative to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """
    A folder that is open, by its handle, or where there are none by its path.

    Names are those of entries, without a separator. No method follows a link. All raise OSError.
    """

    handle: int | None
    path: Path

    def stat(self, name: str) -> os.stat_result:
        """What lies under this name; a link is itself."""
        return os.stat(self._at(name), dir_fd=self.handle, follow_symlinks=False)

    def read(self, name: str, limit: int) -> bytes:
        """
        At most `limit` bytes of a regular file.

        It is judged when it is open: what lay there before may have been exchanged since.
        """
        with os.fdopen(os.open(self._at(name), _FILE, dir_fd=self.handle), "rb", 0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise IsADirectoryError(errno.EISDIR, "it is no regular file")
            parts: list[bytes] = []
            while limit > 0 and (part := file.read(limit)):
                parts.append(part)
                limit -= len(part)
            return b"".join(parts)

    def open_new(self, name: str, mode: int) -> int:
        """The handle of a file that was not there before."""
        return os.open(self._at(name), _NEW_FILE, mode, dir_fd=self.handle)

    @contextmanager
    def open_folder(self, name: str) -> Iterator[int]:
        """The handle of a folder in it."""
        handle = os.open(self._at(name), _FOLDER, dir_fd=self.handle)
        try:
            yield handle
        finally:
            os.close(handle)

    def rename(self, name: str, other: str) -> None:
        """Put a file in the place of another one."""
        os.replace(self._at(name), self._at(other), src_dir_fd=self.handle, dst_dir_fd=self.handle)

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self._at(name), dir_fd=self.handle)

    def entries(self) -> list["os.DirEntry[str]"]:
        """All that lies in it."""
        with os.scandir(self.path if self.handle is None else self.handle) as found:
            return list(found)

    def _at(self, name: str) -> str:
        return name if self.handle is not None else str(self.path / name)


@dataclass(slots=True)
class FolderChain:
    """Opens one folder after the other; one that lies in the last one is opened from there."""

    root: Path
    _path: PurePosixPath | None = None
    _folder: Directory | None = None

    def open(self, path: PurePosixPath) -> Directory:
        """
        A folder below the root; it stays open until the next one is, or `close` is called.

        Raises:
            OutsideError: The path leads out of the root, or in a circle.
            OSError: There is no such folder.
            ValueError: It is no path for the system at all.
        """
        handles: list[int] = []
        try:
            if self._folder and self._folder.handle is not None and path.parent == self._path:
                handles = [os.open(path.name, _FOLDER, dir_fd=self._folder.handle)]
            else:
                _walk(self.root, path / "any", handles, follow=False, make=None)
            folder = Directory(handle=handles.pop(), path=self.root / path)
        finally:
            for handle in handles:
                os.close(handle)
        self.close()
        self._path, self._folder = path, folder
        return folder

    def close(self) -> None:
        """Close the folder that is open."""
        if self._folder and self._folder.handle is not None:
            os.close(self._folder.handle)
        self._folder = None


@contextmanager
def open_parent(
    root: Path,
    path: PurePosixPath,
    *,
    follow: bool = False,
    make: Callable[[Directory, str], None] | None = None,
) -> Iterator[tuple[Directory, str]]:
    """
    The folder that a path lies in, and its name there; empty where the path has no last part.

    Args:
        root: Where the path begins; it may itself be a link.
        path: Relative to the root; links on its way are followed as long as they stay below it.
        follow: Whether a link that is its last part is followed as well.
        make: Makes a missing folder of this name; without it, a missing folder is an error.

    Raises:
        OutsideError: The path leads out of the root, or in a circle.
        OSError: There is no such folder.
        ValueError: It is no path for the system at all.
    """
    handles: list[int] = []
    try:
        name = _walk(root, path, handles, follow=follow, make=make)
        yield Directory(handle=handles[-1], path=root / path.parent), name
    finally:
        for handle in handles:
            os.close(handle)


def _walk(
    root: Path,
    path: PurePosixPath,
    handles: list[int],
    *,
    follow: bool,
    make: Callable[[Directory, str], None] | None,
) -> str:
    """Open every folder of a path, each relative to the one before; gives the last name."""
    if path.is_absolute():
        raise OutsideError
    handles.append(os.open(root, _FOLDER & ~_NO_FOLLOW))
    rest, links = deque(path.parts), 0
    while rest:
        part = rest.popleft()
        if part == "..":
            _leave(handles)
            continue
        target = _enter(part, handles, make) if rest else _link(part, handles[-1], follow=follow)
        if target is None and not rest:
            return part
        if target is not None:
            links += 1
            if links > _MAX_LINKS:
                raise OutsideError
            rest.extendleft(reversed(_parts_of(target, root, handles)))
    return ""


def _leave(handles: list[int]) -> None:
    if len(handles) == 1:
        raise OutsideError
    os.close(handles.pop())


def _enter(
    part: str, handles: list[int], make: Callable[[Directory, str], None] | None
) -> str | None:
    """Open a folder, or give the target of the link that lies in its place."""
    try:
        handles.append(os.open(part, _FOLDER, dir_fd=handles[-1]))
    except FileNotFoundError:
        if make is None:
            raise
        make(Directory(handle=handles[-1], path=Path()), part)
        handles.append(os.open(part, _FOLDER, dir_fd=handles[-1]))
    except OSError as error:
        target = _link(part, handles[-1], follow=True) if error.errno in _NOT_ENTERED else None
        if target is None:
            raise
        return target
    return None


def _link(part: str, handle: int, *, follow: bool) -> str | None:
    """The target of a link; None where it is none, or none that is to be followed."""
    if not follow:
        return None
    try:
        return os.readlink(part, dir_fd=handle)
    except OSError:  # no link, or nothing at all
        return None


def _parts_of(target: str, root: Path, handles: list[int]) -> tuple[str, ...]:
    """The parts of a link's target, from the folder that is open last."""
    path = PurePosixPath(target)
    if not path.is_absolute():
        return path.parts
    for top in (os.path.realpath(root), os.path.abspath(root)):  # noqa: PTH100 - no link is followed
        if path.is_relative_to(top):
            while len(handles) > 1:
                os.close(handles.pop())
            return path.relative_to(top).parts
    raise OutsideError
