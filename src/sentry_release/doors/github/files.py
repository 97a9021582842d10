"""What each commit did to which files: one request for each, several at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from sentry_release.adapters.concurrent_map import map_concurrently
from sentry_release.doors.github.client import AT_ONCE, NOT_FOUND, GitHubClient, translate_errors
from sentry_release.words.commits import Commit, FileChange, FileStatus
from sentry_release.words.errors import ApiError, ServiceUnavailableError

if TYPE_CHECKING:
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


def add_file_changes(
    client: GitHubClient, commits: Sequence[Commit], *, needed: bool
) -> tuple[Commit, ...]:
    """
    The commits, the first 250 of them with their files.

    Raises:
        RefusedError, OutageError: The files could not be read, and they are `needed`.
    """
    querying = _FilesQuery(client=client, needed=needed)
    expected = [one.sha for one in commits[:MAX_COMMITS_WITH_FILES]]
    files = map_concurrently(querying.fetch_files, expected, at_once=AT_ONCE)
    known = [replace(one, files=outputs) for one, outputs in zip(commits, files, strict=False)]
    return (*known, *commits[len(known) :])


@dataclass(frozen=True, slots=True, kw_only=True)
class _FilesQuery:
    """What all the requests for files share: after the first that fails no more are sent."""

    client: GitHubClient
    needed: bool
    is_exhausted: Event = field(default_factory=Event)

    def fetch_files(self, sha: str) -> tuple[FileChange, ...]:
        """What the commit did; nothing, where that cannot be read and is not needed."""
        if self.is_exhausted.is_set():
            return ()
        try:
            with translate_errors(f"read the files of {sha[:7]}"):
                found = self.client.get_repository.get_commit(sha, commit_files_per_page=BATCH_SIZE)
                return to_file_changes(islice(found.files, _MAX_FILES))
        except (ApiError, ServiceUnavailableError) as error:
            if isinstance(error, ApiError) and error.status in _ONLY_THIS:
                self.client.log(f"GitHub: {error.message}")
                return ()
            is_first = not self.is_exhausted.is_set()
            self.is_exhausted.set()
            if self.needed:
                raise
            if is_first:
                self.client.log_debug(
                    f"The commits go without their files: {error.message} {error.reason}"
                )
            return ()


def to_file_changes(files: "Iterable[File]") -> tuple[FileChange, ...]:
    """GitHub's files as Sentry knows them: what was renamed is gone and has come."""
    return tuple(change for file in files for change in _convert_file(file))


def _convert_file(file: "File") -> Iterator[FileChange]:
    if file.status in _CHANGES:
        yield FileChange(path=file.filename, status=_CHANGES[file.status])
    if file.status == "renamed" and file.previous_filename:
        yield FileChange(path=file.previous_filename, status=FileStatus.REMOVED)
