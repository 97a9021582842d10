"""What each commit did to which files: one request for each, several at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from sentry_release.adapters.concurrent_map import map_concurrently
from sentry_release.doors.github.client import AT_ONCE, NOT_FOUND, Client, in_words
from sentry_release.words.commits import Change, Commit, FileChange
from sentry_release.words.errors import OutageError, RefusedError

if TYPE_CHECKING:
    from github.File import File

MOST_WITH_FILES = 250  # each costs a request, and a workflow's token has 1,000 an hour
AT_A_TIME = 300  # files of a commit
_MOST_FILES = 3000  # of a commit; GitHub lists no more
_ONLY_THIS = {NOT_FOUND, 422}
_CHANGES = {
    "added": Change.ADDED,
    "copied": Change.ADDED,
    "renamed": Change.ADDED,
    "modified": Change.MODIFIED,
    "changed": Change.MODIFIED,
    "removed": Change.REMOVED,
}


def with_files(client: Client, commits: Sequence[Commit], *, needed: bool) -> tuple[Commit, ...]:
    """
    The commits, the first 250 of them with their files.

    Raises:
        RefusedError, OutageError: The files could not be read, and they are `needed`.
    """
    asking = _Asking(client=client, needed=needed)
    wanted = [one.sha for one in commits[:MOST_WITH_FILES]]
    files = map_concurrently(asking.files, wanted, at_once=AT_ONCE)
    known = [replace(one, files=told) for one, told in zip(commits, files, strict=False)]
    return (*known, *commits[len(known) :])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """What all the requests for files share: after the first that fails no more are sent."""

    client: Client
    needed: bool
    over: Event = field(default_factory=Event)

    def files(self, sha: str) -> tuple[FileChange, ...]:
        """What the commit did; nothing, where that cannot be read and is not needed."""
        if self.over.is_set():
            return ()
        try:
            with in_words(f"read the files of {sha[:7]}"):
                found = self.client.repository.get_commit(sha, commit_files_per_page=AT_A_TIME)
                return changes(islice(found.files, _MOST_FILES))
        except (RefusedError, OutageError) as error:
            if isinstance(error, RefusedError) and error.status in _ONLY_THIS:
                self.client.log(f"GitHub: {error.what}")
                return ()
            is_first = not self.over.is_set()
            self.over.set()
            if self.needed:
                raise
            if is_first:
                self.client.say(f"The commits go without their files: {error.what} {error.why}")
            return ()


def changes(files: "Iterable[File]") -> tuple[FileChange, ...]:
    """GitHub's files as Sentry knows them: what was renamed is gone and has come."""
    return tuple(change for file in files for change in _changes(file))


def _changes(file: "File") -> Iterator[FileChange]:
    if file.status in _CHANGES:
        yield FileChange(path=file.filename, change=_CHANGES[file.status])
    if file.status == "renamed" and file.previous_filename:
        yield FileChange(path=file.previous_filename, change=Change.REMOVED)
