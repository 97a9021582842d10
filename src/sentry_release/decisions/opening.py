"""Config + Context + what was there before -> the one request that opens a release."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from sentry_release.decisions.deploying import page_of
from sentry_release.facts.choices import Commits, When
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.words.commits import CommitRange, Previous, Way
from sentry_release.words.release import Opening, Release, SeenRelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What main will do: the release, its commits, and the way these take."""

    release: Release
    environment: str | None
    previous: Previous
    commits: CommitRange | None
    way: Way

    def opening(self, config: Config, context: Context, *, now: datetime) -> Opening:
        """The request; commits that we bring ourselves are added to it when they are known."""
        return Opening(
            name=self.release.name,
            projects=config.projects,
            url=page_of(source_page(context)),
            ref=context.sha,
            commits=self.commits if self.way in {Way.INTEGRATION, Way.GITHUB} else None,
            released=now if config.finalize is When.NOW else None,
        )

    def handed_over(self, left: Handover) -> Handover:
        """What post has to know of the plan."""
        return replace(
            left,
            head=self.commits.head if self.commits else None,
            previous_release=self.previous.release,
            previous_commit=self.previous.commit,
            way=self.way,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The plan as it was carried out, and the release as Sentry has it then."""

    plan: Plan
    seen: SeenRelease

    def handed_over(self, left: Handover) -> Handover:
        """What post has to know of the opening."""
        seen = self.seen
        return replace(
            self.plan.handed_over(left),
            opened=True,
            fresh=seen.created and seen.released is None and not seen.deploy_count,
        )


def planned(
    config: Config,
    context: Context,
    *,
    release: Release,
    environment: str | None,
    previous: Previous,
    listed: Sequence[SeenRelease],
) -> Plan:
    """
    Decide what main will do.

    Args:
        config: What is asked.
        context: What is given.
        release: The release.
        environment: Where it will be deployed, if anywhere.
        previous: What was there before.
        listed: Releases that Sentry told of; ours may be among them.
    """
    commits = range_of(config, context, previous)
    ours = next((seen for seen in listed if seen.name == release.name), None)
    return Plan(
        release=release,
        environment=environment,
        previous=previous,
        commits=commits,
        way=_way(config, commits, ours),
    )


def range_of(config: Config, context: Context, previous: Previous) -> CommitRange | None:
    """The commits of this release; None when none are wanted or none can be named."""
    repository = config.repository or context.repository
    if config.commits is Commits.NONE or repository is None or context.sha is None:
        return None
    return CommitRange(
        repository=repository,
        source=context.repository or repository,
        head=context.sha,
        previous=previous.commit,
    )


def source_page(context: Context) -> str | None:
    """The page of the commit on GitHub."""
    if not (context.server_url and context.repository and context.sha):
        return None
    return f"{context.server_url}/{quote(context.repository)}/commit/{quote(context.sha)}"


def _way(config: Config, commits: CommitRange | None, ours: SeenRelease | None) -> Way:
    if commits is None or commits.is_empty:
        return Way.NONE
    if ours is not None and ours.commit_count and ours.ref == commits.head:
        return Way.KEPT  # the same commit once more: its commits are there, and stay
    return Way.GITHUB if config.commits is Commits.GITHUB else Way.INTEGRATION
