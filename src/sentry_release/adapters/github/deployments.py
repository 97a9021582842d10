"""The deployments that the jobs of a run made, with the state of each."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from sentry_release.adapters.github.github_client import GitHubClient, translate_errors
from sentry_release.model.release import Deployment

if TYPE_CHECKING:
    from github.Deployment import Deployment as GithubDeployment
    from github.DeploymentStatus import DeploymentStatus

_MAX_DEPLOYMENTS = 10  # deployments of a commit, and statuses of each


def find_deployments_of_run(
    client: GitHubClient, run_id: str, sha: str, *, environment: str | None = None
) -> tuple[Deployment, ...]:
    """
    The newest deployment that a run made to each environment, the newest first.

    The statuses of a deployment link to the job that made it, and so to its run.

    Args:
        client: The door.
        run_id: The run.
        sha: The commit that it ran for.
        environment: Only this one, whatever its case; it costs two requests then.

    Raises:
        RefusedError: The token may not read deployments.
        OutageError: GitHub could not be reached.

    Source: https://docs.github.com/en/rest/deployments/statuses
    """
    with translate_errors("read the deployments of this run"):
        found: dict[str, Deployment] = {}
        for one in islice(client.get_repository.get_deployments(sha=sha), _MAX_DEPLOYMENTS):
            key = one.environment.casefold()
            if key in found or (environment and key != environment.casefold()):
                continue
            if made := _match_run(one, run_id):
                found[key] = made
                if environment:
                    break
        return tuple(found.values())


def _match_run(one: "GithubDeployment", run_id: str) -> Deployment | None:
    statuses = list(islice(one.get_statuses(), _MAX_DEPLOYMENTS))  # the newest first
    page = next(_find_run_urls(statuses, run_id), None)
    if page is None:
        return None
    newest = statuses[0]
    return Deployment(
        id=one.id,
        environment=one.environment,
        state=newest.state,
        page=page,
        url=newest.environment_url or None,
        started=_to_utc(one.created_at),
    )


def _find_run_urls(statuses: "list[DeploymentStatus]", run_id: str) -> Iterator[str]:
    """The pages of the run's jobs among what the statuses link to."""
    of_run = re.compile(rf"/actions/runs/{re.escape(run_id)}(/|$)")
    for status in statuses:
        if status.log_url and of_run.search(status.log_url):
            yield status.log_url


def _to_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
