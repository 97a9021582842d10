"""How a range's ends stand to each other -> what that means for the release, in a sentence."""

from sentry_release.words.commits import CommitRange, History, Relation
from sentry_release.words.release import SeenRelease


def remark(history: History, commits: CommitRange, before: str | None) -> str | None:
    """What the reader should know of the range; None when there is nothing remarkable."""
    if not history.commits and history.relation not in {Relation.BEHIND, Relation.IDENTICAL}:
        return (
            "No commit of the range touches `commit-paths`."  # nothing else leaves out all of them
        )
    return _of_relation(history, commits, before or "what was there before")


def _of_relation(history: History, commits: CommitRange, was: str) -> str | None:
    sent = len(history.commits)
    newest = f"Only the newest {sent} of {history.total} commits were sent."
    cut = sent < history.total
    match history.relation:
        case Relation.BEHIND:
            return f"This is a rollback: {was} was ahead of it, so there are no new commits."
        case Relation.DIVERGED:
            parted = f"The histories of {was} and of this release have parted"
            told = f"{parted}; the commits are those since then."
            return f"{told} {newest}" if cut else told
        case Relation.GONE:
            return (
                f"The commit of {was}, {(commits.previous or '')[:7]}, is no longer in the "
                f"repository; the commits are the last {sent}."
            )
        case Relation.UNRELATED:
            return f"{was} and this release share no history; the commits are the last {sent}."
        case Relation.AHEAD if cut:
            return newest
        case Relation.AHEAD | Relation.IDENTICAL | Relation.FIRST:
            return None


def rolls_back(ours: SeenRelease | None, before: SeenRelease | None) -> bool:
    """
    Whether an older release takes the place of a newer one.

    Both are known to Sentry then, and ours was opened before the one it replaces.
    """
    return (
        ours is not None
        and before is not None
        and ours.opened is not None
        and before.opened is not None
        and ours.opened < before.opened
    )
