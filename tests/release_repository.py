"""A repository with a remote, as a maintainer and the workflow have it, to ship from."""

import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copyfile, copytree

from job import ROOT
from sentry_release import REPOSITORY
from shipping import proposing, publishing
from shipping.git import Git
from shipping.publishing import Candidate
from shipping.version import Version

DAY = date(2026, 3, 1)
RELEASED = (
    "action.yml",
    "upload/action.yml",
    "deploy/action.yml",
    "health/action.yml",
    "doctor/action.yml",
    "host/action.yml",
    "tests/e2e/toy/action.yml",  # an action that no user has, and whose image is its own
    "CHANGELOG.md",
    "src/sentry_release/__init__.py",
    ".github/workflows/release.yml",
    "Dockerfile",
)
IMAGE = f"registry.example/{REPOSITORY}@sha256:{'a1' * 32}"
OTHER_IMAGE = IMAGE.replace("a1", "b2")
NOTES = "# Changelog\n\n## Unreleased\n\n### Added\n\n- One name for every build.\n"


@dataclass(frozen=True, slots=True)
class ReleaseRepository:
    """A bare remote in a folder, and what is cloned from it."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> "ReleaseRepository":
        """The files that shipping touches, as they are here, on main of a new remote."""
        release_repository = cls(folder)
        remote, maintainer = folder / "remote", folder / "maintainer"
        plain("init", "--quiet", "--bare", "--initial-branch=main", str(remote))
        plain("clone", "--quiet", str(remote), str(maintainer))
        for name in RELEASED:
            (maintainer / name).parent.mkdir(parents=True, exist_ok=True)
            copyfile(ROOT / name, maintainer / name)
        (maintainer / "CHANGELOG.md").write_text(NOTES)
        release_repository.maintainer.run("config", "user.name", "Dev")
        release_repository.maintainer.run("config", "user.email", "dev@example.com")
        release_repository.commit("feat: everything", ".")
        return release_repository

    def copied(self, folder: Path) -> "ReleaseRepository":
        """The same in another folder, which is much faster than making it anew."""
        copytree(self.folder, folder, dirs_exist_ok=True)
        config = folder / "maintainer/.git/config"
        config.write_text(config.read_text().replace(str(self.folder), str(folder)))
        return ReleaseRepository(folder)

    @property
    def maintainer(self) -> Git:
        """The clone from which a release is requested."""
        return Git(self.folder / "maintainer")

    @property
    def refs(self) -> dict[str, str]:
        """What the remote's refs point to, without refs/ in front."""
        refs = self.maintainer.remote_refs()
        return {name.removeprefix("refs/"): commit for name, commit in refs.items()}

    def commit(self, message: str, *paths: str) -> str:
        """Commit files of the maintainer's, and push main."""
        git = self.maintainer
        git.run("add", *paths)
        git.run("commit", "--quiet", "--allow-empty", "-m", message)
        git.run("push", "--quiet", "origin", "HEAD:main")
        return git.head()

    def change(self, path: str, text: str) -> str:
        """Give a file another text on main."""
        (self.folder / "maintainer" / path).write_text(text)
        return self.commit(f"fix: {path}", path)

    def propose(self, version: str) -> None:
        """The one command."""
        git = self.maintainer
        proposing.push(proposing.proposed(Version.parse(version), git, day=DAY), git)

    def runner(self, ref: str) -> Git:
        """A new clone with this ref checked out, as the workflow has it."""
        place = self.folder / f"runner-{len(list(self.folder.iterdir()))}"
        plain("clone", "--quiet", str(self.folder / "remote"), str(place))
        git = Git(place)
        git.run("checkout", "--quiet", "--detach", ref)
        return git

    def candidate(self, version: str) -> tuple[Candidate, Git]:
        """The check of a proposal by the workflow, and its place."""
        git = self.runner(f"candidate/{version}")
        return publishing.evaluated(Version.parse(version), git), git

    def push_commits(self, version: str, image: str) -> str:
        """Propose, publish, and move: a whole release. Gives its commit."""
        self.propose(version)
        candidate, git = self.candidate(version)
        commit = publishing.publish(candidate, image, git)
        publishing.move(candidate.version, git)
        return commit


def plain(*words: str) -> None:
    """Git outside of a clone."""
    subprocess.run(["git", *words], check=True, capture_output=True)  # noqa: S603, S607 - a list, no shell; the git of the machine
