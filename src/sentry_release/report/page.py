"""SummaryPage, the values of a job summary, and the note on missing deploy emails."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from sentry_release.release.deploy import CommitStatus, FinalizeResult

_MAX_NAMES = 5  # authors in the note


def explain_missing_deploy_mail(done: FinalizeResult) -> str | None:
    """
    Return who gets no deploy email and why; None when none is missing or none is due.

    Sentry emails the authors of the release's commits who are members of the organization.
    Source: https://docs.sentry.io/product/alerts/notifications/
    """
    if done.commit_status is CommitStatus.MISSING:
        return "No deploy emails: Sentry did not receive the commits."
    if done.deployed is None or done.deployed.existed or done.uncertainty:
        return None
    if not done.release.commit_count:
        return "No deploy emails: the release has no commits."
    unknown_authors = done.release.unknown_authors
    if not unknown_authors:
        return None
    names = ", ".join(unknown_authors[:_MAX_NAMES]) + (
        " and others" if unknown_authors[_MAX_NAMES:] else ""
    )
    if len(unknown_authors) == len(done.release.authors):
        return f"No deploy emails: the commit addresses of {names} match no Sentry member."
    return f"No deploy email for {names}: their commit addresses match no Sentry member."


class Status(StrEnum):
    """The result of a command, as templates see it."""

    NAMED = "named"
    PLANNED = "planned"
    CREATED = "created"
    UNREACHED = "unreached"
    DEPLOYED = "deployed"
    ALREADY_DEPLOYED = "already-deployed"
    FINISHED = "finished"
    NOT_DEPLOYED = "not-deployed"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    HEALTH_UNKNOWN = "health-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPage:
    """
    The values that a summary template can use, under these names.

    Attributes:
        release: The release name; the commit, if an event does not reveal the release.
        reading: How Sentry parses the name.
        head: The newest commit of the release.
        commit: The commit that was built.
        commit_why: Why it is that one, if it is not the commit of the run.
        commits_by: The source of the commits.
        commits_of: The authors of the commits, with the number of their commits.
        resolves: The issues that the commits resolve, with their URLs.
        released: When the release was finalized.
        finished: When the deploy finished.
        took_s: The duration of the deploy in seconds.
        lead_oldest_s: The seconds from the oldest commit of the range to the deploy.
        lead_median_s: The same from the median commit.
        notes: Sentences on what was not done, and why.
        failed: Whether an error was the reason.
        figures: Of a health check: rows of (name, figure, figure of the previous release).
        gates: Of a health check: rows of (gate, outcome, reason).
        chart: Of a health check: Markdown with Mermaid charts.
    """

    status: Status
    release: str
    reading: str | None = None
    dist: str | None = None
    environment: str | None = None
    organization: str | None = None
    projects: tuple[str, ...] = ()
    release_url: str | None = None
    range_url: str | None = None
    head: str | None = None
    commit: str | None = None
    commit_url: str | None = None
    commit_why: str | None = None
    previous_release: str | None = None
    previous_commit: str | None = None
    commit_count: int | None = None
    commits_by: str | None = None
    authors: tuple[str, ...] = ()
    commits_of: tuple[tuple[str, int], ...] = ()
    resolves: tuple[tuple[str, str], ...] = ()
    dart_define_file: str | None = None
    run_url: str | None = None
    run_name: str | None = None
    actor: str | None = None
    job_status: str | None = None
    deploy_url: str | None = None
    released: datetime | None = None
    finished: datetime | None = None
    took_s: int | None = None
    lead_oldest_s: int | None = None
    lead_median_s: int | None = None
    notes: tuple[str, ...] = ()
    failed: bool = False
    figures: tuple[tuple[str, str, str], ...] = ()
    gates: tuple[tuple[str, str, str], ...] = ()
    window_start: datetime | None = None
    window_end: datetime | None = None
    chart: str | None = None

    def to_values(self) -> dict[str, object]:
        """Return the values by name, for a template."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
