"""
The door to GitHub: which environment a job belongs to, and the commits of a range.

PyGithub is slow to import, so it is imported when the first question is asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from sentry_release.words.commits import Change, Commit, CommitRange, FileChange
from sentry_release.words.errors import OutageError, RefusedError

if TYPE_CHECKING:
    from github.Commit import Commit as GithubCommit
    from github.File import File
    from github.Repository import Repository

TIMEOUT_S = 15
FIRST_COMMITS = 20  # as many as Sentry takes where a range has no beginning
MOST_COMMITS = 250
_LOOK_AT = 10  # deployments of a commit, and statuses of each
_CHANGES = {
    "added": (Change.ADDED,),
    "copied": (Change.ADDED,),
    "modified": (Change.MODIFIED,),
    "changed": (Change.MODIFIED,),
    "removed": (Change.REMOVED,),
    "renamed": (Change.ADDED,),
}


@dataclass(frozen=True, kw_only=True)
class GithubApi:
    """Read-only questions about one repository (owner/name)."""

    api_url: str
    token: str = field(repr=False)
    repository: str
    log: Callable[[str], None]

    def environment_of_job(self, check_run_id: int | None, sha: str | None) -> str | None:
        """
        The environment that the job of this check run references; None when there is none.

        Asked of the check run itself, else of the deployments of the commit, whose statuses
        link to their job. What the token may not ask is passed over with a line in the log.

        Source: octokit/webhooks, check-run-deployment.schema.json
        """
        if check_run_id is None:
            return None
        for ask in (self._of_check_run, self._of_deployments):
            try:
                with _in_words("read the environment of this job"):
                    if found := ask(check_run_id, sha):
                        return found
            except RefusedError as refused:
                self.log(f"GitHub: {refused.what} {refused.why}")
        return None

    def commits(self, commits: CommitRange) -> tuple[Commit, ...]:
        """
        The commits of a range with their files, newest first, at most 250.

        Raises:
            RefusedError: The token may not read the contents, or a commit is not there.
            OutageError: GitHub could not be reached.

        Source: https://docs.github.com/en/rest/commits/commits#compare-two-commits
        """
        with _in_words(f"compare the commits of {self.repository}"):
            return tuple(_commit(found) for found in self._range(commits))

    def tags(self) -> tuple[tuple[str, str], ...]:
        """All tags with the commits they stand on; RefusedError and OutageError as above."""
        with _in_words(f"list the tags of {self.repository}"):
            return tuple((tag.name, tag.commit.sha) for tag in self._repository.get_tags())

    @cached_property
    def _repository(self) -> "Repository":
        from github import Auth, Github  # noqa: PLC0415 - 250 ms, and rarely needed

        client = Github(
            auth=Auth.Token(self.token),
            base_url=self.api_url,
            timeout=TIMEOUT_S,
            retry=2,
            lazy=True,  # never the repository itself, only what hangs below it
            per_page=100,
            seconds_between_requests=None,
        )
        return client.get_repo(self.repository)

    def _of_check_run(self, check_run_id: int, _sha: str | None) -> str | None:
        answer: dict[str, Any] = self._repository.get_check_run(check_run_id).raw_data
        deployment: dict[str, Any] = answer.get("deployment") or {}
        return str(deployment.get("environment") or "") or None

    def _of_deployments(self, check_run_id: int, sha: str | None) -> str | None:
        if sha is None:
            return None
        for deployment in islice(self._repository.get_deployments(sha=sha), _LOOK_AT):
            for status in islice(deployment.get_statuses(), _LOOK_AT):
                if (status.log_url or "").endswith(f"/job/{check_run_id}"):
                    return deployment.environment
        return None

    def _range(self, commits: CommitRange) -> "list[GithubCommit]":
        if commits.previous is None:
            return list(islice(self._repository.get_commits(sha=commits.head), FIRST_COMMITS))
        compared = self._repository.compare(commits.previous, commits.head)
        return list(compared.commits)[-MOST_COMMITS:][::-1]


def _commit(found: "GithubCommit") -> Commit:
    author = found.commit.author
    return Commit(
        sha=found.sha,
        message=found.commit.message,
        author_name=author.name if author else None,
        author_email=author.email if author else None,
        written=_utc(author.date) if author else datetime.fromtimestamp(0, UTC),
        files=tuple(change for file in found.files for change in _changes(file)),
    )


def _changes(file: "File") -> Iterator[FileChange]:
    for change in _CHANGES.get(file.status, ()):
        yield FileChange(path=file.filename, change=change)
    if file.status == "renamed" and file.previous_filename:
        yield FileChange(path=file.previous_filename, change=Change.REMOVED)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _in_words(doing: str) -> Iterator[None]:
    """Turn what PyGithub and requests raise into a refusal or an outage."""
    from github import GithubException  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    try:
        yield
    except GithubException as error:
        status = error.status
        if status >= 500:  # noqa: PLR2004 - where HTTP's server errors begin
            raise _outage(doing, f"it answered {status}") from error
        message = error.data.get("message") if isinstance(error.data, dict) else error.data
        raise RefusedError(
            f"The token of the workflow could not {doing}.",
            why=f"GitHub answered {status}: {str(message)[:200]}",
            mend="Give the job `permissions: {contents: read, checks: read, deployments: read}`.",
            status=status,
        ) from error
    except RequestException as error:
        raise _outage(doing, type(error).__name__) from error


def _outage(doing: str, cause: str) -> OutageError:
    return OutageError(
        f"GitHub could not be reached to {doing}: {cause}.",
        why="It was asked three times.",
        mend="Look at https://www.githubstatus.com.",
    )
