"""The environment of a job; no variable of the runner holds it."""

from itertools import islice
from typing import Any

from sentry_release.doors.github.client import GitHubClient, translate_errors
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.words.errors import ApiError

_MAX_DEPLOYMENTS = 10  # deployments of a commit, and statuses of each


def find_environment_of_job(
    client: GitHubClient, check_run_id: int, sha: str | None
) -> JobEnvironment:
    """
    The environment that the job of this check run references; its name is None when it has none.

    The check run knows it, else the deployments of the commit do, whose statuses link to their
    job. If the token may read neither, the environment is unknown.

    Raises:
        OutageError: GitHub could not be reached.

    Source: octokit/webhooks, check-run-deployment.schema.json
    """
    problem = ""
    for query in (_find_by_check_run, _find_by_deployments):
        try:
            with translate_errors("read the environment of this job"):
                return query(client, check_run_id, sha)
        except ApiError as refused:
            client.log(f"GitHub: {refused.message} {refused.reason}")
            problem = problem or refused.reason
    return JobEnvironment(unknown_because=problem)


def _find_by_check_run(client: GitHubClient, check_run_id: int, _sha: str | None) -> JobEnvironment:
    """GitHub names the deployment if, and only if, the job references an environment."""
    answer: dict[str, Any] = client.get_repository.get_check_run(check_run_id).raw_data
    deployment: dict[str, Any] = answer.get("deployment") or {}
    return JobEnvironment(
        name=str(deployment.get("environment") or "") or None,
        is_production=deployment.get("production_environment") is True,
    )


def _find_by_deployments(
    client: GitHubClient, check_run_id: int, sha: str | None
) -> JobEnvironment:
    for deployment in islice(
        client.get_repository.get_deployments(sha=sha or ""), _MAX_DEPLOYMENTS
    ):
        for status in islice(deployment.get_statuses(), _MAX_DEPLOYMENTS):
            if (status.log_url or "").endswith(f"/job/{check_run_id}"):
                return JobEnvironment(
                    name=deployment.environment,
                    is_production=deployment.production_environment is True,
                )
    return JobEnvironment()
