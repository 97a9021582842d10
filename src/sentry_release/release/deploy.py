"""The deploy; commit status; when to finalize."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from sentry_release.ci.context import Context
from sentry_release.config.config import MAX_DEPLOY_NAME_LENGTH, Config
from sentry_release.errors import ActionError
from sentry_release.model.commits import Commit, CommitRange, CommitSource
from sentry_release.model.event_kind import EventKind
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.model.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease
from sentry_release.model.sentry_names import check_link
from sentry_release.release.event_policy import allowed_effects

_MAX_ID_LENGTH = 40  # characters; the last ones tell one run from the next


def build_deploy(
    config: Config,
    context: Context,
    *,
    environment: str | None,
    started: datetime | None,
    now: datetime,
) -> Deploy | None:
    """
    The deploy that this job makes; None when there is no environment, or none is wanted.

    It carries the run in its url, or else in its name, so that it can be known again: a run,
    and each attempt of it, makes one deploy of a release to an environment. Where the user
    gives both, the moment it started tells the run.
    """
    if environment is None or not config.deploy:
        return None
    tells_run = _is_run_known_from_event(config, context)
    began = context.deploy_started or started
    if began is None and context.run_id and not tells_run:
        began = now
    return Deploy(
        environment=environment,
        name=_get_run_name(config, context),
        url=config.deploy_url or _get_run_url(context),
        started=min(began, now) if began else None,
        finished=now,
        projects=config.projects,
        is_run_known=tells_run,
    )


def _is_run_known_from_event(config: Config, context: Context) -> bool:
    by_url = not config.deploy_url and _get_run_url(context) is not None
    by_name = not config.deploy_name and context.run_name is not None
    return context.run_id is not None and (by_url or by_name)


def _get_run_url(context: Context) -> str | None:
    """The page of the run; a deployment may be told of by many runs, and has none of theirs."""
    return check_link(context.run_url) if context.deployment_id is None else None


def _get_run_name(config: Config, context: Context) -> str | None:
    if config.deploy_name or context.run_name is None:
        return config.deploy_name
    own = ""
    if (
        context.run_id
        and context.deployment_id is None
        and (config.deploy_url or not _get_run_url(context))
    ):
        # Numbers count each workflow for itself; only the id is the run's alone.
        own = f" ({context.run_id[-_MAX_ID_LENGTH:]}.{context.run_attempt})"
    return context.run_name[: MAX_DEPLOY_NAME_LENGTH - len(own)] + own


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
