"""Read a git repository, create commits outside of the working tree, and push atomically."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shipping.problem import ReleaseError

_REMOTE = "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Author and date of a commit in git's format; with them the same commit has the same sha."""

    name: str
    email: str
    date: str

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables for git."""
        return {
            f"GIT_{role}_{field}": value
            for role in ("AUTHOR", "COMMITTER")
            for field, value in (("NAME", self.name), ("EMAIL", self.email), ("DATE", self.date))
        }


@dataclass(frozen=True, slots=True)
class Git:
    """The clone in a folder; every method raises ReleaseError if git fails."""

    folder: Path

    def run(self, *words: str, env: Mapping[str, str] | None = None, text: str = "") -> str:
        """Run git and return its output, without the last newline."""
        done = subprocess.run(  # noqa: S603 - a list, no shell
            ["git", "-C", str(self.folder), *words],  # noqa: S607 - the git of the machine
            env={**os.environ, **(env or {})},
            input=text,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise ReleaseError(
                f"git {words[0]} failed: {done.stderr.strip()}",
                reason="A push changes all of its refs on the remote, or none.",
                hint="Fix the error that git reports, and run the same command again.",
            )
        return done.stdout.removesuffix("\n")

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.run("rev-parse", "HEAD")

    def branch(self) -> str:
        """Return the branch that is checked out, or ""."""
        return self.run("branch", "--show-current")

    def changes(self) -> tuple[str, ...]:
        """Return the status lines of changed and untracked files."""
        return tuple(self.run("status", "--porcelain").splitlines())

    def fetch(self) -> None:
        """Fetch branches and tags, and move local tags to where the remote has them."""
        self.run("fetch", "--quiet", "--force", "--tags", _REMOTE)

    def remote_branch(self, name: str) -> str:
        """Return the commit of a remote branch at the last fetch."""
        return self.run("rev-parse", f"refs/remotes/{_REMOTE}/{name}")

    def remote_refs(self) -> Mapping[str, str]:
        """Read the commits of the remote's refs, by name such as refs/tags/v1."""
        lines = self.run("ls-remote", "--refs", _REMOTE).splitlines()
        return {name: commit for commit, name in (line.split("\t") for line in lines)}

    def remote_tags(self) -> tuple[str, ...]:
        """Read the names of the remote's tags."""
        refs = self.remote_refs()
        prefix = "refs/tags/"
        return tuple(one.removeprefix(prefix) for one in refs if one.startswith(prefix))

    def text(self, path: str, *, at: str = "HEAD") -> str:
        """Return the text of a file in a commit."""
        return self.run("show", f"{at}:{path}") + "\n"

    def paths(self) -> tuple[str, ...]:
        """Return the paths of all files in the commit that is checked out."""
        return tuple(
            self.run("ls-tree", "-r", "-z", "--name-only", "HEAD").rstrip("\0").split("\0")
        )

    def commit(
        self, files: Mapping[str, str], message: str, *, parent: str, author: Author | None = None
    ) -> str:
        """
        Create a commit that changes these files, without changing a branch or the working tree.

        Args:
            files: Texts by path; the files must exist in the parent, and keep their modes.
            message: The whole commit message.
            parent: Sha of the parent commit.
            author: Author and committer. Default: those of git's configuration.
        """
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.run("read-tree", parent, env=env)
            for path, text in files.items():
                mode = self.run("ls-files", "--stage", "--", path, env=env).split()[0]
                blob = self.run("hash-object", "-w", "--stdin", text=text)
                self.run("update-index", "--cacheinfo", f"{mode},{blob},{path}", env=env)
            tree = self.run("write-tree", env=env)
        names = author.variables if author else None
        return self.run("commit-tree", tree, "-p", parent, env=names, text=message)

    def date(self, commit: str) -> str:
        """Return the committer date in ISO 8601."""
        return self.run("show", "--no-patch", "--format=%cI", commit)

    def push(self, refs: Mapping[str, str], *, moved: Mapping[str, str] | None = None) -> None:
        """
        Push commits to refs of the remote: all of them, or none.

        Args:
            refs: Commits by ref; existing branches are only fast-forwarded, and tags never move.
            moved: Commits by ref that are forced, unless another push moved them meanwhile.
        """
        known = self.remote_refs() if moved else {}
        leases = [f"--force-with-lease={ref}:{known.get(ref, '')}" for ref in moved or {}]
        expected = {**refs, **(moved or {})}
        specs = [f"{commit}:{ref}" for ref, commit in expected.items()]
        self.run("push", "--quiet", "--atomic", *leases, _REMOTE, *specs)
