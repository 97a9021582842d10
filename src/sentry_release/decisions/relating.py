"""How a range's ends stand to each other -> what that means for the release, in a sentence."""

from sentry_release.words.commits import CommitHistory, CommitRange, RangeRelation
from sentry_release.words.release import SentryRelease


def describe_range(history: CommitHistory, commits: CommitRange, before: str | None) -> str | None:
    """What the reader should know of the range; None when there is nothing remarkable."""
    if not history.commits and history.relation not in {
        RangeRelation.BEHIND,
        RangeRelation.IDENTICAL,
    }:
        return (
            "No commit of the range touches `commit-paths`."  # nothing else leaves out all of them
        )
    return _describe_relation(history, commits, before or "what was there before")


def _describe_relation(history: CommitHistory, commits: CommitRange, was: str) -> str | None:
    sent = len(history.commits)
    newest = f"Only the newest {sent} of {history.total} commits were sent."
    cut = sent < history.total
    match history.relation:
        case RangeRelation.BEHIND:
            return f"This is a rollback: {was} was ahead of it, so there are no new commits."
        case RangeRelation.DIVERGED:
            separated = f"The histories of {was} and of this release have parted"
            outputs = f"{separated}; the commits are those since then."
            return f"{outputs} {newest}" if cut else outputs
        case RangeRelation.GONE:
            return (
                f"The commit of {was}, {(commits.previous or '')[:7]}, is no longer in the "
                f"repository; the commits are the last {sent}."
            )
        case RangeRelation.UNRELATED:
            return f"{was} and this release share no history; the commits are the last {sent}."
        case RangeRelation.AHEAD if cut:
            return newest
        case RangeRelation.AHEAD | RangeRelation.IDENTICAL | RangeRelation.FIRST:
            return None


def is_rollback(own: SentryRelease | None, before: SentryRelease | None) -> bool:
    """
    Whether an older release takes the place of a newer one.

    Both are known to Sentry then, and ours was opened before the one it replaces.
    """
    return (
        own is not None
        and before is not None
        and own.created_at is not None
        and before.created_at is not None
        and own.created_at < before.created_at
    )
