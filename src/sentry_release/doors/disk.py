"""The door to the workspace: files are read and written inside it, and nowhere else."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sentry_release.doors.inside import inside
from sentry_release.words.errors import ActionError, ProjectError, WorkflowError

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
_IGNORE_ALL = "# Written anew by each build.\n*\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """
    The workspace under `root`; every path is relative to it and may not lead out of it.

    `drafts` are read in place of the files that are there: how these would be, before they are.
    """

    root: Path
    drafts: Mapping[PurePosixPath, bytes] = field(default_factory=dict, compare=False, repr=False)

    def read(self, path: PurePosixPath, *, limit: int) -> str | None:
        """
        The text of a file; None when there is none.

        Raises:
            ProjectError: It is larger than `limit` bytes, no regular file, or no UTF-8.
            WorkflowError: It lies outside the workspace.
        """
        content = self.content(path, limit=limit)
        if content is None:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _unreadable(path, f"byte {error.start + 1} is not UTF-8") from error

    def content(self, path: PurePosixPath, *, limit: int) -> bytes | None:
        """
        The bytes of a file; None when there is none.

        Raises:
            ProjectError: It is larger than `limit` bytes, or no regular file.
            WorkflowError: It lies outside the workspace.
        """
        place = inside(self.root, path)
        if path in self.drafts:
            return self.drafts[path]
        try:
            if not stat.S_ISREG(place.stat().st_mode):  # opening a pipe would wait for its writer
                raise IsADirectoryError
            with place.open("rb") as file:
                content = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unreadable(path, error.strerror or "it is no regular file") from error
        if len(content) > limit:
            raise _unreadable(path, f"it is larger than {limit} bytes")
        return content

    def place(self, path: PurePosixPath) -> Path:
        """Where a path really lies. Raises WorkflowError when that is outside the workspace."""
        return inside(self.root, path)

    def is_folder(self, path: PurePosixPath) -> bool:
        """Whether there is such a folder. Raises WorkflowError when it lies outside."""
        return os.path.isdir(inside(self.root, path))  # noqa: PTH112 - where one may not look is none

    def files(
        self, name: str, *, below: PurePosixPath, skip: Collection[str]
    ) -> Iterator[PurePosixPath]:
        """Files of this name below a folder; links and folders named in `skip` are not entered."""
        root = self.root.resolve()
        for folder, folders, names in os.walk(inside(self.root, below)):
            folders[:] = sorted(one for one in folders if one not in skip)
            if name in names:
                yield PurePosixPath(Path(folder).relative_to(root).as_posix()) / name

    def matching(self, pattern: str, *, below: PurePosixPath) -> list[PurePosixPath]:
        """Files that a glob finds below a folder, the newest first."""
        root, folder = self.root.resolve(), inside(self.root, below)
        found = [place for place in folder.glob(pattern) if place.is_file()]
        found.sort(key=lambda place: place.stat().st_mtime, reverse=True)
        return [PurePosixPath(place.relative_to(root).as_posix()) for place in found]

    def write(self, path: PurePosixPath, text: str) -> None:
        """
        Put a file where it is wanted, whole or not at all, readable for everyone.

        Its folder is made when it is missing, and then ignores itself in git. File and folder
        get the owner of the workspace: the container runs as root, later steps do not.

        Raises:
            WorkflowError: It lies outside the workspace, or something else is in its place.
        """
        place = inside(self.root, path)
        with _told(path):
            if not place.parent.is_dir():
                self._make_folder(place.parent)
            if place.is_symlink() or (place.exists() and not place.is_file()):
                raise FileExistsError
            self._put(place, text.encode())

    def replace(self, path: PurePosixPath, content: bytes, *, seen: bytes) -> bool:
        """
        Put other bytes into a file, whole or not at all; its rights stay as they are.

        Nothing is done, and False given, where it no longer holds the bytes that were seen.

        Raises:
            WorkflowError: It lies outside the workspace, is a link, or cannot be written.
        """
        place = inside(self.root, path)
        with _told(path):
            if place.is_symlink():
                raise FileExistsError
            if place.read_bytes() != seen:
                return False
            self._put(place, content, stat.S_IMODE(place.stat().st_mode))
        return True

    def _make_folder(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir()
            one.chmod(_FOLDER_MODE)
            self._give_to_owner(one)
        self._put(folder / ".gitignore", _IGNORE_ALL.encode())

    def _put(self, place: Path, content: bytes, mode: int = _FILE_MODE) -> None:
        # A new file that then takes the place of the old one: nobody reads half of it, and a
        # file that belongs to another user is replaced rather than written through.
        draft = place.with_name(f".{place.name}.{os.urandom(4).hex()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        try:
            with os.fdopen(os.open(draft, flags, _FILE_MODE), "wb") as file:
                file.write(content)
            draft.chmod(mode)
            self._give_to_owner(draft)
            draft.replace(place)
        except BaseException:  # a cancelled job leaves nothing lying about either
            with suppress(OSError):
                draft.unlink()
            raise

    def _give_to_owner(self, place: Path) -> None:
        owner = self.root.stat()
        if hasattr(os, "chown") and hasattr(os, "geteuid") and os.geteuid() == 0:
            with suppress(OSError):  # a network file system may refuse it; all may read it anyway
                os.chown(place, owner.st_uid, owner.st_gid)


@contextmanager
def _told(path: PurePosixPath) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorkflowError(
            f"{str(path)!r} cannot be written.",
            why=f"The system says: {error.strerror or 'something else is in its place'}.",
            mend="Give another path, or remove what is there.",
        ) from error


def _unreadable(path: PurePosixPath, cause: str) -> ActionError:
    return ProjectError(
        f"{str(path)!r} cannot be read: {cause}.",
        why="It is needed to name the release or to tell of it.",
        mend="Put the right file in its place, and save text as UTF-8.",
    )
