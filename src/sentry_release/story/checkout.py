"""Read what is checked out from the files in .git; no git is run."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from sentry_release.doors.disk import Disk
from sentry_release.facts.checkout import Checkout, checkout_of
from sentry_release.story.opened import workspace
from sentry_release.words.errors import ActionError

_LIMIT = 16 * 1024 * 1024


def found_checkout(environ: Mapping[str, str]) -> Checkout:
    """
    The checkout that the workspace is, or is part of.

    On GitHub Actions nothing is read: the runner tells more, and truer of pull requests. Nor is
    anything of a submodule or a second worktree, whose `.git` is a file that leads elsewhere; the
    commit of the checkout around it would be that of another.
    Source: https://git-scm.com/docs/gitrepository-layout
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        return Checkout()
    root = workspace(environ).absolute()
    git = next((one / ".git" for one in (root, *root.parents) if (one / ".git").exists()), None)
    return _read(git) if git and git.is_dir() else Checkout()


def _read(git: Path) -> Checkout:
    disk = Disk(root=git)

    def read(name: str) -> str | None:
        try:
            return disk.read(PurePosixPath(name), limit=_LIMIT)
        except ActionError:  # whatever is wrong with it, it is no reason to fail
            return None

    return checkout_of(read)
