"""The commits of a range, and how its two ends are related."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from sentry_release.doors.github.client import NOT_FOUND, Client, in_words
from sentry_release.words.commits import (
    Change,
    Commit,
    CommitRange,
    FileChange,
    History,
    Relation,
)
from sentry_release.words.errors import RefusedError

if TYPE_CHECKING:
    from github.Commit import Commit as GithubCommit
    from github.Comparison import Comparison
    from github.File import File

FIRST_COMMITS = 20  # as many as Sentry takes where a range has no beginning
MOST_COMMITS = 1000
MOST_WITH_FILES = 250  # each costs a request, and a workflow's token has 1,000 an hour
_PAGE = 250
_AT_ONCE = 8
_CHANGES = {
    "added": Change.ADDED,
    "copied": Change.ADDED,
    "renamed": Change.ADDED,
    "modified": Change.MODIFIED,
    "changed": Change.MODIFIED,
    "removed": Change.REMOVED,
}
_RELATIONS = {
    "ahead": Relation.AHEAD,
    "behind": Relation.BEHIND,
    "identical": Relation.IDENTICAL,
    "diverged": Relation.DIVERGED,
}
_NO_ANCESTOR = "no common ancestor"


def history(client: Client, commits: CommitRange) -> History:
    """
    The commits of a range, the newest first, with the files of the newest 250.

    A beginning that is gone, or that shares nothing with the end, is told by the relation;
    then the history is that of a first release: the last 20 commits.

    Raises:
        RefusedError: The token may not read the contents, or the end is not there.
        OutageError: GitHub could not be reached.

    Source: https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    doing = f"compare the commits of {commits.source}"
    if commits.previous is None:
        with in_words(doing):
            return _first(client, commits.head, Relation.FIRST)
    try:
        with in_words(doing):
            return _compared(client, commits.previous, commits.head)
    except RefusedError as refused:
        if refused.status != NOT_FOUND:
            raise
        unrelated = _NO_ANCESTOR in refused.answer.lower()
        relation = Relation.UNRELATED if unrelated else Relation.GONE
    with in_words(doing):
        return _first(client, commits.head, relation)


def _first(client: Client, head: str, relation: Relation) -> History:
    found = list(islice(client.repository.get_commits(sha=head), FIRST_COMMITS))
    return _with_files(client, found, relation, total=len(found))


def _compared(client: Client, base: str, head: str) -> History:
    comparison = client.repository.compare(base, head, comparison_commits_per_page=_PAGE)
    relation = _RELATIONS[comparison.status]
    found = list(islice(_newest_first(comparison), MOST_COMMITS))
    return _with_files(client, found, relation, total=comparison.total_commits)


def _newest_first(comparison: "Comparison") -> "Iterator[GithubCommit]":
    """GitHub lists the oldest first, page by page; the last pages are what matters."""
    pages = -(-min(comparison.total_commits, _MOST_GITHUB_LISTS) // _PAGE)
    for page in range(pages - 1, -1, -1):
        yield from reversed(list(comparison.commits.get_page(page)))


_MOST_GITHUB_LISTS = 10_000  # commits of a comparison


def _with_files(
    client: Client, found: "list[GithubCommit]", relation: Relation, *, total: int
) -> History:
    plain = [_commit(one) for one in found]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        wanted = [commit.sha for commit in plain[:MOST_WITH_FILES]]
        files = list(pool.map(lambda sha: _files(client, sha), wanted))
    known = [replace(one, files=told) for one, told in zip(plain, files, strict=False)]
    return History(commits=(*known, *plain[len(known) :]), relation=relation, total=total)


def _files(client: Client, sha: str) -> tuple[FileChange, ...]:
    found = client.repository.get_commit(sha).files
    return tuple(change for file in found for change in _changes(file))


def _commit(found: "GithubCommit") -> Commit:
    author = found.commit.author
    return Commit(
        sha=found.sha,
        message=found.commit.message,
        author_name=author.name if author else None,
        author_email=author.email if author else None,
        written=_utc(author.date) if author else datetime.fromtimestamp(0, UTC),
        files=(),
    )


def _changes(file: "File") -> Iterator[FileChange]:
    if file.status in _CHANGES:
        yield FileChange(path=file.filename, change=_CHANGES[file.status])
    if file.status == "renamed" and file.previous_filename:
        yield FileChange(path=file.previous_filename, change=Change.REMOVED)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
