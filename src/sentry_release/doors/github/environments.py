"""The environment of a job; no variable of the runner holds it."""

from itertools import islice
from typing import Any

from sentry_release.doors.github.client import Client, in_words
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.words.errors import RefusedError

_LOOK_AT = 10  # deployments of a commit, and statuses of each


def environment_of_job(client: Client, check_run_id: int, sha: str | None) -> JobEnvironment:
    """
    The environment that the job of this check run references; its name is None when it has none.

    The check run knows it, else the deployments of the commit do, whose statuses link to their
    job. If the token may read neither, the environment is unknown.

    Raises:
        OutageError: GitHub could not be reached.

    Source: octokit/webhooks, check-run-deployment.schema.json
    """
    problem = ""
    for ask in (_of_check_run, _of_deployments):
        try:
            with in_words("read the environment of this job"):
                return ask(client, check_run_id, sha)
        except RefusedError as refused:
            client.log(f"GitHub: {refused.what} {refused.why}")
            problem = problem or refused.why
    return JobEnvironment(unknown_because=problem)


def _of_check_run(client: Client, check_run_id: int, _sha: str | None) -> JobEnvironment:
    """GitHub names the deployment if, and only if, the job references an environment."""
    answer: dict[str, Any] = client.repository.get_check_run(check_run_id).raw_data
    deployment: dict[str, Any] = answer.get("deployment") or {}
    return JobEnvironment(
        name=str(deployment.get("environment") or "") or None,
        is_production=deployment.get("production_environment") is True,
    )


def _of_deployments(client: Client, check_run_id: int, sha: str | None) -> JobEnvironment:
    for deployment in islice(client.repository.get_deployments(sha=sha or ""), _LOOK_AT):
        for status in islice(deployment.get_statuses(), _LOOK_AT):
            if (status.log_url or "").endswith(f"/job/{check_run_id}"):
                return JobEnvironment(
                    name=deployment.environment,
                    is_production=deployment.production_environment is True,
                )
    return JobEnvironment()
