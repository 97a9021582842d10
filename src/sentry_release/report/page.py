"""SummaryPage: the values of a summary."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from sentry_release.release.deploy import CommitStatus, FinalizeResult

_NAMED = 5  # people who are worth listing


def explain_missing_deploy_mail(done: FinalizeResult) -> str | None:
    """
    Who gets no mail of the deploy; None when all is well, or when nobody was to get one now.

    Sentry mails the authors of the release's commits who are members of the organization.
    Source: https://docs.sentry.io/product/alerts/notifications/
    """
    if done.commit_status is CommitStatus.MISSING:
        return "The commits did not come to Sentry, so nobody gets a deploy mail."
    if done.deployed is None or done.deployed.existed or done.uncertainty:
        return None
    if not done.release.commit_count:
        return "The release has no commits, so nobody gets a deploy mail."
    unknown_authors = done.release.unknown_authors
    if not unknown_authors:
        return None
    names = ", ".join(unknown_authors[:_NAMED]) + (
        " and others" if unknown_authors[_NAMED:] else ""
    )
    all_of_them = len(unknown_authors) == len(done.release.authors)
    who = "nobody gets a deploy mail" if all_of_them else "they get no deploy mail"
    return f"The addresses of {names} belong to no member in Sentry, so {who}."


class Status(StrEnum):
    """How a phase ended, for the reader of a summary."""

    NAMED = "named"
    PLANNED = "planned"
    OPENED = "opened"
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
    Everything a summary template may use, under these names.

    `release` is its name; of an event whose release cannot be named, the commit. `reading` is
    how Sentry reads the name. `commit` is the one that was built, and `commit_why` why it
    is this one, if it is not the commit of the run. `commits_by` is how the commits came to Sentry, `commits_of` who
    wrote how many of them, `resolves` the issues they resolve with their pages. `took_s` is the
    seconds from the start of the deploy to its end. `notes` are sentences on what was not done,
    and why; `failed` is whether it was not done because something has gone wrong.

    Of health, `figures` are rows of a name, the figure, and that of the release before; `gates`
    rows of a gate, its outcome and its reason; `chart` is Markdown with charts in Mermaid.
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
    notes: tuple[str, ...] = ()
    failed: bool = False
    figures: tuple[tuple[str, str, str], ...] = ()
    gates: tuple[tuple[str, str, str], ...] = ()
    window_start: datetime | None = None
    window_end: datetime | None = None
    chart: str | None = None

    def to_values(self) -> dict[str, object]:
        """The facts by name, for a template."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
