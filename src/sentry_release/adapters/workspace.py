"""Read and write files of the workspace, and never outside of it."""

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sentry_release.adapters.directory import (
    HAS_HANDLES,
    Directory,
    FolderChain,
    OutsideError,
    check_replaceable,
    open_parent,
)
from sentry_release.adapters.workspace_paths import (
    build_unreadable_error,
    outside,
    refuse_git_folder,
    resolve_inside,
    translate_write_errors,
)
from sentry_release.errors import ActionError

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
_IGNORE_ALL = "# Rewritten by each build.\n*\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """
    The workspace at `root`; every path is relative to it and must not lead out of it.

    `overrides` are contents that are read instead of the files, to check changes before writing.
    """

    root: Path
    overrides: Mapping[PurePosixPath, bytes] = field(default_factory=dict, repr=False)

    def read_text(self, path: PurePosixPath, *, limit: int) -> str | None:
        """
        Return the text of a file, or None if it does not exist.

        Raises:
            ProjectError: It is larger than `limit` bytes, not a regular file, or not UTF-8.
            WorkflowError: It is outside the workspace.
        """
        content = self.read_bytes(path, limit=limit)
        if content is None:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise build_unreadable_error(path, f"byte {error.start + 1} is not UTF-8") from error

    def read_bytes(self, path: PurePosixPath, *, limit: int) -> bytes | None:
        """
        Return the bytes of a file, or None if it does not exist.

        Raises:
            ProjectError: It is larger than `limit` bytes, or not a regular file.
            WorkflowError: It is outside the workspace.
        """
        if path in self.overrides:
            resolve_inside(self.root, path)
            return self.overrides[path]
        try:
            with self._open_parent(path, follow=True) as (folder, name):
                if not (name and stat.S_ISREG(folder.stat(name).st_mode)):
                    raise IsADirectoryError
                content = folder.read(name, limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            reason = error.strerror or "it is not a regular file"
            raise build_unreadable_error(path, reason) from error
        if len(content) > limit:
            raise build_unreadable_error(path, f"it is larger than {limit} bytes")
        return content

    def resolve(self, path: PurePosixPath) -> Path:
        """Return the real path. Raises WorkflowError if it is outside the workspace."""
        return resolve_inside(self.root, path)

    def is_folder(self, path: PurePosixPath) -> bool:
        """Return whether the folder exists. Raises WorkflowError if it is outside the workspace."""
        try:
            with self._open_parent(path, follow=True) as (folder, name):
                return not name or stat.S_ISDIR(folder.stat(name).st_mode)
        except OSError:  # a folder without access counts as missing
            return False

    def find_files(
        self, name: str, *, below: PurePosixPath, skip: Collection[str]
    ) -> Iterator[PurePosixPath]:
        """Yield files of this name below a folder; skips links and folders named in `skip`."""
        resolve_inside(self.root, below)
        waiting = [below]
        with self.folders() as opened:
            while waiting:
                path = waiting.pop()
                try:
                    found = opened(path).entries()
                except (OSError, ActionError):  # it cannot be listed, or is gone
                    continue
                entries = sorted((one.name, one.is_dir(follow_symlinks=False)) for one in found)
                if (name, False) in entries:
                    yield path / name
                waiting += [
                    path / one
                    for one, is_folder in reversed(entries)
                    if is_folder and one not in skip
                ]

    @contextmanager
    def folders(self) -> Iterator[Callable[[PurePosixPath], Directory]]:
        """
        Yield a function that opens a folder; it stays open until the next call.

        The function raises OSError if the folder does not exist, and WorkflowError if it is
        outside the workspace.
        """
        chain = FolderChain(self.root)

        def open_folder(path: PurePosixPath) -> Directory:
            if not HAS_HANDLES:
                return Directory(handle=None, path=resolve_inside(self.root, path / "any").parent)
            try:
                return chain.open(path)
            except (OutsideError, ValueError) as error:
                raise outside(path) from error

        try:
            yield open_folder
        finally:
            chain.close()

    def glob(self, pattern: str, *, below: PurePosixPath) -> list[PurePosixPath]:
        """Return the files that match a glob below a folder, newest first."""
        root, folder = self.root.resolve(), resolve_inside(self.root, below)
        found = [place for place in folder.glob(pattern) if place.is_file()]
        found.sort(key=lambda place: place.stat().st_mtime, reverse=True)
        return [PurePosixPath(place.relative_to(root).as_posix()) for place in found]

    def write(
        self,
        path: PurePosixPath,
        text: str,
        *,
        is_own_content: Callable[[bytes], bool] | None = None,
        is_ignored: bool = True,
    ) -> None:
        """
        Write a file atomically, readable by every user.

        A missing folder is created, by default with a .gitignore that ignores it. File and folder get the
        owner of the workspace: the container runs as root, later steps do not.

        Args:
            path: Relative to the workspace.
            text: The content.
            is_own_content: Returns whether an existing content was written by this program, so
                that it may be replaced; without it, any file is replaced.
            is_ignored: Whether git ignores a folder that is created.

        Raises:
            WorkflowError: It is outside the workspace or in `.git`, or an existing file or folder
                must not be replaced.
        """
        refuse_git_folder(path, *path.parts)  # before a folder is created
        with translate_write_errors(path):
            if HAS_HANDLES and not self.root.exists():
                self.root.mkdir(parents=True)
            made: list[str] = []
            with self._open_parent(path, made=made) as (folder, name):
                check_replaceable(folder, name, path, is_own_content)
                if is_ignored and made and made[-1] == path.parent.name:
                    self._write_atomically(folder, ".gitignore", _IGNORE_ALL.encode())
                self._write_atomically(folder, name, text.encode())

    def is_editable(self, path: PurePosixPath) -> bool:
        """Return whether it is a regular file that is neither a link nor read-only."""
        try:
            with self._open_parent(path) as (folder, name):
                return bool(name) and _is_editable(folder.stat(name).st_mode)
        except (OSError, ActionError):
            return False

    def replace(self, path: PurePosixPath, content: bytes, *, observed: bytes) -> bool:
        """
        Replace the content of a file atomically, and keep its permissions.

        If the file no longer has the content `observed`, change nothing and return False.

        Raises:
            WorkflowError: It is outside the workspace, is a link, or cannot be written.
        """
        with translate_write_errors(path), self._open_parent(path) as (folder, name):
            mode = folder.stat(name).st_mode if name else stat.S_IFDIR
            if not stat.S_ISREG(mode):
                raise FileExistsError
            if not _is_editable(mode):
                raise PermissionError(errno.EACCES, "it is read-only")
            if folder.read(name, len(observed) + 1) != observed:
                return False
            self._write_atomically(folder, name, content, stat.S_IMODE(mode))
        return True

    @contextmanager
    def _open_parent(
        self, path: PurePosixPath, *, follow: bool = False, made: list[str] | None = None
    ) -> Iterator[tuple[Directory, str]]:
        """
        Open the parent folder of a path; yield it and the name of the entry.

        With `made`, missing folders are created, and their names appended to it.

        Raises:
            WorkflowError: The path is outside the workspace; with `made`, also if it leads into `.git`.
        """
        if not HAS_HANDLES:
            place = resolve_inside(self.root, path)
            place = place.resolve() if follow else place
            if made is not None:
                refuse_git_folder(path, *place.relative_to(self.root.resolve()).parts)
            if made is not None and not place.parent.is_dir():
                self._make_folders(place.parent, made)
            yield Directory(handle=None, path=place.parent), place.name
            return

        def make(folder: Directory, name: str) -> None:
            os.mkdir(name, _FOLDER_MODE, dir_fd=folder.handle)
            with folder.open_folder(name) as handle:
                os.fchmod(handle, _FOLDER_MODE)
                self._give_to_owner(handle)
            (made if made is not None else []).append(name)

        maker = None if made is None else make
        try:
            with open_parent(self.root, path, follow=follow, make=maker) as found:
                yield found
        except (OutsideError, ValueError) as error:
            raise outside(path) from error

    def _make_folders(self, folder: Path, made: list[str]) -> None:
        """Create folders on Windows, where the owner needs no change."""
        for one in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            one.mkdir()
            made.append(one.name)

    def _write_atomically(
        self, folder: Directory, name: str, content: bytes, mode: int = _FILE_MODE
    ) -> None:
        # A new file replaces the old one: no process reads half of it, and a file of another
        # user is replaced instead of written to.
        draft = f".{name}.{os.urandom(4).hex()}"
        try:
            with os.fdopen(folder.open_new(draft, _FILE_MODE), "wb") as file:
                file.write(content)
                file.flush()
                if hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), mode)
                    self._give_to_owner(file.fileno())
            folder.rename(draft, name)
        except BaseException:  # a cancelled job must not leave the draft behind
            with suppress(OSError):
                folder.remove(draft)
            raise

    def _give_to_owner(self, handle: int) -> None:
        owner = self.root.stat()
        if hasattr(os, "fchown") and hasattr(os, "geteuid") and os.geteuid() == 0:
            with suppress(OSError):  # a network file system may refuse it; all may read the file
                os.fchown(handle, owner.st_uid, owner.st_gid)


def _is_editable(mode: int) -> bool:
    """Return whether a file is regular and writable by its permissions; root may write to all."""
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
