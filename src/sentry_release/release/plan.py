"""Config + Context + what was there before -> the one request that opens a release."""

from dataclasses import dataclass, replace

from sentry_release.ci.context import Context
from sentry_release.config.choices import CommitsMode
from sentry_release.config.config import Config
from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitRange,
    CommitSource,
    PreviousRelease,
)
from sentry_release.model.release import NewRelease, Release, SentryRelease
from sentry_release.model.sentry_names import check_link
from sentry_release.release.commit_source import is_rollback, uploads_commits
from sentry_release.release.links import build_commit_url
from sentry_release.release.post_state import PostState
from sentry_release.release.same_name import ranges_to_keep


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousState:
    """What was there before us, and all releases that Sentry told of on the way."""

    previous: PreviousRelease
    existing: SentryRelease | None = None
    recent: tuple[SentryRelease, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """
    What main will do: the release, its commits, and the way these take.

    `commits` is the range of the workflow's repository, `pinned_ranges` those of others. `note` is
    what its reader should know of the range. `known` is the release if it exists already, and
    `kept` its commits of repositories that this run sends nothing of, the newest first.
    """

    release: Release
    environment: str | None
    previous: PreviousRelease
    commits: CommitRange | None
    pinned_ranges: tuple[CommitRange, ...]
    commit_source: CommitSource
    note: str | None = None
    known: SentryRelease | None = None
    kept: tuple[Commit, ...] = ()

    @property
    def sent_repositories(self) -> frozenset[str]:
        """Return the repositories of which commits are sent; none if the release keeps its own."""
        if self.commit_source is CommitSource.KEPT:
            return frozenset()
        own = (
            (self.commits,) if self.commits and self.commit_source is not CommitSource.NONE else ()
        )
        return frozenset(one.repository for one in (*own, *self.pinned_ranges))

    def build_new_release(self, config: Config, context: Context) -> NewRelease:
        """The request; commits that we bring ourselves are added to it when they are known."""
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
            # One list of commits belongs to a release: ranges of others would replace what is kept.
            refs=()
            if self.commit_source is CommitSource.KEPT
            else (*own, *self.pinned_ranges, *self._kept_ranges),
        )

    @property
    def _kept_ranges(self) -> tuple[CommitRange, ...]:
        return ranges_to_keep(self.known, self.kept) if self.known else ()

    def update_state(self, state: PostState) -> PostState:
        """What post has to know of the plan."""
        return replace(
            state,
            head=self.commits.head if self.commits else None,
            previous_release=self.previous.release,
            previous_commit=self.previous.commit,
            commit_source=self.commit_source,
            note=self.note,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRelease:
    """The plan as it was carried out, the release as Sentry has it then, and our own commits."""

    plan: ReleasePlan
    release: SentryRelease
    history: CommitHistory | None = None

    def update_state(self, state: PostState) -> PostState:
        """What post has to know of the opening."""
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
    *,
    release: Release,
    environment: str | None,
    before: PreviousState,
) -> ReleasePlan:
    """
    Decide what main will do.

    Args:
        config: What is asked.
        context: What is given.
        release: The release.
        environment: Where it will be deployed, if anywhere.
        before: What was there before; our own release may be among what Sentry listed.
    """
    commits = find_commit_range(config, context, before.previous)
    own = next((existing for existing in before.recent if existing.name == release.name), None)
    kept = own is not None and commits is not None and _keeps_commits(own, commits)
    return ReleasePlan(
        release=release,
        environment=environment,
        previous=before.previous,
        commits=commits,
        pinned_ranges=tuple(
            one
            for one in list_pinned_ranges(config)
            if commits is None or one.repository != commits.repository
        ),
        commit_source=CommitSource.KEPT if kept else _choose_commit_source(config, commits, before),
        note=_describe_change(own, before.existing) if kept else None,
        known=own,
    )


def find_commit_range(
    config: Config, context: Context, previous: PreviousRelease
) -> CommitRange | None:
    """The commits of the workflow's repository; None when none are wanted, or none can be named."""
    if config.set_commits is CommitsMode.SKIP:
        return None
    own = next((pin for pin in config.repositories if pin.head is None), None)
    own_values = context.sentry_repository
    pin = own or next((pin for pin in config.repositories if pin.name == own_values), None)
    if pin is None and config.repositories:
        return None  # the user named others, and with a sha each
    name = pin.name if pin else own_values
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
    """The commits of the other repositories that were named with a sha."""
    if config.set_commits is CommitsMode.SKIP:
        return ()
    return tuple(
        CommitRange(repository=pin.name, source=pin.name, head=pin.head, previous=pin.previous)
        for pin in config.repositories
        if pin.head is not None
    )


def build_commit_url_of_run(context: Context) -> str | None:
    """The page of the commit, where the repository lies."""
    server, repository, commit = context.server_url, context.commit_repository, context.commit
    if not (server and repository and commit):
        return None
    return build_commit_url(server, repository, commit, context.forge)


def _keeps_commits(own: SentryRelease, commits: CommitRange) -> bool:
    """The same commit once more: the release's commits are there, and stay."""
    return bool(own.commit_count) and own.ref == commits.head


def _choose_commit_source(
    config: Config, commits: CommitRange | None, before: PreviousState
) -> CommitSource:
    if commits is None or commits.is_empty:
        return CommitSource.NONE
    # Sentry fetches whole ranges; only we can leave commits out.
    by_action = uploads_commits(config)
    unlinked = any(one.unlinked_repository == commits.repository for one in before.recent)
    if by_action or (unlinked and config.set_commits is CommitsMode.AUTO):
        return CommitSource.GITHUB
    return CommitSource.INTEGRATION


def _describe_change(own: SentryRelease | None, before: SentryRelease | None) -> str | None:
    if before is None or not is_rollback(own, before):
        return None
    return f"This is a rollback from {before.name}: the release keeps its own commits."
