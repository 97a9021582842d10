"""The commits of a release: from Sentry's integration, else from GitHub; their list for the summary."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsMode
from sentry_release.errors import ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitRange,
    CommitSource,
    CommitUpload,
)
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import SentryRelease
from sentry_release.release.commit_source import describe_range, matches_paths
from sentry_release.release.deploy import CommitStatus, FinishPlan, find_commit_status
from sentry_release.release.existing_releases import list_commits_to_keep
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.adapters.github.repository import GitHubRepository
    from sentry_release.adapters.sentry.sentry_client import SentryClient

CommitListing = Callable[[int], tuple[Commit, ...]]
"""Returns commits that were requested before; takes how many the release has by now."""
_PAGES = 10  # of 100 commits
_WAITS_S = (0.5, 1.0, 1.5, 3.0)
"""Seconds between checks for commits that Sentry is fetching, usually for minutes already."""


def fetch_commits_from_github(
    config: Config, commits: CommitRange, services: Services
) -> CommitHistory | None:
    """
    Return the history of the range; None, with a warning, if GitHub does not provide it.

    Missing commits prevent neither the release nor the deploy.
    """
    github = services.github()
    if github is None:
        _annotate_warning(
            services,
            "Commits skipped: `github-token` is empty, or the repository is not on GitHub.",
        )
        return None
    try:
        found = github.of(commits.source).fetch_commits(commits, by_files=bool(config.commit_paths))
    except (ApiError, ServiceUnavailableError) as error:
        _annotate_warning(services, f"Commits skipped: {error}")
        return None
    from sentry_release.release.commit_details import truncate_to_sentry_limits

    if not config.commit_paths:
        return replace(found, commits=truncate_to_sentry_limits(found.commits))
    _report_unread_files(found, services)
    kept = _keep_changes_of(config.commit_paths, found)
    return replace(kept, commits=truncate_to_sentry_limits(kept.commits))


def _keep_changes_of(commit_paths: Sequence[str], history: CommitHistory) -> CommitHistory:
    """Return the history with only the commits that change these paths."""
    kept = tuple(
        one for one in history.commits if matches_paths(commit_paths, (f.path for f in one.files))
    )
    return replace(history, commits=kept, total=len(kept))


def _report_unread_files(found: CommitHistory, services: Services) -> None:
    """Warn about commits whose files are not read, so that `commit-paths` cannot match them."""
    from sentry_release.adapters.github.github_commits import MAX_COMMITS_WITH_FILES

    if found.total > MAX_COMMITS_WITH_FILES:
        text = (
            f"{found.total - MAX_COMMITS_WITH_FILES} of {found.total} commits skipped: only the "
            f"newest {MAX_COMMITS_WITH_FILES} are compared with `commit-paths`.\n"
            "Reading the files of a commit takes a request, and GitHub allows 1,000 per hour."
        )
        _annotate_warning(services, text)


def _annotate_warning(services: Services, text: str) -> None:
    notice = Annotation(level=AnnotationLevel.WARNING, title="Sentry release: commits", text=text)
    services.runner.annotate(notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitCheck:
    """The release now, the status and source of its commits, and those that were uploaded."""

    release: SentryRelease
    commit_status: CommitStatus
    commit_source: CommitSource
    uploaded: tuple[Commit, ...] = ()


def ensure_commits(
    config: Config,
    services: Services,
    existing: SentryRelease,
    commits: CommitRange | None,
    source: CommitSource,
    before: str | None = None,
) -> CommitCheck:
    """
    Wait briefly for commits that Sentry fetches; upload them from GitHub if they do not arrive.

    Args:
        config: The inputs.
        services: The adapters.
        existing: The release as it was read last.
        commits: The expected commits; None if there are none.
        source: The source of the commits.
        before: The name of the previous release, for the note on the range.

    Raises:
        ApiError, ServiceUnavailableError: Sentry refused a request, or is unreachable.
    """
    status = _check_commits(services, existing, commits, source)
    for wait_s in _WAITS_S if source is CommitSource.INTEGRATION else ():
        if status is not CommitStatus.MISSING or not services.sentry().budget.sleep_if_affordable(
            wait_s
        ):
            break
        existing = require_release(services, existing.name)
        status = _check_commits(services, existing, commits, source)
    if (
        status is not CommitStatus.MISSING
        or commits is None
        or config.set_commits is CommitsMode.INTEGRATION
    ):
        return CommitCheck(release=existing, commit_status=status, commit_source=source)
    history = fetch_commits_from_github(config, commits, services)
    if history is None:
        return CommitCheck(
            release=existing, commit_status=CommitStatus.MISSING, commit_source=source
        )
    _report_note(services, describe_range(history, commits, before))
    return _upload_commits(services, existing, commits, history)


def require_release(services: Services, name: str) -> SentryRelease:
    """
    Return the release as it is now.

    Raises:
        ApiError: Sentry has no release of that name.
    """
    existing = services.sentry().get_release(name)
    if existing is None:
        raise ApiError(
            f"Sentry has no release {name!r}.",
            reason="A deploy requires a release, which the root action creates.",
            hint="Use the same name in both steps: pass the output `release` of the first to the "
            "input `release` of the second. After an event, check out the deployed commit, "
            "or set `create-missing-release: true`.",
            shell_hint="Create it with `sentry-release release`, or add `--create-missing-release`.",
        )
    return existing


def _upload_commits(
    services: Services, existing: SentryRelease, commits: CommitRange, history: CommitHistory
) -> CommitCheck:
    if not history.commits:
        # An empty range has no commits to wait for.
        return CommitCheck(
            release=existing,
            commit_status=CommitStatus.NOT_EXPECTED,
            commit_source=CommitSource.NONE,
        )
    # A list replaces the commits of all repositories, so it includes those of the others.
    present = (
        services.sentry().list_commits(existing.name, pages=_PAGES) if existing.commit_count else ()
    )
    kept = list_commits_to_keep(present, sent={commits.repository})
    payload = CommitUpload(repository=commits.repository, commits=(*history.commits, *kept))
    updated = services.sentry().set_commits(existing.name, payload)
    return CommitCheck(
        release=updated,
        commit_status=CommitStatus.PRESENT,
        commit_source=CommitSource.GITHUB,
        uploaded=history.commits,
    )


def _report_note(services: Services, note: str | None) -> None:
    """Annotate the note on the range, which the main step could not know without GitHub."""
    if note is not None:
        notice = Annotation(
            level=AnnotationLevel.NOTICE, title="Sentry release: commits", text=note
        )
        services.runner.annotate(notice)


def _check_commits(
    services: Services, existing: SentryRelease, commits: CommitRange | None, source: CommitSource
) -> CommitStatus:
    status = find_commit_status(existing, commits, source)
    if status is not CommitStatus.UNKNOWN or commits is None:
        return status
    shas = {one.sha for one in services.sentry().list_commits(existing.name)}
    return CommitStatus.PRESENT if commits.head in shas else CommitStatus.MISSING


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
    return _keep_changes_of(commit_paths, found) if by_files else found


def request_commits_early(plan: FinishPlan, sentry: "SentryClient") -> CommitListing | None:
    """
    Request the commits of the release, for the summary, before it is finalized.

    The job that created the release does so, if it has sent commits or a range of them.
    Raises WorkflowError for unreadable certificate authorities.
    """
    is_expected = plan.commits is not None and not plan.commits.is_empty
    is_sent = plan.commit_source in {CommitSource.INTEGRATION, CommitSource.GITHUB}
    if plan.needs_lookup or not (is_expected and is_sent):
        return None
    return sentry.start_listing_commits(plan.release)


def list_summary_commits(
    services: Services, existing: SentryRelease, listing: CommitListing | None
) -> tuple[Commit, ...]:
    """Return the commits for the summary; a failure only costs the list, as all else is done."""
    if not existing.commit_count:
        return ()
    try:
        if listing is not None:
            return listing(existing.commit_count)
        return services.sentry().list_commits(existing.name)
    except (ServiceUnavailableError, ApiError) as error:
        services.runner.log_line(f"The summary lists no commits: {error.message}")
        return ()
