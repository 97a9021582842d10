"""What Sentry has + what we wish -> what is still to be done when the job has succeeded."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentry_release.facts.choices import When
from sentry_release.facts.config import Config
from sentry_release.words.commits import Commit, CommitRange, Way
from sentry_release.words.release import Deploy, Marked, SeenDeploy, SeenRelease


class Landed(StrEnum):
    """Whether the commits we named are with the release."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The release as Sentry has it now, and what was done to it."""

    seen: SeenRelease
    commits: CommitRange | None
    way: Way
    landed: Landed
    deploy: Deploy | None
    marked: Marked | None
    listed: tuple[Commit, ...] = ()
    """The commits, as far as they were asked for or brought by us."""


def landed(seen: SeenRelease, commits: CommitRange | None, way: Way) -> Landed:
    """
    Judge by the release alone; when its newest commit is another one, only the list tells.

    Sentry accepts a range and fetches it later, and where that fails it leaves no trace.
    """
    if commits is None or commits.is_empty or way in {Way.NONE, Way.KEPT}:
        return Landed.UNASKED
    if not seen.commit_count:
        return Landed.NO
    return Landed.YES if seen.head == commits.head else Landed.UNSURE


def may_finalize_unseen(config: Config, *, fresh: bool) -> bool:
    """
    Whether finalizing may stand in for the first look at the release.

    It may for the job that made the release and is to finalize it: then the answer to the one
    request tells what a look would have told. See docs/adr/0004-four-requests.md.
    """
    return fresh and config.finalize is When.ON_SUCCESS and not config.dry_run


def date_to_restore(deploys: tuple[SeenDeploy, ...], ours: datetime) -> datetime | None:
    """
    The date that another job had set before we finalized unseen; None when there is none.

    Each job of ours finalizes with the very moment in which its deploy finished, so the first
    deploy tells the date.
    """
    earlier = [one.finished for one in deploys if one.finished and one.finished < ours]
    return min(earlier, default=None)
