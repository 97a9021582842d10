"""Plan the one request that creates a release, from inputs, run and previous state."""

from dataclasses import dataclass, replace

from sentry_release.ci.context import Context
from sentry_release.ci.git_repository import build_commit_url
from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsMode
from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitRange,
    CommitSource,
    PreviousRelease,
)
from sentry_release.model.foreign_text import check_link
from sentry_release.model.release import NewRelease, Release, SentryRelease
from sentry_release.release.commit_source import is_rollback, uploads_commits
from sentry_release.release.existing_releases import list_ranges_to_keep, to_previous
from sentry_release.release.post_state import PostState


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousState:
    """
    What Sentry has before a release is created.

    Attributes:
        release: The previous release, as `commits-since` chooses it; None if there is none.
        range_start: Where the commits start, if a tag or a sha decides that instead of a release.
        recent: All releases that were read to find it, newest first.
    """

    release: SentryRelease | None = None
    range_start: PreviousRelease | None = None
    recent: tuple[SentryRelease, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """
    What the main step will do: the release, its commits, and their source.

    Attributes:
        release: The release.
        environment: The environment that it will be deployed to, if any.
        previous: Where its commits start.
        commits: The range of the workflow's repository; None if it is unwanted or unknown.
        pinned_ranges: The ranges of other repositories, which the inputs name with a sha.
        commit_source: How the commits come to Sentry.
        note: A note on the range for the user.
        existing: The release itself, if Sentry has it already.
        kept_commits: Its commits of repositories that this run does not send, newest first.
        replaced: The release that it replaces in the environment.
    """

    release: Release
    environment: str | None
    previous: PreviousRelease
    commits: CommitRange | None
    pinned_ranges: tuple[CommitRange, ...]
    commit_source: CommitSource
    note: str | None = None
    existing: SentryRelease | None = None
    kept_commits: tuple[Commit, ...] = ()
    replaced: SentryRelease | None = None

    @property
    def sent_repositories(self) -> frozenset[str]:
        """Return the repositories whose commits are sent; none if the release keeps its commits."""
        if self.commit_source is CommitSource.KEPT:
            return frozenset()
        own = (
            (self.commits,) if self.commits and self.commit_source is not CommitSource.NONE else ()
        )
        return frozenset(one.repository for one in (*own, *self.pinned_ranges))

    def build_new_release(self, config: Config, context: Context) -> NewRelease:
        """Return the request; uploaded commits are added when they are known."""
        own = (
            (self.commits,)
            if self.commits and self.commit_source is CommitSource.INTEGRATION
            else ()
        )
        return NewRelease(
            name=self.release.name,
            projects=config.projects,
            url=check_link(build_commit_url_of_run(context)),
            ref=context.commit,
            # A release has one list of commits: ranges of others would replace the kept ones.
            refs=()
            if self.commit_source is CommitSource.KEPT
            else (*own, *self.pinned_ranges, *self._kept_ranges),
        )

    @property
    def _kept_ranges(self) -> tuple[CommitRange, ...]:
        return list_ranges_to_keep(self.existing, self.kept_commits) if self.existing else ()

    def update_state(self, state: PostState) -> PostState:
        """Return the state with what the post step needs from the plan."""
        return replace(
            state,
            head=self.commits.head if self.commits else None,
            previous_release=self.previous.release,
            previous_commit=self.previous.commit,
            commit_source=self.commit_source,
            note=self.note,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedRelease:
    """The executed plan, the release as Sentry returned it, and the uploaded commits."""

    plan: ReleasePlan
    release: SentryRelease
    history: CommitHistory | None = None

    def update_state(self, state: PostState) -> PostState:
        """Return the state with what the post step needs from the created release."""
        existing = self.release
        return replace(
            self.plan.update_state(state),
            is_created=True,
            created_here=existing.is_new
            and existing.released_at is None
            and not existing.deploy_count,
        )


def plan_release(
    config: Config,
    context: Context,
    release: Release,
    environment: str | None,
    before: PreviousState,
) -> ReleasePlan:
    """
    Return what the main step will do.

    Args:
        config: The inputs.
        context: The run.
        release: The release.
        environment: The environment it will be deployed to, if any.
        before: The previous state; the release itself may be in its list.
    """
    previous = _find_range_start(context, before)
    commits = find_commit_range(config, context, previous)
    own = next((existing for existing in before.recent if existing.name == release.name), None)
    kept = own is not None and commits is not None and _keeps_commits(own, commits)
    return ReleasePlan(
        release=release,
        environment=environment,
        previous=previous,
        commits=commits,
        pinned_ranges=tuple(
            one
            for one in list_pinned_ranges(config)
            if commits is None or one.repository != commits.repository
        ),
        commit_source=CommitSource.KEPT if kept else _choose_commit_source(config, commits, before),
        note=_describe_change(own, before.release) if kept else None,
        existing=own,
        replaced=before.release,
    )


def _find_range_start(context: Context, before: PreviousState) -> PreviousRelease:
    return before.range_start or to_previous(
        before.release,
        page=build_commit_url_of_run(context),
        commit=context.commit,
        repository=context.sentry_repository,
    )


def find_commit_range(
    config: Config, context: Context, previous: PreviousRelease
) -> CommitRange | None:
    """Return the range of the workflow's repository; None if it is unwanted or unknown."""
    if config.set_commits is CommitsMode.SKIP:
        return None
    own = next((pin for pin in config.repositories if pin.head is None), None)
    workflow_repository = context.sentry_repository
    pin = own or next((pin for pin in config.repositories if pin.name == workflow_repository), None)
    if pin is None and config.repositories:
        return None  # the user listed other repositories only, each with a sha
    name = pin.name if pin else workflow_repository
    head = (pin.head if pin else None) or context.commit
    if name is None or head is None:
        return None
    return CommitRange(
        repository=name,
        source=context.commit_repository or name,
        head=head,
        previous=(pin.previous if pin else None) or previous.commit,
    )


def list_pinned_ranges(config: Config) -> tuple[CommitRange, ...]:
    """Return the ranges of the repositories that were listed with a sha."""
    if config.set_commits is CommitsMode.SKIP:
        return ()
    return tuple(
        CommitRange(repository=pin.name, source=pin.name, head=pin.head, previous=pin.previous)
        for pin in config.repositories
        if pin.head is not None
    )


def build_commit_url_of_run(context: Context) -> str | None:
    """Return the URL of the built commit in its repository."""
    server, repository, commit = context.server_url, context.commit_repository, context.commit
    if not (server and repository and commit):
        return None
    return build_commit_url(server, repository, commit, context.forge)


def _keeps_commits(own: SentryRelease, commits: CommitRange) -> bool:
    """Return whether the release exists with commits from the same commit, and keeps them."""
    return bool(own.commit_count) and own.ref == commits.head


def _choose_commit_source(
    config: Config, commits: CommitRange | None, before: PreviousState
) -> CommitSource:
    if commits is None or commits.is_empty:
        return CommitSource.NONE
    # Sentry fetches whole ranges; only an uploaded list can omit commits.
    by_action = uploads_commits(config)
    unlinked = any(one.unlinked_repository == commits.repository for one in before.recent)
    if by_action or (unlinked and config.set_commits is CommitsMode.AUTO):
        return CommitSource.GITHUB
    return CommitSource.INTEGRATION


def describe_late_rollback(plan: ReleasePlan, created: SentryRelease) -> str | None:
    """
    Return the note on a rollback that only the response reveals; None if it is none.

    The release may be older than all that were read to find the previous one.
    """
    if plan.replaced is None or not is_rollback(created, plan.replaced):
        return None
    return f"This is a rollback from {plan.replaced.name}."


def _describe_change(own: SentryRelease | None, before: SentryRelease | None) -> str | None:
    if before is None or not is_rollback(own, before):
        return None
    return f"This is a rollback from {before.name}: the release keeps its own commits."
