"""Bare git repositories -> their commits, changed files and tags, read through the git program."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# author and committer as GitHub dates them: in UTC, with a Z
_FIELDS = "%H %P %an %ae %ad %cn %ce %cd %B".replace(" ", "%x00")
_STATUSES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "T": "changed"}


class MissingError(Exception):
    """What was requested is not in the repository, or there is no repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who wrote or committed a commit, and when (ISO 8601, UTC)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit; `parents` are shas, `message` has no final newline."""

    sha: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One changed file in GitHub's words; `previous` is its old path if it was renamed."""

    status: str
    path: str
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A bare repository at `path`; every method raises MissingError for what is not in it."""

    path: Path

    def check(self) -> None:
        """Nothing, if the repository is there."""
        self._git("rev-parse", "--git-dir")

    def is_empty(self) -> bool:
        """Whether it has no commit at all."""
        return not self._git("for-each-ref", "--count=1").strip()

    def sha(self, ref: str) -> str:
        """The full sha of the commit that a branch, a tag or an abbreviated sha names."""
        return self._git("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").strip()

    def shas(self, revisions: str) -> tuple[str, ...]:
        """The shas of a range `SHA..SHA`, or of a commit and all it builds on; newest first."""
        return tuple(self._git("rev-list", revisions, "--").split())

    def merge_base(self, base: str, head: str) -> str:
        """The sha of the newest commit that both build on."""
        return self._git("merge-base", base, head).strip()

    def commits(self, shas: tuple[str, ...]) -> tuple[Commit, ...]:
        """The commits of these full shas, in that order; a sha that comes twice is listed once."""
        if not shas:
            return ()
        how = ("-z", f"--format={_FIELDS}", "--date=format-local:%Y-%m-%dT%H:%M:%SZ")
        fields = self._git("log", "--no-walk=unsorted", *how, *shas).removesuffix("\0").split("\0")
        return tuple(_commit(fields[i : i + 9]) for i in range(0, len(fields), 9))

    def files(self, sha: str) -> tuple[File, ...]:
        """What a commit changed; a merge is held against its first parent, as GitHub does."""
        return self._changes("show", "--format=", "-m", "--first-parent", sha)

    def changes(self, base: str, head: str) -> tuple[File, ...]:
        """What changed from one commit to another."""
        return self._changes("diff", base, head)

    def tags(self) -> tuple[tuple[str, str], ...]:
        """Names of tags with the shas of their commits, in GitHub's order: by name, descending."""
        names = self._git("tag", "--list", "--sort=-refname").splitlines()
        return tuple((name, self.sha(f"refs/tags/{name}")) for name in names)

    def _changes(self, command: str, *revisions: str) -> tuple[File, ...]:
        words = iter(self._git(command, "-z", "-M", "--name-status", *revisions).split("\0"))
        return tuple(_file(messages[0], words) for messages in words if messages)

    def _git(self, *arguments: str) -> str:
        # the folder may belong to another user than the one who runs the stub
        command = ["git", "-c", "safe.directory=*", "-C", str(self.path), *arguments]
        done = subprocess.run(
            command, capture_output=True, check=False, env=os.environ | {"TZ": "UTC"}
        )
        if done.returncode:
            raise MissingError(done.stderr.decode().strip())
        return done.stdout.decode("utf-8", "replace")


def _commit(fields: list[str]) -> Commit:
    sha, parents, name, email, date, name2, email2, date2, message = fields
    return Commit(
        sha=sha,
        parents=tuple(parents.split()),
        author=Person(name=name, email=email, date=date),
        committer=Person(name=name2, email=email2, date=date2),
        message=message.strip(),
    )


def _file(message: str, words: Iterator[str]) -> File:
    previous = next(words) if message == "R" else None
    return File(status=_STATUSES[message], path=next(words), previous=previous)
