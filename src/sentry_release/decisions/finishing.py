"""What Sentry has + what we wish -> what is still to be done when the job has succeeded."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from sentry_release.facts.config import Config
from sentry_release.model.event_kind import EventKind
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.release.event_policy import allowed_effects
from sentry_release.words.commits import Commit, CommitRange, CommitSource
from sentry_release.words.errors import ActionError
from sentry_release.words.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease


class CommitStatus(StrEnum):
    """Whether the commits we named are with the release."""

    PRESENT = "yes"
    MISSING = "no"
    UNKNOWN = "unsure"
    NOT_EXPECTED = "unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeResult:
    """
    The release as Sentry has it now, and what was done to it.

    `duplicates` is how often the deploy is there besides the one that is known. `uncertainty` is why
    the deploy is all that is known, if so: then nothing of `release` counts but its name.
    """

    release: SentryRelease
    commits: CommitRange | None
    commit_source: CommitSource
    commit_status: CommitStatus
    deploy: Deploy | None
    deployed: CreatedDeploy | None
    duplicates: int = 0
    uncertainty: ActionError | None = None
    listed: tuple[Commit, ...] = ()
    """The commits, as far as they were asked for or brought by us."""


def find_commit_status(
    existing: SentryRelease, commits: CommitRange | None, way: CommitSource
) -> CommitStatus:
    """
    Judge by the release alone; when its newest commit is another one, only the list tells.

    Sentry accepts a range and fetches it later, and where that fails it leaves no trace.
    Commits that we brought it has stored by the time it answers.
    """
    if commits is None or commits.is_empty or way in {CommitSource.NONE, CommitSource.KEPT}:
        return CommitStatus.NOT_EXPECTED
    if not existing.commit_count:
        return CommitStatus.MISSING
    # Of ours the newest may be missing: `commit-paths` may have left it out.
    sure = way is CommitSource.GITHUB or existing.head == commits.head
    return CommitStatus.PRESENT if sure else CommitStatus.UNKNOWN


def should_finalize(config: Config, kind: EventKind, environment: JobEnvironment) -> bool:
    """
    Whether the success of a job in this environment finalizes the release.

    What was deployed to staging may still change; a release is final when it is deployed to a
    production environment for the first time, or if the job certainly has no environment.
    """
    may_finalize = config.finalize and allowed_effects(kind, environment).finalize
    return may_finalize and (
        environment.is_production or _is_final_environment(config, environment.name)
    )


def _is_final_environment(config: Config, environment: str | None) -> bool:
    # GitHub ignores the case of environments.
    return environment is None or any(
        fnmatchcase(environment.casefold(), glob.casefold())
        for glob in config.finalize_environments
    )


def can_finalize_without_lookup(
    config: Config, kind: EventKind, environment: JobEnvironment, *, fresh: bool
) -> bool:
    """
    Whether finalizing may stand in for the first look at the release.

    It may for the job that made the release and is to finalize it: then the answer to the one
    request tells what a look would have told. See docs/adr/0004-four-requests.md.
    """
    return fresh and should_finalize(config, kind, environment) and not config.dry_run


def find_original_release_date(
    config: Config, deploys: tuple[SentryDeploy, ...], own: datetime
) -> datetime | None:
    """
    The date that another job had set before we finalized unseen; None when there is none.

    Each job of ours finalizes with the very moment in which its deploy finished, so the first
    deploy to production tells the date.
    """
    final = [one.finished for one in deploys if _is_final_environment(config, one.environment)]
    earlier = [finished for finished in final if finished and finished < own]
    return min(earlier, default=None)
