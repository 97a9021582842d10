"""Open folders, whose entries are read and written relative to the handle of the folder."""

import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sentry_release.adapters.workspace_paths import build_foreign_file_error, refuse_git_folder

HAS_HANDLES = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether the system opens files relative to a folder; on Windows whole paths are used."""
_OWN_LIMIT = 1024 * 1024  # bytes that are read to recognize a file of this action
_MAX_LINKS = 40  # the limit of Linux
_NOT_ENTERED = {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}  # it is a link instead of a folder
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_FOLLOW
_FILE = (
    os.O_RDONLY
    | _NO_FOLLOW
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would block
    | getattr(os, "O_BINARY", 0)
)
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)


class OutsideError(Exception):
    """The path leads out of the folder that it is relative to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """
    An open folder: its handle, or on systems without handles its path.

    Names are names of entries, without a separator. No method follows a link. All raise OSError.
    """

    handle: int | None
    path: Path

    def stat(self, name: str) -> os.stat_result:
        """Return the status of an entry; of a link its own."""
        return os.stat(self._open_at(name), dir_fd=self.handle, follow_symlinks=False)

    def read(self, name: str, limit: int) -> bytes:
        """
        Return at most `limit` bytes of a regular file.

        The type is checked after opening, because the entry may be replaced before.
        """
        with os.fdopen(os.open(self._open_at(name), _FILE, dir_fd=self.handle), "rb", 0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise IsADirectoryError(errno.EISDIR, "it is not a regular file")
            parts: list[bytes] = []
            while limit > 0 and (part := file.read(limit)):
                parts.append(part)
                limit -= len(part)
            return b"".join(parts)

    def open_new(self, name: str, mode: int) -> int:
        """Create a file that does not exist yet, and return its handle."""
        return os.open(self._open_at(name), _NEW_FILE, mode, dir_fd=self.handle)

    @contextmanager
    def open_folder(self, name: str) -> Iterator[int]:
        """Open a subfolder, and yield its handle."""
        handle = os.open(self._open_at(name), _FOLDER, dir_fd=self.handle)
        try:
            yield handle
        finally:
            os.close(handle)

    def rename(self, name: str, other: str) -> None:
        """Replace the entry `other` by the entry `name`."""
        os.replace(
            self._open_at(name),
            self._open_at(other),
            src_dir_fd=self.handle,
            dst_dir_fd=self.handle,
        )

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self._open_at(name), dir_fd=self.handle)

    def entries(self) -> list["os.DirEntry[str]"]:
        """Return all entries of the folder."""
        with os.scandir(self.path if self.handle is None else self.handle) as found:
            return list(found)

    def _open_at(self, name: str) -> str:
        return name if self.handle is not None else str(self.path / name)


@dataclass(slots=True)
class FolderChain:
    """Opens one folder after another; a child of the last folder is opened relative to it."""

    root: Path
    _path: PurePosixPath | None = None
    _folder: Directory | None = None

    def open(self, path: PurePosixPath) -> Directory:
        """
        Open a folder below the root; it stays open until the next call of `open` or `close`.

        Raises:
            OutsideError: The path leads out of the root, or its links form a cycle.
            OSError: The folder does not exist.
            ValueError: The system cannot represent the path.
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
    Open the parent folder of a path; yield it and the name of the entry, or "" for the root.

    Args:
        root: The base of the path; it may itself be a link.
        path: Relative to the root; links to folders are followed if they stay below the root.
        follow: Whether the last part is followed as well if it is a link.
        make: Creates a missing folder of this name; without it, a missing folder is an error.

    Raises:
        WorkflowError: With `make`, the path leads into `.git`.
        OutsideError: The path leads out of the root, or its links form a cycle.
        OSError: A folder does not exist.
        ValueError: The system cannot represent the path.
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
    """Open every folder of a path relative to its parent, and return the last name."""
    if path.is_absolute():
        raise OutsideError
    handles.append(os.open(root, _FOLDER & ~_NO_FOLLOW))
    rest, links = deque(path.parts), 0
    while rest:
        part = rest.popleft()
        if make is not None:
            refuse_git_folder(path, part)
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
            rest.extendleft(reversed(_split_path(target, root, handles)))
    return ""


def _leave(handles: list[int]) -> None:
    if len(handles) == 1:
        raise OutsideError
    os.close(handles.pop())


def _enter(
    part: str, handles: list[int], make: Callable[[Directory, str], None] | None
) -> str | None:
    """Open a folder, or return the target if it is a link."""
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
    """Return the target of a link; None if it is not a link, or not to be followed."""
    if not follow:
        return None
    try:
        return os.readlink(part, dir_fd=handle)
    except OSError:  # not a link, or it does not exist
        return None


def _split_path(target: str, root: Path, handles: list[int]) -> tuple[str, ...]:
    """Return the parts of a link's target, relative to the folder opened last."""
    path = PurePosixPath(target)
    if not path.is_absolute():
        return path.parts
    for top in (os.path.realpath(root), os.path.abspath(root)):  # noqa: PTH100 - links must not be resolved
        if path.is_relative_to(top):
            while len(handles) > 1:
                os.close(handles.pop())
            return path.relative_to(top).parts
    raise OutsideError


def check_replaceable(
    folder: Directory,
    name: str,
    path: PurePosixPath,
    is_own_content: Callable[[bytes], bool] | None,
) -> None:
    """
    Raise an error if an existing entry must not be replaced.

    Args:
        folder: The folder of the entry.
        name: The name of the entry; empty for the folder itself.
        path: The path, for the error.
        is_own_content: Returns whether a content is of this action; None if any may be replaced.

    Raises:
        WorkflowError: The content is another one.
        OSError: The entry is no regular file, or cannot be read.
    """
    if not name:
        raise FileExistsError
    try:
        mode = folder.stat(name).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise FileExistsError
    if is_own_content and not is_own_content(folder.read(name, _OWN_LIMIT)):
        raise build_foreign_file_error(path, "The file exists, and this action did not write it")
