"""Commits and changed files of a range."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from sentry_release.adapters.github.github_client import (
    AT_ONCE,
    NOT_FOUND,
    PER_PAGE,
    GitHubClient,
    to_utc,
    translate_errors,
)
from sentry_release.adapters.threads import map_concurrently
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitRange,
    FileChange,
    FileStatus,
    RangeRelation,
)

if TYPE_CHECKING:
    from github.Commit import Commit as GithubCommit
    from github.Comparison import Comparison
    from github.File import File

MAX_COMMITS_WITH_FILES = 250  # each costs a request, and a workflow's token has 1,000 an hour
BATCH_SIZE = 300  # files of a commit
_MAX_FILES = 3000  # of a commit; GitHub lists no more
_ONLY_THIS = {NOT_FOUND, 422}
_CHANGES = {
    "added": FileStatus.ADDED,
    "copied": FileStatus.ADDED,
    "renamed": FileStatus.ADDED,
    "modified": FileStatus.MODIFIED,
    "changed": FileStatus.MODIFIED,
    "removed": FileStatus.REMOVED,
}
DEFAULT_COMMITS = 20  # as many as Sentry takes where a range has no beginning
MAX_COMMITS = 1000
_MAX_MESSAGE = 64_000  # characters; Sentry is sent fewer
_MAX_LISTED = 10_000  # of a comparison; beyond, its pages do not reach the newest
_RELATIONS = {
    "ahead": RangeRelation.AHEAD,
    "behind": RangeRelation.BEHIND,
    "identical": RangeRelation.IDENTICAL,
    "diverged": RangeRelation.DIVERGED,
}
_NO_ANCESTOR = "no common ancestor"


def add_file_changes(
    client: GitHubClient, commits: Sequence[Commit], *, needed: bool
) -> tuple[Commit, ...]:
    """
    Return the commits, the first 250 of them with their files.

    Raises:
        ApiError, ServiceUnavailableError: The files could not be read, and they are `needed`.
    """
    query = _FilesQuery(client=client, needed=needed)
    shas = [one.sha for one in commits[:MAX_COMMITS_WITH_FILES]]
    files = map_concurrently(query.fetch_files, shas, at_once=AT_ONCE)
    known = [
        replace(one, files=files_of_commit)
        for one, files_of_commit in zip(commits, files, strict=False)
    ]
    return (*known, *commits[len(known) :])


@dataclass(frozen=True, slots=True, kw_only=True)
class _FilesQuery:
    """What all the requests for files share: after the first that fails no more are sent."""

    client: GitHubClient
    needed: bool
    is_exhausted: Event = field(default_factory=Event)

    def fetch_files(self, sha: str) -> tuple[FileChange, ...]:
        """Return what the commit did; nothing, where that cannot be read and is not needed."""
        if self.is_exhausted.is_set():
            return ()
        try:
            with translate_errors(f"read the files of {sha[:7]}"):
                found = self.client.repository.get_commit(sha, commit_files_per_page=BATCH_SIZE)
                return to_file_changes(islice(found.files, _MAX_FILES))
        except (ApiError, ServiceUnavailableError) as error:
            if isinstance(error, ApiError) and error.status in _ONLY_THIS:
                self.client.log_debug(f"GitHub: {error.message}")
                return ()
            is_first = not self.is_exhausted.is_set()
            self.is_exhausted.set()
            if self.needed:
                raise
            if is_first:
                self.client.log_line(
                    f"The commits go without their files: {error.message} {error.reason}"
                )
            return ()


def to_file_changes(files: "Iterable[File]") -> tuple[FileChange, ...]:
    """Return GitHub's files as changes for Sentry: a renamed file is removed and added."""
    return tuple(change for file in files for change in _convert_file(file))


def _convert_file(file: "File") -> Iterator[FileChange]:
    if file.status in _CHANGES:
        yield FileChange(path=file.filename, status=_CHANGES[file.status])
    if file.status == "renamed" and file.previous_filename:
        yield FileChange(path=file.previous_filename, status=FileStatus.REMOVED)


def fetch_history(
    client: GitHubClient, commits: CommitRange, *, by_files: bool = False, with_files: bool = True
) -> CommitHistory:
    """
    Return the newest commits of a range, at most 1,000, the newest first; the first 250 with files.

    If the beginning does not exist, or shares no commit with the end, `relation` says so, and
    the history is that of a first release: the last 20 commits.

    Args:
        client: The client of the repository.
        commits: The range.
        by_files: Whether the files are required. If not, files that cannot be read are omitted.
        with_files: Whether to read the files of the commits at all.

    Raises:
        ApiError: The token may not read the contents, or the end does not exist.
        ServiceUnavailableError: GitHub could not be reached.

    Source: https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    doing = f"compare the commits of {commits.source}"
    relation = RangeRelation.FIRST
    if commits.previous is not None:
        try:
            with translate_errors(doing):
                found, files = _fetch_comparison(client, commits.previous, commits.head)
            if not with_files:
                return found
            return replace(
                found, commits=_fetch_with_files(client, found.commits, files, needed=by_files)
            )
        except ApiError as refused:
            if refused.status != NOT_FOUND:
                raise
            unrelated = _NO_ANCESTOR in refused.answer.lower()
            relation = RangeRelation.UNRELATED if unrelated else RangeRelation.GONE
    with translate_errors(doing):
        last = _fetch_latest(client, commits.head, DEFAULT_COMMITS)
    known = add_file_changes(client, last, needed=by_files) if with_files else last
    return CommitHistory(commits=known, relation=relation, total=len(known))


def _fetch_with_files(
    client: GitHubClient,
    commits: tuple[Commit, ...],
    files: tuple[FileChange, ...] | None,
    *,
    needed: bool,
) -> tuple[Commit, ...]:
    """Return the commits with their files; `files` are those of the only commit, if known."""
    if files is not None:
        return tuple(replace(one, files=files) for one in commits)
    return add_file_changes(client, commits, needed=needed)


def _fetch_comparison(
    client: GitHubClient, base: str, head: str
) -> tuple[CommitHistory, tuple[FileChange, ...] | None]:
    """Return the range, and the files of its only commit if they are known by now."""
    comparison = client.repository.compare(base, head, comparison_commits_per_page=PER_PAGE)
    total = comparison.total_commits
    if total > _MAX_LISTED:
        newest = _fetch_latest(client, head, MAX_COMMITS)
    else:
        newest = tuple(map(_to_commit, islice(_iterate_newest_first(comparison), MAX_COMMITS)))
    history = CommitHistory(commits=newest, relation=_RELATIONS[comparison.status], total=total)
    return history, _list_files_of_single(comparison)


def _list_files_of_single(comparison: "Comparison") -> tuple[FileChange, ...] | None:
    """
    Return the file changes of a range's only commit; None if there are more, or not all are listed.

    GitHub compares the end with the common ancestor. If that is the only parent of the only
    commit, the files of the comparison are those of the commit.
    Source: https://docs.github.com/en/rest/commits/commits#compare-two-commits
    """
    match comparison.raw_data:
        case {
            "total_commits": 1,
            "commits": [{"parents": [{"sha": parent}]}],
            "merge_base_commit": {"sha": common},
            "files": [*files],
        } if parent == common and len(files) < BATCH_SIZE:
            return to_file_changes(comparison.files)
    return None


def _iterate_newest_first(comparison: "Comparison") -> "Iterator[GithubCommit]":
    """
    Yield the commits of a comparison, the newest first.

    GitHub lists the oldest first, page by page, so the last pages are read first. The first page
    shows the length of a page, as a server may return fewer commits than requested.
    """
    first: int = len(comparison.raw_data["commits"])
    pages = -(-comparison.total_commits // first) if first else 0
    for page in range(pages - 1, 0, -1):
        yield from reversed(comparison.commits.get_page(page))
    yield from reversed(list(islice(comparison.commits, first)))


def _fetch_latest(client: GitHubClient, head: str, count: int) -> tuple[Commit, ...]:
    return tuple(map(_to_commit, islice(client.repository.get_commits(sha=head), count)))


def _to_commit(found: "GithubCommit") -> Commit:
    author = found.commit.author
    return Commit(
        sha=found.sha,
        message=(found.commit.message or "")[:_MAX_MESSAGE],
        author_name=author.name if author else None,
        author_email=author.email if author else None,
        created_at=to_utc(author.date) if author else datetime.fromtimestamp(0, UTC),
        files=(),
    )
