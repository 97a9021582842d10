"""The lead time of a deploy: from the commits of its range to the moment it finished."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sentry_release.model.commits import CommitHistory, CommitSource, CommitTimes, RangeRelation
from sentry_release.release.deploy import FinalizeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """Seconds from the oldest and from the median commit of a range to its deploy."""

    oldest_s: int
    median_s: int


def find_commit_times(history: CommitHistory) -> CommitTimes | None:
    """Return the times of the commits since the last deploy; None if not all are known."""
    is_range = history.relation in {RangeRelation.AHEAD, RangeRelation.DIVERGED}
    is_complete = len(history.commits) == history.total
    return (
        _compute_times(one.created_at for one in history.commits)
        if is_range and is_complete
        else None
    )


def find_lead_time(done: FinalizeResult, known: CommitTimes | None) -> LeadTime | None:
    """
    Return the lead time of a deploy; None if its commits are not all known, or have no start.

    A release that is promoted has the commits of its first environment in Sentry, which need not
    be those since the last deploy to this one; so they count only if GitHub listed them.

    Args:
        done: The deploy, with the commits as far as Sentry listed them.
        known: The times of the commits, if GitHub listed them.
    """
    finished = done.deployed.deploy.finished if done.deployed else None
    if finished is None or done.commits is None or done.commits.previous is None:
        return None
    times = known or _find_listed_times(done)
    return compute_lead_time(times, finished) if times else None


def _find_listed_times(done: FinalizeResult) -> CommitTimes | None:
    is_own = done.commit_source in {CommitSource.INTEGRATION, CommitSource.GITHUB}
    if not is_own or len(done.listed) != done.release.commit_count:
        return None
    return _compute_times(one.created_at for one in done.listed)


def _compute_times(created: Iterable[datetime]) -> CommitTimes | None:
    seconds = sorted(one.timestamp() for one in created)
    if not seconds:
        return None
    middle = len(seconds) // 2
    median = (seconds[middle] + seconds[-1 - middle]) / 2
    return CommitTimes(
        oldest=datetime.fromtimestamp(seconds[0], UTC), median=datetime.fromtimestamp(median, UTC)
    )


def compute_lead_time(times: CommitTimes, deployed: datetime) -> LeadTime:
    """Return the lead time; a commit of a clock that is fast counts as made at the deploy."""
    oldest_s, median_s = (
        max(0, int((deployed - one).total_seconds())) for one in (times.oldest, times.median)
    )
    return LeadTime(oldest_s=oldest_s, median_s=median_s)
