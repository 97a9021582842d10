"""The questions we ask of one repository on GitHub."""

from dataclasses import dataclass, replace

from sentry_release.doors.github.client import GitHubClient, translate_errors
from sentry_release.doors.github.deployments import find_deployments_of_run
from sentry_release.doors.github.environments import find_environment_of_job
from sentry_release.doors.github.history import fetch_history
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.words.commits import CommitHistory, CommitRange
from sentry_release.words.deployments import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubRepository:
    """Questions; each raises RefusedError or OutageError where it has no answer."""

    client: GitHubClient

    def of(self, repository: str | None) -> "GitHubRepository":
        """Return the same for another repository, as `owner/name`."""
        if repository is None or repository == self.client.name:
            return self
        return replace(self, client=replace(self.client, name=repository))

    def preload(self) -> None:
        """Import all that a question needs; that takes as long as an answer of somebody else."""
        _ = self.client.get_repository

    def find_job_environment(self, check_run_id: int, sha: str | None) -> JobEnvironment:
        """The environment that the job of this check run references, see environments."""
        return self.client.call(lambda client: find_environment_of_job(client, check_run_id, sha))

    def list_run_deployments(
        self, run_id: str, sha: str, *, environment: str | None = None
    ) -> tuple[Deployment, ...]:
        """The newest deployment of a run to each environment, see deployments."""
        return self.client.call(
            lambda client: find_deployments_of_run(client, run_id, sha, environment=environment)
        )

    def fetch_commits(self, commits: CommitRange, *, by_files: bool = False) -> CommitHistory:
        """The commits of a range, see history."""
        return self.client.call(lambda client: fetch_history(client, commits, by_files=by_files))

    def list_tags(self) -> tuple[tuple[str, str], ...]:
        """All tags with the commits they stand on."""
        return self.client.call(_fetch_tags)

    def is_ancestor(self, commit: str, head: str) -> bool:
        """Whether `commit` is an ancestor of `head`, or `head` itself."""
        return self.client.call(lambda client: _check_ancestor(client, commit, head))


def _fetch_tags(client: GitHubClient) -> tuple[tuple[str, str], ...]:
    with translate_errors(f"list the tags of {client.name}"):
        return tuple((tag.name, tag.commit.sha) for tag in client.get_repository.get_tags())


def _check_ancestor(client: GitHubClient, commit: str, head: str) -> bool:
    with translate_errors(f"compare the commits of {client.name}"):
        compared = client.get_repository.compare(commit, head, comparison_commits_per_page=1)
        return compared.status in {"ahead", "identical"}
