"""Questions to one repository: its deployments with their runs, the environment of a job, its history."""

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from sentry_release.adapters.github.github_client import GitHubClient, to_utc, translate_errors
from sentry_release.adapters.github.github_commits import fetch_history
from sentry_release.errors import ApiError
from sentry_release.model.commits import CommitHistory, CommitRange
from sentry_release.model.job import JobEnvironment
from sentry_release.model.release import Deployment

if TYPE_CHECKING:
    from github.Deployment import Deployment as GithubDeployment
    from github.DeploymentStatus import DeploymentStatus

_LINK_PATH = re.compile(
    r"/(?P<repository>[^/]+/[^/]+)/actions/runs/(?P<run>[0-9]+)"
    r"(?:/attempts/[0-9]+)?(?:/job/(?P<job>[0-9]+))?/?"
)
_MAX_LINK_LENGTH = 2000  # characters
_MAX_DEPLOYMENTS = 10  # deployments of a commit, and statuses of each


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLink:
    """The run that a link leads to, and its job, if the link names one."""

    run_id: str
    job_id: str | None = None


def parse_job_link(link: str | None, *, server_url: str, repository: str) -> JobLink | None:
    """
    Return what a link leads to; None if that is no run of this repository on this server.

    Whoever may create a deployment writes any link into its statuses, so one of another server or
    repository says nothing about the runs of this one. GitHub ignores the case of names.
    """
    parts, server = _split_url(link or ""), _split_url(server_url)
    if parts is None or server is None or _get_server_root(parts) != _get_server_root(server):
        return None
    found = _LINK_PATH.fullmatch(parts.path)
    if found is None or found["repository"].casefold() != repository.casefold():
        return None
    return JobLink(run_id=found["run"], job_id=found["job"])


def _split_url(link: str) -> SplitResult | None:
    try:
        return urlsplit(link[:_MAX_LINK_LENGTH])
    except ValueError:
        return None


def _get_server_root(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.casefold()


def find_deployments_of_run(
    client: GitHubClient, run_id: str, sha: str, *, environment: str | None = None
) -> tuple[Deployment, ...]:
    """
    Return the newest deployment that a run made to each environment, the newest first.

    The statuses of a deployment link to the job that made it, and so to its run.

    Args:
        client: The client of the repository.
        run_id: The id of the run.
        sha: The commit of the run.
        environment: Only this one, in any case of letters; then it takes two requests.

    Raises:
        ApiError: The token may not read deployments.
        ServiceUnavailableError: GitHub could not be reached.

    Source: https://docs.github.com/en/rest/deployments/statuses
    """
    with translate_errors("read the deployments of this run"):
        found: dict[str, Deployment] = {}
        for one in islice(client.repository.get_deployments(sha=sha), _MAX_DEPLOYMENTS):
            key = one.environment.casefold()
            if key in found or (environment and key != environment.casefold()):
                continue
            if match := _match_run(client, one, run_id):
                found[key] = match
                if environment:
                    break
        return tuple(found.values())


def _match_run(client: GitHubClient, one: "GithubDeployment", run_id: str) -> Deployment | None:
    statuses = list(islice(one.get_statuses(), _MAX_DEPLOYMENTS))  # the newest first
    linked = ((status.log_url, _parse_link(client, status)) for status in statuses)
    page = next((url for url, link in linked if link and link.run_id == run_id), None)
    if page is None:
        return None
    newest = statuses[0]
    return Deployment(
        id=one.id,
        environment=one.environment,
        state=newest.state,
        page=page,
        url=newest.environment_url or None,
        started=to_utc(one.created_at),
        ref=one.ref or None,
        is_production=one.production_environment is True,
    )


def _parse_link(client: GitHubClient, status: "DeploymentStatus") -> JobLink | None:
    """Return the run and job of this repository that the status links to."""
    return parse_job_link(status.log_url, server_url=client.server_url, repository=client.name)


def find_environment_of_job(
    client: GitHubClient, check_run_id: int, sha: str | None
) -> JobEnvironment:
    """
    Return the environment that the job of this check run references; its name is None without one.

    It is read from the check run, else from the deployments of the commit, whose statuses link to
    their job. If the token may read neither, the environment is unknown.

    Raises:
        ServiceUnavailableError: GitHub could not be reached.

    Source: octokit/webhooks, check-run-deployment.schema.json
    """
    problem = ""
    for query in (_find_by_check_run, _find_by_deployments):
        try:
            with translate_errors("read the environment of this job"):
                return query(client, check_run_id, sha)
        except ApiError as refused:
            client.log_debug(f"GitHub: {refused.message} {refused.reason}")
            problem = problem or refused.reason
    return JobEnvironment(unknown_reason=problem)


def _find_by_check_run(client: GitHubClient, check_run_id: int, _sha: str | None) -> JobEnvironment:
    """GitHub names the deployment if, and only if, the job references an environment."""
    answer: dict[str, Any] = client.repository.get_check_run(check_run_id).raw_data
    if answer.get("id") != check_run_id:  # the page of a proxy does not say that there is none
        raise ValueError("not the check run")
    deployment: dict[str, Any] = answer.get("deployment") or {}
    return JobEnvironment(
        name=str(deployment.get("environment") or "") or None,
        is_production=deployment.get("production_environment") is True,
    )


def _find_by_deployments(
    client: GitHubClient, check_run_id: int, sha: str | None
) -> JobEnvironment:
    for deployment in islice(client.repository.get_deployments(sha=sha or ""), _MAX_DEPLOYMENTS):
        for status in islice(deployment.get_statuses(), _MAX_DEPLOYMENTS):
            link = _parse_link(client, status)
            if link and link.job_id == str(check_run_id):
                return JobEnvironment(
                    name=deployment.environment,
                    is_production=deployment.production_environment is True,
                )
    return JobEnvironment()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubRepository:
    """Requests to one repository; each raises ApiError or ServiceUnavailableError if it fails."""

    client: GitHubClient

    def of(self, repository: str | None) -> "GitHubRepository":
        """Return the same for another repository, as `owner/name`."""
        if repository is None or repository == self.client.name:
            return self
        return replace(self, client=replace(self.client, name=repository))

    def preload(self) -> None:
        """Import what requests to GitHub need, while a response of Sentry is awaited."""
        _ = self.client.repository

    def find_job_environment(self, check_run_id: int, sha: str | None) -> JobEnvironment:
        """Return the environment that the job of this check run references."""
        return self.client.call(lambda client: find_environment_of_job(client, check_run_id, sha))

    def list_run_deployments(
        self, run_id: str, sha: str, *, environment: str | None = None
    ) -> tuple[Deployment, ...]:
        """Return the newest deployment of a run to each environment."""
        return self.client.call(
            lambda client: find_deployments_of_run(client, run_id, sha, environment=environment)
        )

    def fetch_commits(
        self, commits: CommitRange, *, by_files: bool = False, with_files: bool = True
    ) -> CommitHistory:
        """Return the commits of a range."""
        return self.client.call(
            lambda client: fetch_history(client, commits, by_files=by_files, with_files=with_files)
        )

    def list_tags(self) -> tuple[tuple[str, str], ...]:
        """Return all tags with their commits."""
        return self.client.call(_fetch_tags)

    def is_ancestor(self, commit: str, head: str) -> bool:
        """Return whether `commit` is an ancestor of `head`, or `head` itself."""
        return self.client.call(lambda client: _check_ancestor(client, commit, head))


def _fetch_tags(client: GitHubClient) -> tuple[tuple[str, str], ...]:
    with translate_errors(f"list the tags of {client.name}"):
        return tuple((tag.name, tag.commit.sha) for tag in client.repository.get_tags())


def _check_ancestor(client: GitHubClient, commit: str, head: str) -> bool:
    with translate_errors(f"compare the commits of {client.name}"):
        compared = client.repository.compare(commit, head, comparison_commits_per_page=1)
        return compared.status in {"ahead", "identical"}
