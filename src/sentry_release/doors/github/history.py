"""The commits of a range, and how its two ends are related."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from sentry_release.doors.github.client import NOT_FOUND, PER_PAGE, Client, in_words
from sentry_release.doors.github.files import AT_A_TIME, changes, with_files
from sentry_release.words.commits import Commit, CommitRange, FileChange, History, Relation
from sentry_release.words.errors import RefusedError

if TYPE_CHECKING:
    from github.Commit import Commit as GithubCommit
    from github.Comparison import Comparison

FIRST_COMMITS = 20  # as many as Sentry takes where a range has no beginning
MOST_COMMITS = 1000
_MOST_MESSAGE = 64_000  # characters; Sentry is sent fewer
_MOST_LISTED = 10_000  # of a comparison; beyond, its pages do not reach the newest
_RELATIONS = {
    "ahead": Relation.AHEAD,
    "behind": Relation.BEHIND,
    "identical": Relation.IDENTICAL,
    "diverged": Relation.DIVERGED,
}
_NO_ANCESTOR = "no common ancestor"


def history(client: Client, commits: CommitRange, *, by_files: bool = False) -> History:
    """
    The newest commits of a range, at most 1,000, the newest first; the first 250 with files.

    A beginning that is gone, or that shares nothing with the end, is told by the relation;
    then the history is that of a first release: the last 20 commits.

    Args:
        client: Of the repository.
        commits: The range.
        by_files: Whether commits are worth nothing without their files. If not, files that
            cannot be read are left out.

    Raises:
        RefusedError: The token may not read the contents, or the end is not there.
        OutageError: GitHub could not be reached.

    Source: https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    doing = f"compare the commits of {commits.source}"
    relation = Relation.FIRST
    if commits.previous is not None:
        try:
            with in_words(doing):
                found, files = _compared(client, commits.previous, commits.head)
            return replace(found, commits=_filed(client, found.commits, files, needed=by_files))
        except RefusedError as refused:
            if refused.status != NOT_FOUND:
                raise
            unrelated = _NO_ANCESTOR in refused.answer.lower()
            relation = Relation.UNRELATED if unrelated else Relation.GONE
    with in_words(doing):
        last = _last(client, commits.head, FIRST_COMMITS)
    known = with_files(client, last, needed=by_files)
    return History(commits=known, relation=relation, total=len(known))


def _filed(
    client: Client,
    commits: tuple[Commit, ...],
    files: tuple[FileChange, ...] | None,
    *,
    needed: bool,
) -> tuple[Commit, ...]:
    """The commits with their files: those of the only one may have come with the comparison."""
    if files is not None:
        return tuple(replace(one, files=files) for one in commits)
    return with_files(client, commits, needed=needed)


def _compared(
    client: Client, base: str, head: str
) -> tuple[History, tuple[FileChange, ...] | None]:
    """The range, and the files of its only commit if they are known by now."""
    comparison = client.repository.compare(base, head, comparison_commits_per_page=PER_PAGE)
    total = comparison.total_commits
    if total > _MOST_LISTED:
        newest = _last(client, head, MOST_COMMITS)
    else:
        newest = tuple(map(_commit, islice(_newest_first(comparison), MOST_COMMITS)))
    history = History(commits=newest, relation=_RELATIONS[comparison.status], total=total)
    return history, _files_of_one(comparison)


def _files_of_one(comparison: "Comparison") -> tuple[FileChange, ...] | None:
    """
    What the only commit of a range did; None where it is not the only one, or not all is told.

    GitHub compares the end with what the two have in common; where that is the only parent of
    the only commit, the files of the comparison are those of the commit.
    Source: https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    match comparison.raw_data:
        case {
            "total_commits": 1,
            "commits": [{"parents": [{"sha": parent}]}],
            "merge_base_commit": {"sha": common},
            "files": [*files],
        } if parent == common and len(files) < AT_A_TIME:
            return changes(comparison.files)
    return None


def _newest_first(comparison: "Comparison") -> "Iterator[GithubCommit]":
    """
    GitHub lists the oldest first, page by page; the last pages are what matters.

    How long a page is, the first one tells: a server may give fewer than it was asked for.
    """
    first: int = len(comparison.raw_data["commits"])
    pages = -(-comparison.total_commits // first) if first else 0
    for page in range(pages - 1, 0, -1):
        yield from reversed(comparison.commits.get_page(page))
    yield from reversed(list(islice(comparison.commits, first)))


def _last(client: Client, head: str, count: int) -> tuple[Commit, ...]:
    return tuple(map(_commit, islice(client.repository.get_commits(sha=head), count)))


def _commit(found: "GithubCommit") -> Commit:
    author = found.commit.author
    return Commit(
        sha=found.sha,
        message=(found.commit.message or "")[:_MOST_MESSAGE],
        author_name=author.name if author else None,
        author_email=author.email if author else None,
        written=_utc(author.date) if author else datetime.fromtimestamp(0, UTC),
        files=(),
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
