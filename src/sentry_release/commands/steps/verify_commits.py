"""ensure_commits(), commits_from_github()."""

from dataclasses import dataclass, replace

from sentry_release.config.choices import CommitsMode
from sentry_release.config.config import Config
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitRange,
    CommitSource,
    CommitUpload,
)
from sentry_release.model.outputs import Annotation, AnnotationLevel
from sentry_release.model.release import SentryRelease
from sentry_release.release.commit_details import truncate_to_sentry_limits
from sentry_release.release.commit_source import describe_range
from sentry_release.release.deploy import CommitStatus, find_commit_status
from sentry_release.release.path_filter import matches_paths
from sentry_release.release.same_name import commits_to_keep
from sentry_release.services import Services


def fetch_commits_from_github(
    config: Config, commits: CommitRange, services: Services
) -> CommitHistory | None:
    """
    The history of the range; None where GitHub cannot be asked, with a warning.

    What keeps the commits away keeps no release and no deploy away.
    """
    github = services.github()
    if github is None:
        _annotate_warning(
            services,
            "There is no `github-token` to read the commits with, or they are not on GitHub.",
        )
        return None
    try:
        found = github.of(commits.source).fetch_commits(commits, by_files=bool(config.commit_paths))
    except (ApiError, ServiceUnavailableError) as error:
        _annotate_warning(services, f"The commits were left out.\n{error}")
        return None
    if not config.commit_paths:
        return replace(found, commits=truncate_to_sentry_limits(found.commits))
    _report_unread_files(found, services)
    kept = [
        one
        for one in found.commits
        if matches_paths(config.commit_paths, (f.path for f in one.files))
    ]
    return replace(found, commits=truncate_to_sentry_limits(kept), total=len(kept))


def _report_unread_files(found: CommitHistory, services: Services) -> None:
    """Files are read of the newest commits only, so older ones cannot be compared with `commit-paths`."""
    from sentry_release.adapters.github.github_commits import MAX_COMMITS_WITH_FILES  # noqa: PLC0415 - rarely needed

    if found.total > MAX_COMMITS_WITH_FILES:
        text = (
            f"Of the {found.total} commits only the newest {MAX_COMMITS_WITH_FILES} were compared with `commit-paths`; "
            "the others were left out.\n"
            "The files of each commit cost a request, and GitHub grants 1,000 an hour."
        )
        _annotate_warning(services, text)


def _annotate_warning(services: Services, text: str) -> None:
    notice = Annotation(level=AnnotationLevel.WARNING, title="Sentry release: commits", text=text)
    services.runner.annotate(notice)


_PAGES = 10  # of 100 commits
_WAITS_S = (0.5, 1.0, 1.5, 3.0)
"""For commits that Sentry is still fetching; main has usually asked for them minutes ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitCheck:
    """The release now, whether its commits are there, how they came, and those we brought."""

    release: SentryRelease
    commit_status: CommitStatus
    commit_source: CommitSource
    uploaded: tuple[Commit, ...] = ()


def ensure_commits(
    config: Config,
    services: Services,
    existing: SentryRelease,
    commits: CommitRange | None,
    way: CommitSource,
    before: str | None = None,
) -> CommitCheck:
    """
    Wait a little for commits that are being fetched; bring them ourselves if they do not come.

    Args:
        config: What is asked.
        services: The doors.
        existing: The release as it was seen last.
        commits: What shall be there.
        way: How they were to come.
        before: The release before ours, to name it.

    Raises:
        RefusedError, OutageError: Sentry could not be asked.
    """
    state = _check_commits(services, existing, commits, way)
    for wait_s in _WAITS_S if way is CommitSource.INTEGRATION else ():
        if state is not CommitStatus.MISSING or not services.sentry().budget.sleep_if_affordable(
            wait_s
        ):
            break
        existing = require_release(services, existing.name)
        state = _check_commits(services, existing, commits, way)
    if (
        state is not CommitStatus.MISSING
        or commits is None
        or config.set_commits is CommitsMode.INTEGRATION
    ):
        return CommitCheck(release=existing, commit_status=state, commit_source=way)
    history = fetch_commits_from_github(config, commits, services)
    if history is None:
        return CommitCheck(release=existing, commit_status=CommitStatus.MISSING, commit_source=way)
    _report_note(services, describe_range(history, commits, before))
    return _upload_commits(services, existing, commits, history)


def require_release(services: Services, name: str) -> SentryRelease:
    """
    The release as it is now.

    Raises:
        RefusedError: There is none of that name.
    """
    existing = services.sentry().get_release(name)
    if existing is None:
        raise ApiError(
            f"Sentry has no release {name!r}.",
            reason="A deploy belongs to a release that the root action has created.",
            hint="Give both steps the same name: pass the output `release` of the first to the "
            "input `release` of the second. After an event, check out the commit that was deployed, "
            "or set `create-missing-release: true`.",
        )
    return existing


def _upload_commits(
    services: Services, existing: SentryRelease, commits: CommitRange, history: CommitHistory
) -> CommitCheck:
    if not history.commits:
        # A range that holds nothing new is no range that has not arrived.
        return CommitCheck(
            release=existing,
            commit_status=CommitStatus.NOT_EXPECTED,
            commit_source=CommitSource.NONE,
        )
    # A list of commits replaces those of other repositories, so these go along.
    there = (
        services.sentry().list_commits(existing.name, pages=_PAGES) if existing.commit_count else ()
    )
    kept = commits_to_keep(there, sent={commits.repository})
    payload = CommitUpload(repository=commits.repository, commits=(*history.commits, *kept))
    values = services.sentry().set_commits(existing.name, payload)
    return CommitCheck(
        release=values,
        commit_status=CommitStatus.PRESENT,
        commit_source=CommitSource.GITHUB,
        uploaded=history.commits,
    )


def _report_note(services: Services, outputs: str | None) -> None:
    """What the range turned out to be only now; main could not know it without asking GitHub."""
    if outputs is not None:
        notice = Annotation(
            level=AnnotationLevel.NOTICE, title="Sentry release: commits", text=outputs
        )
        services.runner.annotate(notice)


def _check_commits(
    services: Services, existing: SentryRelease, commits: CommitRange | None, way: CommitSource
) -> CommitStatus:
    state = find_commit_status(existing, commits, way)
    if state is not CommitStatus.UNKNOWN or commits is None:
        return state
    shas = {one.sha for one in services.sentry().list_commits(existing.name)}
    return CommitStatus.PRESENT if commits.head in shas else CommitStatus.MISSING
