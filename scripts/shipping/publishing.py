"""What the workflow makes of a candidate: its commit, the tag that never moves, the one that does."""

from dataclasses import dataclass
from pathlib import Path

from shipping import changelog
from shipping.action_file import with_images
from shipping.git import Author, Git
from shipping.problem import ReleaseError
from shipping.proposing import CHANGELOG, VERSION_FILE, version_in
from shipping.version import Version, is_latest, moves, released

_NAME = "github-actions[bot]"
_EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"  # its account on github.com


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version that may be released from the commit that is checked out, and its notes."""

    version: Version
    commit: str
    notes: str


def evaluated(version: Version, git: Git) -> Candidate:
    """
    The candidate, once it is certain that commit, program, changelog and tag say the same.

    Raises:
        ShippingError: They do not, or another commit was released under this version.
    """
    here = version_in(git.text(VERSION_FILE))
    if here != str(version):
        raise ReleaseError(
            f"The tag asks for {version}, but the program says it is {here}.",
            reason="The version stands in one place, and the tag is made from it.",
            hint=f"Remove the tag, and propose it again: make release VERSION={version}",
        )
    head = git.head()
    requests = git.run("rev-parse", f"refs/tags/{version.proposal}^{{commit}}")
    if requests != head:
        raise ReleaseError(
            f"The tag {version.proposal} is at {requests}, but {head} is checked out.",
            reason="What is tested must be what was asked for.",
            hint="Check out the tag.",
        )
    notes = changelog.notes(git.text(CHANGELOG), version)
    return Candidate(version=version, commit=head, notes=notes)


def release_commit(candidate: Candidate, image: str, git: Git) -> str:
    """
    The commit after the candidate in which each container action names the image.

    One line of each differs: of the root action and of every sub-action. Made again for the same
    image it is the same commit, so a run can be repeated.
    """
    actions = with_images(git.paths(), git.text, image)
    author = Author(name=_NAME, email=_EMAIL, date=git.date(candidate.commit))
    message = f"Release {candidate.version}: run {image}\n"
    return git.commit(actions, message, parent=candidate.commit, author=author)


def publish(candidate: Candidate, image: str, git: Git) -> str:
    """
    Push the release's commit under its tag and on its branch; gives the commit.

    The branch holds the workflows that the tag holds: without such a branch GitHub refuses a tag
    from a workflow as soon as main has other ones.

    Raises:
        ShippingError: The tag is there, and is another commit; a tag that users know never moves.
    """
    version, commit = candidate.version, release_commit(candidate, image, git)
    there = git.remote_refs().get(f"refs/tags/{version.tag}")
    if there is None:
        git.push({f"refs/tags/{version.tag}": commit, f"refs/heads/{version.branch}": commit})
    elif there != commit:
        raise ReleaseError(
            f"{version.tag} is there already, as {there}.",
            reason="A version is one thing for ever, and this run has built another image.",
            hint="Release the next version.",
        )
    return commit


def move(version: Version, git: Git) -> bool:
    """
    Let v1 follow, if this is the newest version of v1; gives whether it was moved.

    Raises:
        ShippingError: The version is not there.
    """
    commit = git.remote_refs().get(f"refs/tags/{version.tag}")
    if commit is None:
        raise ReleaseError(
            f"{version.moving_tag} cannot follow: there is no tag {version.tag}.",
            reason="Users who name it would get what was never released.",
            hint=f"Release {version} first; the workflow Publish does both.",
        )
    if not moves(version, released(git.remote_tags())):
        return False
    git.push({}, moved={f"refs/tags/{version.moving_tag}": commit})
    return True


def described(candidate: Candidate, git: Git, *, notes: Path) -> dict[str, str]:
    """What the later steps of the workflow have to know; the notes go into a file."""
    version = candidate.version
    notes.write_text(candidate.notes, encoding="utf-8")
    latest = is_latest(version, released(git.remote_tags()))
    return {
        "version": str(version),
        "tag": version.tag,
        "prerelease": str(version.is_prerelease).lower(),
        "latest": str(latest).lower(),
    }
