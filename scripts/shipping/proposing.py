"""Check, commit and push the candidate of a version, or change nothing."""

import re
from dataclasses import dataclass
from datetime import date

from shipping import changelog
from shipping.git import Git
from shipping.problem import ReleaseError
from shipping.version import Version, released
from shipping.workflow_commit import workflow_commit

CHANGELOG = "CHANGELOG.md"
VERSION_FILE = "src/sentry_release/__init__.py"
_VERSION_LINE = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A commit to push as the candidate of a version, and the one after it for its branch."""

    version: Version
    branch: str
    commit: str
    release_commit: str

    @property
    def refs(self) -> dict[str, str]:
        """The refs to push: the current branch, the release branch and the tag."""
        version = self.version
        return {
            f"refs/heads/{self.branch}": self.commit,
            f"refs/heads/{version.branch}": self.release_commit,
            f"refs/tags/{version.proposal}": self.commit,
        }


def version_in(text: str) -> str:
    """Return the `__version__` in the text of a module."""
    [version] = _VERSION_LINE.findall(text)
    return str(version)


def proposed(version: Version, git: Git, *, day: date) -> Proposal:
    """
    Create the candidate of a version from the branch that is checked out, without pushing it.

    Args:
        version: Not released yet, and later than the version of the branch.
        git: A clone with a clean working tree, whose branch equals the remote's.
        day: Date for the changelog.

    Raises:
        ReleaseError: One of these conditions does not hold.
    """
    git.fetch()
    branch = _branch(git)
    again = _is_again(version, git)
    commit = _same(version, git) if again else _next(version, git, day)
    return Proposal(
        version=version,
        branch=branch,
        commit=commit,
        release_commit=workflow_commit(version, commit, git),
    )


def push(proposal: Proposal, git: Git) -> None:
    """Push the candidate to all of its refs or none, then fast-forward the local branch."""
    git.push(proposal.refs)
    git.run("merge", "--quiet", "--ff-only", proposal.commit)
    git.fetch()


def _branch(git: Git) -> str:
    branch = git.branch()
    if not branch:
        raise ReleaseError(
            "No branch is checked out.",
            reason="The commit of a release belongs to a branch.",
            hint="git switch main",
        )
    if changes := git.changes():
        raise ReleaseError(
            f"The working tree is not clean: {', '.join(changes)}.",
            reason="Only committed and tested code is released.",
            hint="Commit the changes, or run git stash.",
        )
    if git.head() != git.remote_branch(branch):
        raise ReleaseError(
            f"The local branch {branch} differs from the remote.",
            reason="Only pushed code is released.",
            hint="Run git pull --rebase, or push first and wait for the tests.",
        )
    return branch


def _is_again(version: Version, git: Git) -> bool:
    """Return whether the branch has this version already, without a published release."""
    tags = git.remote_tags()
    if version.tag in tags:
        raise ReleaseError(
            f"{version} is already released: the tag {version.tag} exists.",
            reason="A version never changes.",
            hint="Choose the next version.",
        )
    if version.proposal in tags:
        raise ReleaseError(
            f"{version} is already proposed: the tag {version.proposal} exists.",
            reason="The workflow Publish may still be publishing it.",
            hint="If that failed for good, delete the proposal: "
            f"git push origin --delete {version.proposal} {version.branch}",
        )
    here = released([f"v{version_in(git.text(VERSION_FILE))}"])
    if here and version < here[-1]:
        raise ReleaseError(
            f"{version} is older than {here[-1]}.",
            reason="The branch already has that version.",
            hint="Choose a later version, or release from another branch.",
        )
    return here == (version,)


def _next(version: Version, git: Git, day: date) -> str:
    """Create a commit that sets the version in the program and in the changelog."""
    files = {
        CHANGELOG: changelog.with_release(git.text(CHANGELOG), version, day),
        VERSION_FILE: _VERSION_LINE.sub(f'__version__ = "{version}"', git.text(VERSION_FILE)),
    }
    return git.commit(files, f"Release {version}\n", parent=git.head())


def _same(version: Version, git: Git) -> str:
    """Return the last commit, which already has the version from an earlier proposal."""
    text = git.text(CHANGELOG)
    changelog.notes(text, version)
    if changelog.is_unreleased(text):
        raise ReleaseError(
            f"CHANGELOG.md has something under `## Unreleased` as well as under {version}.",
            reason=f"Changes since the first proposal of {version} are released with it.",
            hint=f"Move them under {version}, commit and push, and propose it again.",
        )
    return git.head()
