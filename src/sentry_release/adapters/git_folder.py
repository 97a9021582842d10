"""Read files of .git in the workspace, without running git."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath

_MAX_BYTES = 16 * 1024 * 1024  # of a file
_MAX_FILES = 20_000  # files below refs/remotes


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFolder:
    """
    The files of one checkout, below `root`.

    `own` contains the files of one worktree, such as HEAD; `common` those that all worktrees
    share. They are the same folder in a plain clone.
    """

    root: Path
    own: Path
    common: Path

    def read(self, name: str) -> str | None:
        """Return the text of a file; None if it is missing or unreadable."""
        text = _read(self.root, self.own / name)
        return _read(self.root, self.common / name) if text is None else text

    def read_all(self, folder: str) -> Iterator[str]:
        """Return the texts of all files below a folder that the worktrees share."""
        try:
            for path in islice((self.common / folder).rglob("*"), _MAX_FILES):
                text = _read(self.root, path)
                if text is not None:
                    yield text
        except OSError:  # a folder that cannot be listed counts as empty
            return


def find_git_folder(
    root: Path, folder: PurePosixPath, *, aliases: Sequence[PurePath] = ()
) -> GitFolder | None:
    """
    Return the `.git` of the nearest checkout around a folder, or None.

    In a worktree or submodule `.git` is a file that names the folder. If that folder is outside
    the workspace, all reads from the result return None.

    Args:
        root: The workspace; the search ends there.
        folder: Relative to the workspace.
        aliases: Absolute paths of the workspace in other file systems, such as on the host of
            a container.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    top = root.resolve()
    start = (top / folder).resolve()
    if not start.is_relative_to(top):
        return None
    for place in (start, *start.parents):
        git = place / ".git"
        if git.is_dir():
            return GitFolder(root=top, own=git, common=git)
        if git.is_file():
            return _read_git_file(top, git, aliases)
        if place == top:
            break
    return None


def _read_git_file(root: Path, git: Path, aliases: Sequence[PurePath]) -> GitFolder:
    text = (_read(root, git) or "").strip()
    own = _map_path(root, git.parent, text.removeprefix("gitdir:").strip(), aliases)
    shared = (_read(root, own / "commondir") or "").strip()
    common = _map_path(root, own, shared, aliases) if shared else own
    return GitFolder(root=root, own=own, common=common)


def _map_path(root: Path, base: Path, text: str, aliases: Sequence[PurePath]) -> Path:
    """Return a path as a path of this file system."""
    for alias in aliases:
        if PurePath(text).is_relative_to(alias):
            return root / PurePath(text).relative_to(alias)
    return base / text


def _read(root: Path, path: Path) -> str | None:
    try:
        place = path.resolve()
        if not place.is_relative_to(root) or not stat.S_ISREG(place.stat().st_mode):
            return None
        with place.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        return content.decode() if len(content) <= _MAX_BYTES else None
    except (OSError, RuntimeError, ValueError):  # missing, outside or unreadable
        return None
