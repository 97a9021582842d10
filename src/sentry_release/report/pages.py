"""Build the summary pages of releases and deploys."""

from collections.abc import Sequence
from dataclasses import replace

from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent
from sentry_release.ci.git_repository import build_compare_url
from sentry_release.config.config import Config
from sentry_release.errors import ActionError
from sentry_release.model.commits import Commit, CommitSource
from sentry_release.model.job import EventKind
from sentry_release.model.release import Release, SentryRelease, build_issue_url, build_release_url
from sentry_release.release.commit_details import (
    count_commits_by_author,
    find_lead_time,
    find_resolved_issues,
)
from sentry_release.release.deploy import FinalizeResult
from sentry_release.release.event_policy import SkipReason, decide_allowed_effects
from sentry_release.release.plan import ReleasePlan, build_commit_url_of_run
from sentry_release.release.post_state import PostState
from sentry_release.release.release_name import parse_release_name
from sentry_release.report.page import Status, SummaryPage, explain_missing_deploy_mail

_SHORT_SHA = 7


def build_page(config: Config, context: Context, state: PostState) -> SummaryPage:
    """Return the page with the values that all release pages share."""
    return SummaryPage(
        status=Status.FINISHED,
        release=state.release,
        environment=state.environment,
        organization=config.org,
        projects=config.projects,
        release_url=build_release_url(config.url, config.org, state.release)
        if config.org
        else None,
        commit=context.commit,
        commit_url=build_commit_url_of_run(context),
        commit_why=context.built.why if context.built else None,
        previous_release=state.previous_release,
        previous_commit=state.previous_commit,
        run_url=context.run_url,
        run_name=context.run_name,
        actor=context.actor,
        job_status=config.job_status,
    )


def build_named_page(
    config: Config, context: Context, state: PostState, release: Release
) -> SummaryPage:
    """Return the page of a release whose name is set, before any request."""
    return replace(
        build_page(config, context, state),
        reading=parse_release_name(release.name).describe(),
        dist=release.dist,
        dart_define_file=str(config.dart_defines_file),
    )


def add_authors(page: SummaryPage, config: Config, commits: Sequence[Commit]) -> SummaryPage:
    """Return `page` with the authors of the commits and the issues that they resolve."""
    return replace(
        page,
        commits_of=count_commits_by_author(commits),
        resolves=tuple(
            (issue, build_issue_url(config.url, config.org or "", issue))
            for issue in find_resolved_issues(commits)
        ),
    )


def build_created_page(
    page: SummaryPage, context: Context, plan: ReleasePlan, existing: SentryRelease | None
) -> SummaryPage:
    """Return the page of a created release (`existing`), or of one that a dry run plans."""
    page = replace(page, notes=(plan.note,) if plan.note else ())
    page = replace(page, status=Status.CREATED if existing else Status.PLANNED)
    if existing:
        page = replace(
            page, commit_count=existing.commit_count or None, released=existing.released_at
        )
    if plan.commits is None or plan.commit_source is CommitSource.NONE:
        return page
    server = context.server_url
    url = build_compare_url(server, plan.commits, context.forge) if server else None
    return replace(page, range_url=url, head=plan.commits.head, commits_by=plan.commit_source.value)


def explain_pending_work(context: Context, state: PostState) -> str:
    """Return a sentence on when the work that main could not do is done."""
    if state.skip_reason:
        return "The dry run ends here."
    if context.is_github_actions:
        return "The action retries after the job."
    return "Run `sentry-release deploy --create-missing-release` to do the rest."


def build_finished_page(
    config: Config, context: Context, state: PostState, done: FinalizeResult
) -> SummaryPage:
    """Return the page of a release whose job succeeded."""
    base = build_page(config, context, state)
    finished = done.deployed.deploy.finished if done.deployed else None
    started = done.deployed.deploy.started if done.deployed else None
    lead_time = find_lead_time(done, state.commit_times)
    server, commits = context.server_url, done.commits
    if commits is not None and commits.is_empty:
        commits = None
    return replace(
        add_authors(base, config, done.listed),
        status=_find_status(done),
        range_url=build_compare_url(server, commits, context.forge) if server and commits else None,
        head=commits.head if commits else None,
        commit_count=None if done.uncertainty else done.release.commit_count,
        commits_by=done.commit_source.value,
        authors=done.release.authors,
        deploy_url=done.deploy.url if done.deploy else None,
        released=done.release.released_at,
        finished=finished,
        took_s=int((finished - started).total_seconds()) if finished and started else None,
        lead_oldest_s=lead_time.oldest_s if lead_time else None,
        lead_median_s=lead_time.median_s if lead_time else None,
        notes=_list_notes(config, context.event_kind, state, done),
    )


def _explain_not_finalized(config: Config, kind: EventKind, state: PostState) -> str:
    if not config.finalize:
        return "`finalize` is `false`"
    reason = decide_allowed_effects(
        kind, state.job_environment, config.finalize_environments
    ).reason
    return reason or f"`{state.environment}` is not in `finalize-environments`"


def _explain_no_deploy(config: Config, state: PostState) -> str:
    if not config.deploy:
        return "`deploy` is `false`"
    if state.no_deployment:
        return "the workflow sets `deployment: false` for the job's environment"
    if state.environment_problem is None:
        return "the job has no environment"
    return (
        f"the job's environment is unknown ({state.environment_problem}). "
        "Set `environment`, or add `permissions: {checks: read}`"
    )


def _find_status(done: FinalizeResult) -> Status:
    if done.deployed and done.deployed.existed:
        return Status.ALREADY_DEPLOYED
    return Status.DEPLOYED if done.deployed else Status.FINISHED


def _list_notes(
    config: Config, kind: EventKind, state: PostState, done: FinalizeResult
) -> tuple[str, ...]:
    notes = [state.note] if state.note else []
    if done.deployed is None:
        notes.append(f"No deploy recorded: {_explain_no_deploy(config, state)}.")
    if done.uncertainty:
        notes.append(f"The release may not be finalized: {done.uncertainty.message}")
    elif done.release.released_at is None:
        notes.append(f"Not finalized: {_explain_not_finalized(config, kind, state)}.")
    if reason := explain_missing_deploy_mail(done):
        notes.append(reason)
    return tuple(notes)


def explain_job_failure(config: Config) -> str:
    """Return a sentence with the status of the job; a heading says that there is no deploy."""
    ended = f"The job ended with the status `{config.job_status or 'unknown'}`"
    return f"{ended}, so the release was not finalized either."


def build_not_deployed_page(
    config: Config, context: Context, state: PostState, *notes: str, failed: bool
) -> SummaryPage:
    """Return the page of a release without a recorded deploy; `notes` are the reasons."""
    page = build_page(config, context, state)
    # A release that may not exist gets no link.
    url = page.release_url if state.is_created else None
    return replace(page, status=Status.NOT_DEPLOYED, release_url=url, notes=notes, failed=failed)


def build_failed_page(
    config: Config, context: Context, state: PostState, error: ActionError
) -> SummaryPage:
    """Return the page of a deploy that could not be created because of an error."""
    notes = (error.message, error.reason, error.hint)
    return build_not_deployed_page(config, context, state, *notes, failed=True)


def build_external_deploy_page(
    config: Config,
    context: Context,
    event: DeploymentEvent | None,
    reason: SkipReason,
    release: str | None,
) -> SummaryPage:
    """
    Return the page of a deploy by another app or job that is not recorded in Sentry.

    Args:
        config: The inputs, with the values of the deployment event.
        context: The run, with the values of the deployment event.
        event: The deployment event; None if a job of this run deployed.
        reason: Why no deploy is recorded.
        release: The release name; None if it is unknown.
    """
    state = PostState(
        release=release or f"commit {(context.commit or 'unknown')[:_SHORT_SHA]}",
        environment=config.environment,
    )
    page = build_not_deployed_page(config, context, state, reason.text, failed=reason.failed)
    log = event.log_url if event and event.deployment_id is not None else context.run_url
    return replace(page, deploy_url=log or config.deploy_url)
