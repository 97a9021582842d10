"""The commit between candidate and release, in which the reusable workflow names the version."""

from publisher import SOURCE, publisher_in
from shipping.action_file import with_version
from shipping.git import Author, Git
from shipping.version import Version

WORKFLOW = ".github/workflows/release.yml"
_NAME = "github-actions[bot]"
_EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"  # its account on github.com


def workflow_commit(version: Version, candidate: str, git: Git) -> str:
    """
    Create the commit after the candidate in which the reusable workflow names the version.

    The same candidate gives the same commit. `make release` pushes it, because GitHub lets no
    workflow push a changed workflow.

    Args:
        version: The version.
        candidate: The commit of the candidate.
        git: A clone.
    """
    text = git.text(WORKFLOW, at=candidate)
    repository = publisher_in(git.text(str(SOURCE), at=candidate))
    return git.commit(
        {WORKFLOW: with_version(text, repository, version.tag)},
        f"Release {version}: the reusable workflow runs it\n",
        parent=candidate,
        author=author_of(candidate, git),
    )


def author_of(commit: str, git: Git) -> Author:
    """Return the author of what follows a commit: the workflow's account, at the commit's date."""
    return Author(name=_NAME, email=_EMAIL, date=git.date(commit))
