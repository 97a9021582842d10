"""The questions we ask of one repository on GitHub."""

from dataclasses import dataclass, replace

from sentry_release.doors.github.client import Client, in_words
from sentry_release.doors.github.deployments import deployments_of_run
from sentry_release.doors.github.environments import environment_of_job
from sentry_release.doors.github.history import history
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.words.commits import CommitRange, History
from sentry_release.words.deployments import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubApi:
    """Questions; each raises RefusedError or OutageError where it has no answer."""

    client: Client

    def of(self, repository: str | None) -> "GithubApi":
        """Return the same for another repository, as `owner/name`."""
        if repository is None or repository == self.client.name:
            return self
        return replace(self, client=replace(self.client, name=repository))

    def load(self) -> None:
        """Import all that a question needs; that takes as long as an answer of somebody else."""
        _ = self.client.repository

    def environment_of_job(self, check_run_id: int, sha: str | None) -> JobEnvironment:
        """The environment that the job of this check run references, see environments."""
        return self.client.asked(lambda client: environment_of_job(client, check_run_id, sha))

    def deployments_of_run(
        self, run_id: str, sha: str, *, environment: str | None = None
    ) -> tuple[Deployment, ...]:
        """The newest deployment of a run to each environment, see deployments."""
        return self.client.asked(
            lambda client: deployments_of_run(client, run_id, sha, environment=environment)
        )

    def history(self, commits: CommitRange, *, by_files: bool = False) -> History:
        """The commits of a range, see history."""
        return self.client.asked(lambda client: history(client, commits, by_files=by_files))

    def tags(self) -> tuple[tuple[str, str], ...]:
        """All tags with the commits they stand on."""
        return self.client.asked(_tags)

    def reaches(self, commit: str, head: str) -> bool:
        """Whether `commit` is an ancestor of `head`, or `head` itself."""
        return self.client.asked(lambda client: _reaches(client, commit, head))


def _tags(client: Client) -> tuple[tuple[str, str], ...]:
    with in_words(f"list the tags of {client.name}"):
        return tuple((tag.name, tag.commit.sha) for tag in client.repository.get_tags())


def _reaches(client: Client, commit: str, head: str) -> bool:
    with in_words(f"compare the commits of {client.name}"):
        compared = client.repository.compare(commit, head, comparison_commits_per_page=1)
        return compared.status in {"ahead", "identical"}
