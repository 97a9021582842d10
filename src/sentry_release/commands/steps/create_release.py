"""Create the release in Sentry: plan it, send one request, add the commits."""

from collections.abc import Callable
from dataclasses import replace

from sentry_release.ci.context import Context
from sentry_release.commands.steps.previous_release import find_previous
from sentry_release.commands.steps.verify_commits import fetch_commits_from_github
from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsMode
from sentry_release.errors import ApiError, UnknownRepositoryError
from sentry_release.model.commits import Commit, CommitSource, CommitUpload
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import NewRelease, Release, SentryRelease
from sentry_release.release.commit_source import describe_range
from sentry_release.release.existing_releases import (
    describe_other_commit,
    is_from_other_commit,
    is_shared,
    list_commits_to_keep,
    list_ranges_to_keep,
)
from sentry_release.release.plan import (
    CreatedRelease,
    ReleasePlan,
    describe_late_rollback,
    plan_release,
)
from sentry_release.services import Services

_LINK = (
    "To keep the commits of all repositories, connect them in Sentry under Settings > Integrations, "
    "and deploy them to the same `environment`."
)
_PAGES = 10  # pages of 100 commits of an existing release


def find_plan(
    config: Config,
    context: Context,
    release: Release,
    environment: str | None,
    services: Services,
) -> ReleasePlan:
    """
    Return the plan of a release, by what Sentry has before it.

    The plan keeps the commits of other repositories that the release has already.

    Args:
        config: The inputs.
        context: The run.
        release: The release.
        environment: The environment that it will be deployed to, if any.
        services: The adapters.

    Raises:
        ApiError, ServiceUnavailableError: Sentry refused a request, or is unreachable.
    """
    before = find_previous(config, services, release, environment, context.built_commit)
    plan = plan_release(config, context, release, environment, before)
    if plan.existing is None and plan.commit_source is CommitSource.GITHUB:
        # An uploaded list replaces the commits that the release has, so it is looked up before.
        existing = _find_existing(plan, services)
        if existing is not None:
            before = replace(before, recent=(*before.recent, existing))
            plan = plan_release(config, context, release, environment, before)
    if plan.existing is None or not plan.existing.commit_count or not plan.sent_repositories:
        return plan
    kept = _list_commits_to_keep(plan, services)
    if plan.commit_source is not CommitSource.INTEGRATION or all(one.is_linked for one in kept):
        return replace(plan, kept_commits=kept)
    if config.set_commits is CommitsMode.AUTO and services.github() is not None:
        # Only an uploaded list can contain the commits of both.
        return replace(plan, kept_commits=kept, commit_source=CommitSource.GITHUB)
    _warn_of_replaced(plan.release, kept, services)
    return replace(plan, kept_commits=tuple(one for one in kept if one.is_linked))


def create_release(
    plan: ReleasePlan, new_release: NewRelease, config: Config, services: Services
) -> CreatedRelease:
    """
    Create the release as planned.

    Args:
        plan: The plan.
        new_release: Its request.
        config: The inputs, for commits from GitHub.
        services: The adapters.

    Raises:
        ApiError, ServiceUnavailableError: The release could not be created. Problems with its
            commits are only warnings, and the post step tries them again.
    """
    if plan.commit_source is CommitSource.GITHUB:
        created = _create_with_commits(plan, new_release, config, services)
    else:
        send = _choose_request(plan, new_release, services)
        try:
            existing = send(new_release)
        except UnknownRepositoryError as refused:
            created = _create_without_integration(plan, new_release, config, services, refused)
        else:
            created = CreatedRelease(plan=plan, release=existing)
    if created.plan.note is None and plan.existing is None:
        note = describe_late_rollback(plan, created.release)
        created = replace(created, plan=replace(created.plan, note=note))
    return _reconcile(created, new_release, services)


def _find_existing(plan: ReleasePlan, services: Services) -> SentryRelease | None:
    """Return the release if it exists, although it was not deployed to the environment yet."""
    try:
        return services.sentry().get_release(plan.release.name)
    except ApiError as refused:
        services.runner.log_line(f"Existing commits are not kept: {refused.message}")
        return None


def _list_commits_to_keep(plan: ReleasePlan, services: Services) -> tuple[Commit, ...]:
    """Return the commits of other repositories, which a new list of commits would replace."""
    try:
        commits = services.sentry().list_commits(plan.release.name, pages=_PAGES)
    except ApiError as refused:  # deleted meanwhile, or not readable with this token
        services.runner.log_line(f"Commits of other repositories are not kept: {refused.message}")
        return ()
    return list_commits_to_keep(commits, sent=plan.sent_repositories)


def _choose_request(
    plan: ReleasePlan, new_release: NewRelease, services: Services
) -> Callable[[NewRelease], SentryRelease]:
    """Return the request: an update if the release exists with another commit, else a creation."""
    known = plan.existing
    is_complete = known is not None and set(new_release.projects) <= set(known.projects)
    if known is None or not is_complete or not _is_moved(new_release, known):
        return services.sentry().create_release
    return services.sentry().update


def _is_moved(new_release: NewRelease, existing: SentryRelease) -> bool:
    """Return whether the URL of the release is that of another commit of this repository."""
    return is_from_other_commit(new_release, existing) and existing.url != new_release.url


def _reconcile(
    created: CreatedRelease, new_release: NewRelease, services: Services
) -> CreatedRelease:
    """Notify about a release of another commit, and restore what the response shows was replaced."""
    plan, existing = created.plan, created.release
    if is_from_other_commit(new_release, plan.existing or existing):
        text = describe_other_commit(
            new_release, plan.existing or existing, on_actions=services.runner.on_actions
        )
        notice = Annotation(
            level=AnnotationLevel.NOTICE, title="Sentry release: same name", text=text
        )
        services.runner.annotate(notice)
    kept = (
        _find_commits_to_keep(plan, new_release, existing, services)
        if plan.existing is None
        else ()
    )
    url = new_release.url if _is_moved(new_release, existing) else None
    if not kept and url is None:
        return created
    refs = (*new_release.refs, *list_ranges_to_keep(existing, kept)) if kept else ()
    update = replace(new_release, url=url, refs=refs, commit_upload=None)
    return replace(created, release=services.sentry().update(update))


def _find_commits_to_keep(
    plan: ReleasePlan, new_release: NewRelease, existing: SentryRelease, services: Services
) -> tuple[Commit, ...]:
    """Return the commits to keep in a release whose existence only the response revealed."""
    if plan.commit_source is CommitSource.INTEGRATION and is_shared(
        new_release, existing, sent=plan.sent_repositories
    ):
        # Sentry fetches the new commits later, so the old ones still exist.
        kept = _list_commits_to_keep(plan, services)
        if not all(one.is_linked for one in kept):
            _warn_of_replaced(plan.release, kept, services)
        return tuple(one for one in kept if one.is_linked)
    return ()


def _warn_of_replaced(release: Release, kept: tuple[Commit, ...], services: Services) -> None:
    lost = sorted({one.repository or "" for one in kept if not one.is_linked})
    text = f"{release.name} has commits of {', '.join(lost)}; the commits of this run will replace them."
    _warn(services, f"{text}\n{_LINK}")


def _warn(services: Services, text: str) -> None:
    services.runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: commits", text=text)
    )


def _create_with_commits(
    plan: ReleasePlan, new_release: NewRelease, config: Config, services: Services
) -> CreatedRelease:
    """Create the release with uploaded commits; Sentry then fetches none, so refs are dropped."""
    history = fetch_commits_from_github(config, plan.commits, services) if plan.commits else None
    payload = None
    if history and history.commits and plan.commits:
        commits = (*history.commits, *plan.kept_commits)
        payload = CommitUpload(repository=plan.commits.repository, commits=commits)
        plan = replace(plan, note=describe_range(history, plan.commits, plan.previous.release))
    elif history and plan.commits:
        note = describe_range(history, plan.commits, plan.previous.release)
        plan = replace(plan, commit_source=CommitSource.NONE, note=note)
    refs = () if payload or not plan.pinned_ranges else new_release.refs
    if plan.pinned_ranges and not refs:
        _report_skipped_commits(plan, services)
    send = _choose_request(plan, new_release, services)
    existing = send(replace(new_release, commit_upload=payload, refs=refs))
    return CreatedRelease(plan=plan, release=existing, history=history)


def _create_without_integration(
    plan: ReleasePlan,
    new_release: NewRelease,
    config: Config,
    services: Services,
    refused: UnknownRepositoryError,
) -> CreatedRelease:
    if config.set_commits is CommitsMode.INTEGRATION or plan.commits is None:
        raise refused
    names = " or ".join(sorted({one.repository for one in new_release.refs}))
    fallback = "reading commits from GitHub instead" if services.github() else "it has no commits"
    services.runner.log_line(f"{names} is not connected in Sentry; {fallback}.")
    services.runner.log_debug(f"{refused.message} {refused.reason}")
    # The refused request created the release, but whether it was new is no longer known.
    plan = replace(plan, commit_source=CommitSource.GITHUB)
    if plan.existing is None and (existing := _find_existing(plan, services)):
        kept = _list_commits_to_keep(plan, services) if existing.commit_count else ()
        plan = replace(plan, kept_commits=kept)
    created = _create_with_commits(plan, replace(new_release, refs=()), config, services)
    return replace(created, release=replace(created.release, is_new=False))


def _report_skipped_commits(plan: ReleasePlan, services: Services) -> None:
    names = ", ".join(one.repository for one in plan.pinned_ranges)
    text = (
        f"Commits of {names} skipped.\n"
        "Sentry accepts either ranges to fetch or a list of commits; this run sends a list.\n"
        "Connect all repositories in Sentry under Settings > Integrations, and leave "
        "`commit-paths` empty."
    )
    _warn(services, text)
