"""Facts of a phase -> the page that its summary shows."""

from collections.abc import Sequence
from dataclasses import replace

from sentry_release.decisions import links
from sentry_release.decisions.crediting import by_author, resolved
from sentry_release.decisions.finishing import Finished
from sentry_release.decisions.mailing import unmailed
from sentry_release.decisions.opening import Plan, source_page
from sentry_release.decisions.page import Page, Status
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.facts.sentry_version import reading_of
from sentry_release.model.event_kind import EventKind
from sentry_release.release.event_policy import allowed_effects
from sentry_release.words.commits import Commit, Way
from sentry_release.words.release import Release, SeenRelease


def page_of(config: Config, context: Context, left: Handover) -> Page:
    """What every page shows."""
    return Page(
        status=Status.FINISHED,
        release=left.release,
        environment=left.environment,
        organization=config.org,
        projects=config.projects,
        release_url=links.release_page(config.url, config.org, left.release)
        if config.org
        else None,
        commit=context.commit,
        commit_url=source_page(context),
        commit_why=context.built.why if context.built else None,
        previous_release=left.previous_release,
        previous_commit=left.previous_commit,
        run_url=context.run_url,
        run_name=context.run_name,
        actor=context.actor,
        job_status=config.job_status,
    )


def named_page(config: Config, context: Context, left: Handover, release: Release) -> Page:
    """The page of a release that has its name; the defines are shown without the dsn."""
    return replace(
        page_of(config, context, left),
        reading=reading_of(release.name).in_words(),
        dist=release.dist,
        dart_define_file=str(config.dart_defines_file),
    )


def credited(page: Page, config: Config, commits: Sequence[Commit]) -> Page:
    """The page, with who wrote the commits and what they resolve, as far as they are known."""
    return replace(
        page,
        commits_of=by_author(commits),
        resolves=tuple(
            (issue, links.issue_page(config.url, config.org or "", issue))
            for issue in resolved(commits)
        ),
    )


def opened_page(page: Page, context: Context, plan: Plan, seen: SeenRelease | None) -> Page:
    """The page of a release that is open (`seen`), or would be."""
    page = replace(page, notes=(plan.remark,) if plan.remark else ())
    page = replace(page, status=Status.OPENED if seen else Status.PLANNED)
    if seen:
        page = replace(page, commit_count=seen.commit_count or None, released=seen.released)
    if plan.commits is None or plan.way is Way.NONE:
        return page
    server = context.server_url
    url = links.range_page(server, plan.commits, context.forge) if server else None
    return replace(page, range_url=url, head=plan.commits.head, commits_by=plan.way.value)


def undone(context: Context, left: Handover) -> str:
    """What becomes of what an outage has kept main from doing, as a sentence."""
    if left.quiet:
        return "The dry run ends here."
    if context.on_actions:
        return "The rest is tried again after the job."
    return "Let `sentry-release deploy --create-missing-release` do the rest."


def finished_page(config: Config, context: Context, left: Handover, done: Finished) -> Page:
    """The page of a release whose job has succeeded."""
    base = page_of(config, context, left)
    finished = done.marked.deploy.finished if done.marked else None
    started = done.marked.deploy.started if done.marked else None
    server, commits = context.server_url, done.commits
    if commits is not None and commits.is_empty:
        commits = None
    return replace(
        credited(base, config, done.listed),
        status=_status(done),
        range_url=links.range_page(server, commits, context.forge) if server and commits else None,
        head=commits.head if commits else None,
        commit_count=None if done.unsure else done.seen.commit_count,
        commits_by=done.way.value,
        authors=done.seen.authors,
        deploy_url=done.deploy.url if done.deploy else None,
        released=done.seen.released,
        finished=finished,
        took_s=int((finished - started).total_seconds()) if finished and started else None,
        notes=_notes(config, context.event_kind, left, done),
    )


def _why_open(config: Config, kind: EventKind, left: Handover) -> str:
    if not config.finalize:
        return "`finalize` is `false`"
    why = allowed_effects(kind, left.job_environment).because
    return why or f"`{left.environment}` is not in `finalize-environments`"


def _why_no_deploy(config: Config, left: Handover) -> str:
    if not config.deploy:
        return "`deploy` is `false`"
    if left.environment_problem is None:
        return "the job has no environment"
    return (
        f"the job's environment is unknown ({left.environment_problem}). "
        "Set `environment`, or add `permissions: {checks: read}`"
    )


def _status(done: Finished) -> Status:
    if done.marked and done.marked.already:
        return Status.ALREADY_DEPLOYED
    return Status.DEPLOYED if done.marked else Status.FINISHED


def _notes(config: Config, kind: EventKind, left: Handover, done: Finished) -> tuple[str, ...]:
    notes = [left.remark] if left.remark else []
    if done.marked is None:
        notes.append(f"No deploy recorded: {_why_no_deploy(config, left)}.")
    if done.unsure:
        notes.append(f"Whether the release is finalized is not known: {done.unsure.what}")
    elif done.seen.released is None:
        notes.append(f"Not finalized: {_why_open(config, kind, left)}.")
    if why := unmailed(done):
        notes.append(why)
    return tuple(notes)
