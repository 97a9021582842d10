"""The commits that we bring ourselves: from GitHub, filtered, within Sentry's limits."""

from dataclasses import replace

from sentry_release.decisions.commit_limits import truncate_to_sentry_limits
from sentry_release.facts.config import Config
from sentry_release.facts.path_globs import matches_paths
from sentry_release.story.world import Services
from sentry_release.words.commits import CommitHistory, CommitRange
from sentry_release.words.errors import ApiError, ServiceUnavailableError
from sentry_release.words.told import Annotation, AnnotationLevel


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
    from sentry_release.doors.github.files import MAX_COMMITS_WITH_FILES  # noqa: PLC0415 - rarely needed

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
