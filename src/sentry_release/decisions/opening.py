"""Config + Context + what was there before -> the one request that opens a release."""

from dataclasses import dataclass, replace

from sentry_release.decisions.foreseeing import brings_commits
from sentry_release.decisions.links import commit_page
from sentry_release.decisions.relating import rolls_back
from sentry_release.facts.choices import Commits
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.facts.sentry_links import address
from sentry_release.release.same_name import ranges_to_keep
from sentry_release.words.commits import Commit, CommitRange, History, Previous, Way
from sentry_release.words.release import Opening, Release, SeenRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was there before us, and all releases that Sentry told of on the way."""

    previous: Previous
    seen: SeenRelease | None = None
    listed: tuple[SeenRelease, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What main will do: the release, its commits, and the way these take.

    `commits` is the range of the workflow's repository, `more` those of others. `remark` is
    what its reader should know of the range. `known` is the release if it exists already, and
    `kept` its commits of repositories that this run sends nothing of, the newest first.
    """

    release: Release
    environment: str | None
    previous: Previous
    commits: CommitRange | None
    more: tuple[CommitRange, ...]
    way: Way
    remark: str | None = None
    known: SeenRelease | None = None
    kept: tuple[Commit, ...] = ()

    @property
    def sent_repositories(self) -> frozenset[str]:
        """Return the repositories of which commits are sent; none if the release keeps its own."""
        if self.way is Way.KEPT:
            return frozenset()
        own = (self.commits,) if self.commits and self.way is not Way.NONE else ()
        return frozenset(one.repository for one in (*own, *self.more))

    def opening(self, config: Config, context: Context) -> Opening:
        """The request; commits that we bring ourselves are added to it when they are known."""
        own = (self.commits,) if self.commits and self.way is Way.INTEGRATION else ()
        return Opening(
            name=self.release.name,
            projects=config.projects,
            url=address(source_page(context)),
            ref=context.commit,
            # One list of commits belongs to a release: ranges of others would replace what is kept.
            refs=() if self.way is Way.KEPT else (*own, *self.more, *self._kept_ranges),
        )

    @property
    def _kept_ranges(self) -> tuple[CommitRange, ...]:
        return ranges_to_keep(self.known, self.kept) if self.known else ()

    def handed_over(self, left: Handover) -> Handover:
        """What post has to know of the plan."""
        return replace(
            left,
            head=self.commits.head if self.commits else None,
            previous_release=self.previous.release,
            previous_commit=self.previous.commit,
            way=self.way,
            remark=self.remark,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The plan as it was carried out, the release as Sentry has it then, and our own commits."""

    plan: Plan
    seen: SeenRelease
    history: History | None = None

    def handed_over(self, left: Handover) -> Handover:
        """What post has to know of the opening."""
        seen = self.seen
        return replace(
            self.plan.handed_over(left),
            opened=True,
            fresh=seen.created and seen.released is None and not seen.deploy_count,
        )


def planned(
    config: Config, context: Context, *, release: Release, environment: str | None, before: Before
) -> Plan:
    """
    Decide what main will do.

    Args:
        config: What is asked.
        context: What is given.
        release: The release.
        environment: Where it will be deployed, if anywhere.
        before: What was there before; our own release may be among what Sentry listed.
    """
    commits = range_of(config, context, before.previous)
    ours = next((seen for seen in before.listed if seen.name == release.name), None)
    kept = ours is not None and commits is not None and _keeps(ours, commits)
    return Plan(
        release=release,
        environment=environment,
        previous=before.previous,
        commits=commits,
        more=tuple(
            one for one in pinned(config) if commits is None or one.repository != commits.repository
        ),
        way=Way.KEPT if kept else _way(config, commits, before),
        remark=_remark(ours, before.seen) if kept else None,
        known=ours,
    )


def range_of(config: Config, context: Context, previous: Previous) -> CommitRange | None:
    """The commits of the workflow's repository; None when none are wanted, or none can be named."""
    if config.set_commits is Commits.SKIP:
        return None
    own = next((pin for pin in config.repositories if pin.head is None), None)
    ours = context.repository_in_sentry
    pin = own or next((pin for pin in config.repositories if pin.name == ours), None)
    if pin is None and config.repositories:
        return None  # the user named others, and with a sha each
    name = pin.name if pin else ours
    head = (pin.head if pin else None) or context.commit
    if name is None or head is None:
        return None
    return CommitRange(
        repository=name,
        source=context.commit_repository or name,
        head=head,
        previous=(pin.previous if pin else None) or previous.commit,
    )


def pinned(config: Config) -> tuple[CommitRange, ...]:
    """The commits of the other repositories that were named with a sha."""
    if config.set_commits is Commits.SKIP:
        return ()
    return tuple(
        CommitRange(repository=pin.name, source=pin.name, head=pin.head, previous=pin.previous)
        for pin in config.repositories
        if pin.head is not None
    )


def source_page(context: Context) -> str | None:
    """The page of the commit, where the repository lies."""
    server, repository, commit = context.server_url, context.commit_repository, context.commit
    if not (server and repository and commit):
        return None
    return commit_page(server, repository, commit, context.forge)


def _keeps(ours: SeenRelease, commits: CommitRange) -> bool:
    """The same commit once more: the release's commits are there, and stay."""
    return bool(ours.commit_count) and ours.ref == commits.head


def _way(config: Config, commits: CommitRange | None, before: Before) -> Way:
    if commits is None or commits.is_empty:
        return Way.NONE
    # Sentry fetches whole ranges; only we can leave commits out.
    by_us = brings_commits(config)
    unlinked = any(one.unlinked_repository == commits.repository for one in before.listed)
    if by_us or (unlinked and config.set_commits is Commits.AUTO):
        return Way.GITHUB
    return Way.INTEGRATION


def _remark(ours: SeenRelease | None, before: SeenRelease | None) -> str | None:
    if before is None or not rolls_back(ours, before):
        return None
    return f"This is a rollback from {before.name}: the release keeps its own commits."
