"""The door to the workspace: files are read and written inside it, and nowhere else."""

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
    open_parent,
)
from sentry_release.adapters.safe_paths import outside, resolve_inside
from sentry_release.adapters.workspace_errors import (
    not_ours_error,
    translate_write_errors,
    unreadable_error,
)
from sentry_release.errors import ActionError

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
_OWN_LIMIT = 1024 * 1024  # bytes of a file that may be ours
_IGNORE_ALL = "# Rewritten by each build.\n*\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """
    The workspace under `root`; every path is relative to it and may not lead out of it.

    `overrides` are read in place of the files that are there: how these would be, before they are.
    """

    root: Path
    overrides: Mapping[PurePosixPath, bytes] = field(
        default_factory=dict, compare=False, repr=False
    )

    def read_text(self, path: PurePosixPath, *, limit: int) -> str | None:
        """
        The text of a file; None when there is none.

        Raises:
            ProjectError: It is larger than `limit` bytes, no regular file, or no UTF-8.
            WorkflowError: It lies outside the workspace.
        """
        content = self.read_bytes(path, limit=limit)
        if content is None:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise unreadable_error(path, f"byte {error.start + 1} is not UTF-8") from error

    def read_bytes(self, path: PurePosixPath, *, limit: int) -> bytes | None:
        """
        The bytes of a file; None when there is none.

        Raises:
            ProjectError: It is larger than `limit` bytes, or no regular file.
            WorkflowError: It lies outside the workspace.
        """
        if path in self.overrides:
            resolve_inside(self.root, path)
            return self.overrides[path]
        try:
            with self._parent(path, follow=True) as (folder, name):
                if not (name and stat.S_ISREG(folder.stat(name).st_mode)):
                    raise IsADirectoryError
                content = folder.read(name, limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable_error(path, error.strerror or "it is no regular file") from error
        if len(content) > limit:
            raise unreadable_error(path, f"it is larger than {limit} bytes")
        return content

    def resolve(self, path: PurePosixPath) -> Path:
        """Where a path really lies. Raises WorkflowError when that is outside the workspace."""
        return resolve_inside(self.root, path)

    def is_folder(self, path: PurePosixPath) -> bool:
        """Whether there is such a folder. Raises WorkflowError when it lies outside."""
        try:
            with self._parent(path, follow=True) as (folder, name):
                return not name or stat.S_ISDIR(folder.stat(name).st_mode)
        except OSError:  # where one may not look is none
            return False

    def find_files(
        self, name: str, *, below: PurePosixPath, skip: Collection[str]
    ) -> Iterator[PurePosixPath]:
        """Files of this name below a folder; links and folders named in `skip` are not entered."""
        resolve_inside(self.root, below)
        waiting = [below]
        with self.folders() as opened:
            while waiting:
                path = waiting.pop()
                try:
                    found = opened(path).entries()
                except (OSError, ActionError):  # it may not be listed, or is gone
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
        Opens folders of the workspace; each is open until the next one is.

        What is given raises OSError where there is no such folder, and WorkflowError where it
        lies outside the workspace.
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
        """Files that a glob finds below a folder, the newest first."""
        root, folder = self.root.resolve(), resolve_inside(self.root, below)
        found = [place for place in folder.glob(pattern) if place.is_file()]
        found.sort(key=lambda place: place.stat().st_mtime, reverse=True)
        return [PurePosixPath(place.relative_to(root).as_posix()) for place in found]

    def write(
        self,
        path: PurePosixPath,
        text: str,
        *,
        uses_our_action: Callable[[bytes], bool] | None = None,
    ) -> None:
        """
        Put a file where it is wanted, whole or not at all, readable for everyone.

        Its folder is made when it is missing, and then ignores itself in git. File and folder
        get the owner of the workspace: the container runs as root, later steps do not.

        Args:
            path: Where, from the workspace.
            text: What is to be in it.
            uses_our_action: Whether the content of a file that is there was written by this program;
                without it, any file is replaced.

        Raises:
            WorkflowError: It lies outside the workspace or in `.git`, or something else is in
                its place.
        """
        if ".git" in (part.lower() for part in path.parts):
            raise not_ours_error(path, "It lies in `.git`, where only git writes")
        with translate_write_errors(path):
            if HAS_HANDLES and not self.root.exists():
                self.root.mkdir(parents=True)
            made: list[str] = []
            with self._parent(path, made=made) as (folder, name):
                _check_replaceable(folder, name, path, uses_our_action)
                if made and made[-1] == path.parent.name:
                    self._write_atomically(folder, ".gitignore", _IGNORE_ALL.encode())
                self._write_atomically(folder, name, text.encode())

    def is_editable(self, path: PurePosixPath) -> bool:
        """Whether it is a regular file that is neither a link nor read-only."""
        try:
            with self._parent(path) as (folder, name):
                return bool(name) and _is_editable(folder.stat(name).st_mode)
        except (OSError, ActionError):
            return False

    def replace(self, path: PurePosixPath, content: bytes, *, observed: bytes) -> bool:
        """
        Put other bytes into a file, whole or not at all; its rights stay as they are.

        Nothing is done, and False given, where it no longer holds the bytes that were seen.

        Raises:
            WorkflowError: It lies outside the workspace, is a link, or cannot be written.
        """
        with translate_write_errors(path), self._parent(path) as (folder, name):
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
    def _parent(
        self, path: PurePosixPath, *, follow: bool = False, made: list[str] | None = None
    ) -> Iterator[tuple[Directory, str]]:
        """
        The folder of a path, open, and its name there; with `made` missing folders are made.

        Raises:
            WorkflowError: It lies outside the workspace.
        """
        if not HAS_HANDLES:
            place = resolve_inside(self.root, path)
            place = place.resolve() if follow else place
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
        """On Windows, whose files have no owner that a job would care about."""
        for one in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            one.mkdir()
            made.append(one.name)

    def _write_atomically(
        self, folder: Directory, name: str, content: bytes, mode: int = _FILE_MODE
    ) -> None:
        # A new file that then takes the place of the old one: nobody reads half of it, and a
        # file that belongs to another user is replaced rather than written through.
        draft = f".{name}.{os.urandom(4).hex()}"
        try:
            with os.fdopen(folder.open_new(draft, _FILE_MODE), "wb") as file:
                file.write(content)
                file.flush()
                if hasattr(os, "fchmod"):
                    os.fchmod(file.fileno(), mode)
                    self._give_to_owner(file.fileno())
            folder.rename(draft, name)
        except BaseException:  # a cancelled job leaves nothing lying about either
            with suppress(OSError):
                folder.remove(draft)
            raise

    def _give_to_owner(self, handle: int) -> None:
        owner = self.root.stat()
        if hasattr(os, "fchown") and hasattr(os, "geteuid") and os.geteuid() == 0:
            with suppress(OSError):  # a network file system may refuse it; all may read it anyway
                os.fchown(handle, owner.st_uid, owner.st_gid)


def _is_editable(mode: int) -> bool:
    """Judged by its rights, since to root every file looks writable."""
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def _check_replaceable(
    folder: Directory,
    name: str,
    path: PurePosixPath,
    uses_our_action: Callable[[bytes], bool] | None,
) -> None:
    """Raise where something is in the place of a file that is not to be replaced."""
    if not name:
        raise FileExistsError
    try:
        mode = folder.stat(name).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise FileExistsError
    if uses_our_action and not uses_our_action(folder.read(name, _OWN_LIMIT)):
        raise not_ours_error(path, "The file exists, and this action has not written it")
