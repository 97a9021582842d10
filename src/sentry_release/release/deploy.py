"""Build the deploy, determine the status of the commits, decide whether to finalize."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sentry_release.ci.context import Context
from sentry_release.config.config import MAX_DEPLOY_NAME_LENGTH, Config
from sentry_release.config.inputs import Command
from sentry_release.errors import ActionError
from sentry_release.model.commits import Commit, CommitRange, CommitSource, PreviousRelease
from sentry_release.model.foreign_text import check_link
from sentry_release.model.job import EventKind, JobEnvironment
from sentry_release.model.release import CreatedDeploy, Deploy, SentryDeploy, SentryRelease
from sentry_release.release.event_policy import decide_allowed_effects, is_final_environment
from sentry_release.release.plan import find_commit_range
from sentry_release.release.post_state import PostState

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
    Return the deploy of this job; None without an environment, or if `deploy` is false.

    Its URL or else its name identifies the run, so that it is recognized later: each attempt of
    a run makes one deploy of a release to an environment. If the user sets both, the start time
    identifies the run.
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
    """Return the URL of the run; None for an external deployment, which several runs may report."""
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
        # Run numbers are unique per workflow only; the id is unique.
        own = f" ({context.run_id[-_MAX_ID_LENGTH:]}.{context.run_attempt})"
    return context.run_name[: MAX_DEPLOY_NAME_LENGTH - len(own)] + own


class CommitStatus(StrEnum):
    """Whether Sentry has the expected commits of the release."""

    PRESENT = "yes"
    MISSING = "no"
    UNKNOWN = "unsure"
    NOT_EXPECTED = "unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeResult:
    """
    The release as Sentry has it now, and what was done to it.

    Attributes:
        release: The release; only its name is valid if there is an `uncertainty`.
        commits: The expected commits; None if there are none.
        commit_source: How the commits came to Sentry.
        commit_status: Whether Sentry has them.
        deploy: The deploy that was wanted; None if none was.
        deployed: The deploy in Sentry; None if none was created.
        duplicates: The number of further deploys with the same identity.
        uncertainty: Why only the deploy is known; None if all is.
        listed: The commits, as far as they were read or uploaded.
    """

    release: SentryRelease
    commits: CommitRange | None
    commit_source: CommitSource
    commit_status: CommitStatus
    deploy: Deploy | None
    deployed: CreatedDeploy | None
    duplicates: int
    uncertainty: ActionError | None = None
    listed: tuple[Commit, ...] = ()


def find_commit_status(
    existing: SentryRelease, commits: CommitRange | None, source: CommitSource
) -> CommitStatus:
    """
    Return the status by the release alone; UNKNOWN if only the list of its commits can tell.

    Sentry accepts a range and fetches it later; if that fails, it leaves no trace. Uploaded
    commits are stored before the response.
    """
    if commits is None or commits.is_empty or source in {CommitSource.NONE, CommitSource.KEPT}:
        return CommitStatus.NOT_EXPECTED
    if not existing.commit_count:
        return CommitStatus.MISSING
    # The head may be missing in an uploaded list: `commit-paths` may exclude it.
    sure = source is CommitSource.GITHUB or existing.head == commits.head
    return CommitStatus.PRESENT if sure else CommitStatus.UNKNOWN


def should_finalize(config: Config, kind: EventKind, environment: JobEnvironment) -> bool:
    """
    Return whether the success of a job in this environment finalizes the release.

    A release in staging may still change; it is final when it is first deployed to a production
    environment, or if the job certainly has no environment.
    """
    finals = config.finalize_environments
    allowed = decide_allowed_effects(kind, environment, finals)
    may_finalize = config.finalize and allowed.may_finalize
    return may_finalize and (environment.name is None or is_final_environment(environment, finals))


def can_finalize_without_lookup(
    config: Config, kind: EventKind, environment: JobEnvironment, *, fresh: bool
) -> bool:
    """
    Return whether finalizing can replace the first lookup of the release.

    It can for the job that created the release and finalizes it: the response to that request
    contains the same as a lookup. See docs/adr/0004-four-requests.md.
    """
    return fresh and should_finalize(config, kind, environment) and not config.dry_run


def find_original_release_date(
    config: Config, deploys: tuple[SentryDeploy, ...], own: datetime
) -> datetime | None:
    """
    Return the release date that this job overwrote when it finalized without a lookup; else None.

    Each job finalizes with the time at which its deploy finished, so the date is that of the
    first deploy to production, by the order in which Sentry created them: the clocks of two
    runners differ.
    """
    finals = config.finalize_environments
    final = [
        (len(one.id or ""), one.id or "", one.finished)  # ids are numbers that Sentry counts up
        for one in deploys
        if one.finished and is_final_environment(JobEnvironment(name=one.environment), finals)
    ]
    first = min(final)[-1] if final else None
    return None if first == own else first


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishPlan:
    """
    What to do after a successful job: complete the release, finalize it, create the deploy.

    Attributes:
        release: The name of the release.
        now: When the job finished.
        deploy: The deploy; None if none is created.
        commits: The expected commits; None if there are none.
        commit_source: Their source.
        previous_release: The name of the previous release, for the note on the range.
        should_finalize: Whether the success of the job finalizes the release.
        needs_lookup: Whether the release must be read before it is finalized.
        may_race: Whether another job may have created the same deploy since the release was read.
        should_wait: Whether parallel jobs should be given time, as they may end at the same instant.
        must_check_duplicates: Whether to look for duplicates even if the release had no deploy.
        began: When the job began, if another job created the release; None if that is no matter.
    """

    release: str
    now: datetime
    deploy: Deploy | None
    commits: CommitRange | None
    commit_source: CommitSource
    previous_release: str | None
    should_finalize: bool
    needs_lookup: bool
    may_race: bool
    should_wait: bool
    must_check_duplicates: bool
    began: datetime | None


def plan_finish(config: Config, context: Context, state: PostState, now: datetime) -> FinishPlan:
    """Return what to do after a job that succeeded, by the state that its main step saved."""
    kind, environment = context.event_kind, state.job_environment
    allowed = decide_allowed_effects(kind, environment, config.finalize_environments)
    to = state.environment if allowed.may_deploy else None
    is_matrix = _is_matrix(config)
    races = _may_race(config, context, state)
    deploy = build_deploy(config, context, environment=to, started=state.started, now=now)
    # Without a deploy, the date that another job has set meanwhile could not be restored.
    fresh = state.created_here and deploy is not None
    return FinishPlan(
        release=state.release,
        now=now,
        deploy=deploy,
        commits=_find_expected_commits(config, context, state),
        commit_source=state.commit_source,
        previous_release=state.previous_release,
        should_finalize=should_finalize(config, kind, environment),
        needs_lookup=not can_finalize_without_lookup(config, kind, environment, fresh=fresh),
        may_race=races,
        should_wait=is_matrix and not state.created_here,
        # Two jobs of a run may use the action `deploy`; it checks for duplicates, as the run does not show them.
        must_check_duplicates=races or config.command is Command.DEPLOY,
        began=None if state.created_here or is_matrix else state.started,
    )


def _may_race(config: Config, context: Context, state: PostState) -> bool:
    """
    Return whether another job may have created the same deploy since the release was read.

    It may be another matrix job, another run of an event that was delivered twice, or the job
    that created the release before this one.
    """
    if _is_matrix(config) or context.deployment_event is not None:
        return True
    return not state.created_here and config.command is not Command.DEPLOY


def _is_matrix(config: Config) -> bool:
    return config.job_total is not None and config.job_total > 1


def _find_expected_commits(
    config: Config, context: Context, state: PostState
) -> CommitRange | None:
    commits = find_commit_range(config, context, PreviousRelease(commit=state.previous_commit))
    return replace(commits, head=state.head) if commits and state.head else commits
