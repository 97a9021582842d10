"""Read the commits of a range from GitHub, for release notes and announcements."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sentry_release.errors import WorkflowError
from sentry_release.model.commits import CommitHistory, CommitRange
from sentry_release.release.path_filter import matches_paths

if TYPE_CHECKING:
    from sentry_release.adapters.github.repository import GitHubRepository


def require_github(github: "GitHubRepository | None") -> "GitHubRepository":
    """
    Return the repository.

    Raises:
        WorkflowError: There is no token, or the repository is not on GitHub.
    """
    if github is None:
        raise WorkflowError(
            "The commits of the release cannot be read from GitHub.",
            reason="`github-token` is empty, or the repository is not on GitHub.",
            hint="Run the action on GitHub Actions, or set GITHUB_TOKEN.",
        )
    return github


def read_range(
    github: "GitHubRepository", commits: CommitRange, commit_paths: Sequence[str]
) -> CommitHistory:
    """
    Return the commits of a range, the newest first, at most 1,000.

    Args:
        github: The repository of the workflow.
        commits: The range, maybe of another repository.
        commit_paths: Only commits that change these paths count, if there are any.

    Raises:
        ApiError, ServiceUnavailableError: GitHub refused a request, or is unreachable.
    """
    by_files = bool(commit_paths)
    found = github.of(commits.source).fetch_commits(commits, by_files=by_files, with_files=by_files)
    if not by_files:
        return found
    kept = tuple(
        one for one in found.commits if matches_paths(commit_paths, (f.path for f in one.files))
    )
    return replace(found, commits=kept, total=len(kept))
