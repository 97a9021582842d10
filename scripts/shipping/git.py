"""A git repository: what it holds, commits made beside the working tree, pushes all or nothing."""

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
    """Who makes a commit, and when, as git writes it; so the same commit has the same id."""

    name: str
    email: str
    date: str

    @property
    def variables(self) -> Mapping[str, str]:
        """What git reads of it."""
        return {
            f"GIT_{role}_{field}": value
            for role in ("AUTHOR", "COMMITTER")
            for field, value in (("NAME", self.name), ("EMAIL", self.email), ("DATE", self.date))
        }


@dataclass(frozen=True, slots=True)
class Git:
    """The clone in a folder; every method raises ShippingError where git refuses."""

    folder: Path

    def run(self, *words: str, env: Mapping[str, str] | None = None, text: str = "") -> str:
        """What git says, without the last line end."""
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
                reason="A push changes all that it names on the remote, or nothing.",
                hint="Mend what git says, and run the same command again.",
            )
        return done.stdout.removesuffix("\n")

    def head(self) -> str:
        """The commit that is checked out."""
        return self.run("rev-parse", "HEAD")

    def branch(self) -> str:
        """The branch that is checked out; "" when none is."""
        return self.run("branch", "--show-current")

    def changes(self) -> tuple[str, ...]:
        """The files that differ from the commit, and those that git does not know."""
        return tuple(self.run("status", "--porcelain").splitlines())

    def fetch(self) -> None:
        """Learn the remote's branches and tags; a tag that moved there moves here."""
        self.run("fetch", "--quiet", "--force", "--tags", _REMOTE)

    def remote_branch(self, name: str) -> str:
        """The commit that the remote's branch had at the last fetch."""
        return self.run("rev-parse", f"refs/remotes/{_REMOTE}/{name}")

    def remote_refs(self) -> Mapping[str, str]:
        """The remote's refs, as refs/tags/v1, and what each points to, asked now."""
        lines = self.run("ls-remote", "--refs", _REMOTE).splitlines()
        return {name: commit for commit, name in (line.split("\t") for line in lines)}

    def remote_tags(self) -> tuple[str, ...]:
        """The names of the remote's tags, asked now."""
        refs = self.remote_refs()
        prefix = "refs/tags/"
        return tuple(one.removeprefix(prefix) for one in refs if one.startswith(prefix))

    def text(self, path: str, *, at: str = "HEAD") -> str:
        """A file of a commit."""
        return self.run("show", f"{at}:{path}") + "\n"

    def paths(self) -> tuple[str, ...]:
        """The paths of all files of the commit that is checked out, relative to the repository."""
        return tuple(
            self.run("ls-tree", "-r", "-z", "--name-only", "HEAD").rstrip("\0").split("\0")
        )

    def commit(
        self, files: Mapping[str, str], message: str, *, parent: str, author: Author | None = None
    ) -> str:
        """
        A commit in which these files have these texts; no branch and no working tree changes.

        Args:
            files: Texts by path; the files must be there in the parent, whose modes they keep.
            message: The whole of it.
            parent: The commit before it.
            author: Who made it, otherwise whoever git thinks we are.
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
        """When it was committed, as git reads it again."""
        return self.run("show", "--no-patch", "--format=%cI", commit)

    def push(self, refs: Mapping[str, str], *, moved: Mapping[str, str] | None = None) -> None:
        """
        Have the remote's refs point to commits: all of them, or none.

        Args:
            refs: Commits by ref; one that is there only goes forward, and a tag never moves.
            moved: Commits by ref that may go anywhere from where they were at this moment.
        """
        known = self.remote_refs() if moved else {}
        leases = [f"--force-with-lease={ref}:{known.get(ref, '')}" for ref in moved or {}]
        expected = {**refs, **(moved or {})}
        specs = [f"{commit}:{ref}" for ref, commit in expected.items()]
        self.run("push", "--quiet", "--atomic", *leases, _REMOTE, *specs)
