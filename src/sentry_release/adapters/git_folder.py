"""Reads the files of .git around a folder of the workspace; runs no git, and never leaves it."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath

_LIMIT = 16 * 1024 * 1024  # bytes of a file
_MOST = 20_000  # files below refs/remotes


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFolder:
    """
    The files of one checkout, below `root`.

    `own` holds what a worktree has for itself, such as HEAD; `common` what all share. They are
    the same for a plain clone.
    """

    root: Path
    own: Path
    common: Path

    def read(self, name: str) -> str | None:
        """Return the text of a file; None if there is none that can be read."""
        text = _read(self.root, self.own / name)
        return _read(self.root, self.common / name) if text is None else text

    def read_all(self, folder: str) -> Iterator[str]:
        """Return the texts of all files below a folder that the worktrees share."""
        try:
            for path in islice((self.common / folder).rglob("*"), _MOST):
                text = _read(self.root, path)
                if text is not None:
                    yield text
        except OSError:  # a folder that cannot be listed says nothing
            return


def find_git_folder(
    root: Path, folder: PurePosixPath, *, aliases: Sequence[PurePath] = ()
) -> GitFolder | None:
    """
    Return the `.git` of the nearest checkout around a folder, or None.

    That of a worktree or submodule is a file which names the real folder. If it lies outside the
    workspace, nothing can be read from what is returned.

    Args:
        root: The workspace; no folder above it is looked at.
        folder: Relative to the workspace.
        aliases: Absolute paths that the workspace has elsewhere, such as on the host of a
            container.

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
            return _behind_file(top, git, aliases)
        if place == top:
            break
    return None


def _behind_file(root: Path, git: Path, aliases: Sequence[PurePath]) -> GitFolder:
    text = (_read(root, git) or "").strip()
    own = _mapped(root, git.parent, text.removeprefix("gitdir:").strip(), aliases)
    shared = (_read(root, own / "commondir") or "").strip()
    common = _mapped(root, own, shared, aliases) if shared else own
    return GitFolder(root=root, own=own, common=common)


def _mapped(root: Path, base: Path, text: str, aliases: Sequence[PurePath]) -> Path:
    """Return the place of a path in this file system."""
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
            content = file.read(_LIMIT + 1)
        return content.decode() if len(content) <= _LIMIT else None
    except (OSError, RuntimeError, ValueError):  # whatever is wrong with it, it says nothing
        return None
