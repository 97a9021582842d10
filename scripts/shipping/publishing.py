"""Publish a candidate: the release commit, its fixed tag, and the moving tag of its major version."""

from dataclasses import dataclass
from pathlib import Path

from publisher import SOURCE, publisher_in
from shipping import changelog
from shipping.action_file import with_images
from shipping.git import Git
from shipping.problem import ReleaseError
from shipping.proposing import CHANGELOG, VERSION_FILE, version_in
from shipping.version import Version, is_latest, moves, released
from shipping.workflow_commit import author_of, workflow_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version that may be released from the commit that is checked out, and its notes."""

    version: Version
    commit: str
    notes: str


def evaluated(version: Version, git: Git) -> Candidate:
    """
    Return the candidate after checking that commit, program, changelog and tag agree.

    Raises:
        ReleaseError: They differ, or the tag is at another commit.
    """
    here = version_in(git.text(VERSION_FILE))
    if here != str(version):
        raise ReleaseError(
            f"The tag proposes {version}, but the program has version {here}.",
            reason="The tag must match `__version__`.",
            hint=f"Delete the tag, and propose the version again: make release VERSION={version}",
        )
    head = git.head()
    tagged = git.run("rev-parse", f"refs/tags/{version.proposal}^{{commit}}")
    if tagged != head:
        raise ReleaseError(
            f"The tag {version.proposal} is at {tagged}, but {head} is checked out.",
            reason="The tested commit must be the proposed one.",
            hint="Check out the tag.",
        )
    notes = changelog.notes(git.text(CHANGELOG), version)
    return Candidate(version=version, commit=head, notes=notes)


def check_publisher(repository: str, git: Git) -> None:
    """
    Check that the program, the pages and the actions name the repository that releases them.

    Args:
        repository: owner/name of the repository in which the workflow runs.
        git: A clone of it.

    Raises:
        ReleaseError: They name another one, from which users would get other code.
    """
    publisher = publisher_in(git.text(str(SOURCE)))
    if publisher.lower() != repository.lower():
        owner, _, name = repository.partition("/")
        raise ReleaseError(
            f"{repository} cannot publish the action of {publisher}.",
            reason=f"Its pages tell users to run {publisher}.",
            hint=f"make publisher OWNER={owner} REPOSITORY={name}, commit, and propose it again.",
        )


def release_commit(candidate: Candidate, image: str, git: Git) -> str:
    """
    Create the commit of the release, in which each container action names the image.

    One line changes in the root action and in each sub-action, after the commit that
    `workflow_commit` returns. The same image gives the same commit, so a run can be repeated.
    """
    actions = with_images(git.paths(), git.text, image)
    parent = workflow_commit(candidate.version, candidate.commit, git)
    message = f"Release {candidate.version}: run {image}\n"
    return git.commit(actions, message, parent=parent, author=author_of(candidate.commit, git))


def publish(candidate: Candidate, image: str, git: Git) -> str:
    """
    Push the release's commit to its tag and its branch, and return the commit.

    The branch has the same workflow files as the tag: without it GitHub rejects a tag pushed by a
    workflow as soon as main has other workflow files.

    Raises:
        ReleaseError: The tag exists at another commit; a published tag never moves.
    """
    version, commit = candidate.version, release_commit(candidate, image, git)
    there = git.remote_refs().get(f"refs/tags/{version.tag}")
    if there is None:
        git.push({f"refs/tags/{version.tag}": commit, f"refs/heads/{version.branch}": commit})
    elif there != commit:
        raise ReleaseError(
            f"{version.tag} already exists, at {there}.",
            reason="A version never changes, and this run built another image.",
            hint="Release the next version.",
        )
    return commit


def move(version: Version, git: Git) -> bool:
    """
    Move the tag v1 if this is the latest version of v1, and return whether it was moved.

    Raises:
        ReleaseError: The version is not published.
    """
    commit = git.remote_refs().get(f"refs/tags/{version.tag}")
    if commit is None:
        raise ReleaseError(
            f"{version.moving_tag} cannot be moved: the tag {version.tag} does not exist.",
            reason="Users of the moving tag would get an unreleased commit.",
            hint=f"Release {version} first; the workflow Publish does both.",
        )
    if not moves(version, released(git.remote_tags())):
        return False
    git.push({}, moved={f"refs/tags/{version.moving_tag}": commit})
    return True


def described(candidate: Candidate, git: Git, *, notes: Path) -> dict[str, str]:
    """Return the values for later steps of the workflow, and write the notes to a file."""
    version = candidate.version
    notes.write_text(candidate.notes, encoding="utf-8")
    latest = is_latest(version, released(git.remote_tags()))
    return {
        "version": str(version),
        "tag": version.tag,
        "prerelease": str(version.is_prerelease).lower(),
        "latest": str(latest).lower(),
    }
