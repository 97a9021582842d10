"""The one command of a release: it checks, commits, and pushes a candidate, or changes nothing."""

import re
from dataclasses import dataclass
from datetime import date

from shipping import changelog
from shipping.git import Git
from shipping.problem import ReleaseError
from shipping.version import Version, released

CHANGELOG = "CHANGELOG.md"
VERSION_FILE = "src/sentry_release/__init__.py"
_VERSION_LINE = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A commit that is ready to be pushed as the candidate of a version."""

    version: Version
    branch: str
    commit: str

    @property
    def refs(self) -> dict[str, str]:
        """Where it goes: the branch it was made for, the branch of the release, and the tag."""
        version = self.version
        names = (f"heads/{self.branch}", f"heads/{version.branch}", f"tags/{version.proposal}")
        return {f"refs/{name}": self.commit for name in names}


def version_in(text: str) -> str:
    """The version that the program says it has."""
    [version] = _VERSION_LINE.findall(text)
    return str(version)


def proposed(version: Version, git: Git, *, day: date) -> Proposal:
    """
    The candidate of a version, made from the branch that is checked out; nothing is pushed yet.

    Args:
        version: Not released yet, and after all versions that this branch holds.
        git: A clone whose branch is clean and the same as the remote's.
        day: For the changelog.

    Raises:
        ShippingError: Something of that is not so.
    """
    git.fetch()
    branch = _branch(git)
    again = _is_again(version, git)
    commit = _same(version, git) if again else _next(version, git, day)
    return Proposal(version=version, branch=branch, commit=commit)


def push(proposal: Proposal, git: Git) -> None:
    """Push the candidate to all its places or none, and only then have it here as well."""
    git.push(proposal.refs)
    git.run("merge", "--quiet", "--ff-only", proposal.commit)
    git.fetch()


def _branch(git: Git) -> str:
    branch = git.branch()
    if not branch:
        raise ReleaseError(
            "No branch is checked out.",
            reason="The commit of a release belongs to one.",
            hint="git switch main",
        )
    if changes := git.changes():
        raise ReleaseError(
            f"The working tree is not clean: {', '.join(changes)}.",
            reason="What is released is what was committed and tested.",
            hint="Commit it, or put it away with git stash.",
        )
    if git.head() != git.remote_branch(branch):
        raise ReleaseError(
            f"{branch} here is not what it is on the remote.",
            reason="What is released is what others have seen.",
            hint="git pull --rebase, or push it first and let the tests run.",
        )
    return branch


def _is_again(version: Version, git: Git) -> bool:
    """Whether the branch holds the version already, of which nothing was published."""
    tags = git.remote_tags()
    if version.tag in tags:
        raise ReleaseError(
            f"{version} is released: there is the tag {version.tag}.",
            reason="A version is one thing for ever.",
            hint="Choose the next version.",
        )
    if version.proposal in tags:
        raise ReleaseError(
            f"{version} is proposed: there is the tag {version.proposal}.",
            reason="What the workflow Publish makes of it would be in doubt.",
            hint="If that has failed for good, take it back: "
            f"git push origin --delete {version.proposal} {version.branch}",
        )
    here = released([f"v{version_in(git.text(VERSION_FILE))}"])
    if here and version < here[-1]:
        raise ReleaseError(
            f"{version} does not come after {here[-1]}.",
            reason="This branch holds that version already.",
            hint="Choose a later version, or release it from a branch of its own.",
        )
    return here == (version,)


def _next(version: Version, git: Git, day: date) -> str:
    """A commit after the last one, in which program and changelog say the version."""
    files = {
        CHANGELOG: changelog.with_release(git.text(CHANGELOG), version, day),
        VERSION_FILE: _VERSION_LINE.sub(f'__version__ = "{version}"', git.text(VERSION_FILE)),
    }
    return git.commit(files, f"Release {version}\n", parent=git.head())


def _same(version: Version, git: Git) -> str:
    """The last commit, which says the version: it was proposed before, and mended since."""
    text = git.text(CHANGELOG)
    changelog.notes(text, version)
    if changelog.is_unreleased(text):
        raise ReleaseError(
            f"CHANGELOG.md has something under `## Unreleased` beside {version}.",
            reason=f"What has come since {version} was proposed first is released with it.",
            hint=f"Put it under {version}, commit and push that, and propose it again.",
        )
    return git.head()
