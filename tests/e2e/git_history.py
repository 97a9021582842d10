"""A git repository in which histories of any shape are made, one branch for each."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

DEV = "Dev <dev@example.com>"
ADMIN = "Admin <admin@example.com>"
UNKNOWN_HOST = "Stranger <x@elsewhere.test>"
_QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(slots=True)
class GitHistory:
    """
    The repository at `folder`; each method leaves HEAD on what it has made.

    `minute` is the time of the next commit, in minutes after the beginning of 2026.
    """

    folder: Path
    minute: int = 0
    unpushed: list[str] = field(default_factory=list)

    @classmethod
    def new(cls, folder: Path) -> "GitHistory":
        """An empty one."""
        folder.mkdir()
        made = cls(folder)
        made.git("init", "-q", "-b", "empty")
        return made

    def git(self, *words: str, when: str = "", author: str = DEV) -> str:
        """What git says; author and time are of any commit it makes."""
        name, _, address = author.rstrip(">").partition(" <")
        when = when or f"2026-01-01T{self.minute // 60 % 24:02}:{self.minute % 60:02}:00Z"
        who = {f"GIT_{role}_NAME": name for role in ("AUTHOR", "COMMITTER")}
        whose = {f"GIT_{role}_EMAIL": address for role in ("AUTHOR", "COMMITTER")}
        dates = {f"GIT_{role}_DATE": when for role in ("AUTHOR", "COMMITTER")}
        command = ["git", "-C", str(self.folder), *words]
        done = subprocess.run(  # noqa: S603 - a list, no shell
            command,
            env=os.environ | _QUIET | who | whose | dates,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def begin(self, name: str) -> str:
        """A branch of that name that shares nothing with the others; its first commit."""
        self.git("checkout", "-q", "--orphan", name)
        self.git("rm", "-rfq", "--ignore-unmatch", ".")
        return self.commit(f"feat: begin {name}", f"{name}.txt")

    def branch(self, name: str, at: str = "HEAD") -> None:
        """A branch from there."""
        self.git("checkout", "-q", "-b", name, at)

    def switch(self, name: str) -> None:
        """Go on with that branch."""
        self.git("checkout", "-q", name)

    def commit(self, message: str, *paths: str, author: str = DEV, when: str = "") -> str:
        """A commit that writes to these files; without any it is empty."""
        self.minute += 1
        for path in paths:
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(f"{place.read_text() if place.exists() else ''}{message}\n")
        self.git("add", "-A")
        what = ("--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "-m", message)
        self.git("commit", "-q", *what, author=author, when=when)
        return self.head

    def merge(self, message: str, *branches: str, squash: bool = False) -> str:
        """One commit that takes in these branches."""
        self.minute += 1
        if squash:
            self.git("merge", "-q", "--squash", *branches)
            return self.commit(message)
        self.git("merge", "-q", "--no-ff", "-m", message, *branches)
        return self.head

    def pick(self, command: str, sha: str) -> str:
        """The commit once more (`cherry-pick`), or undone (`revert`)."""
        self.minute += 1
        self.git(command, sha, *(["--no-edit"] if command == "revert" else []))
        return self.head

    @property
    def head(self) -> str:
        """The commit that HEAD is on."""
        return self.git("rev-parse", "HEAD")

    def between(self, base: str, head: str) -> list[str]:
        """What git itself says is new, the newest first."""
        return self.git("rev-list", f"{base}..{head}").split()

    def last(self, head: str, count: int) -> list[str]:
        """The newest commits up to there."""
        return self.git("rev-list", f"--max-count={count}", head).split()
