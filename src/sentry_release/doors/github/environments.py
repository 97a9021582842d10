"""Which environment a job belongs to; no variable of the runner says it."""

from itertools import islice
from typing import Any

from sentry_release.doors.github.client import Client, in_words
from sentry_release.words.errors import RefusedError

_LOOK_AT = 10  # deployments of a commit, and statuses of each


def environment_of_job(client: Client, check_run_id: int, sha: str | None) -> str | None:
    """
    The environment that the job of this check run references; None when there is none.

    Asked of the check run itself, else of the deployments of the commit, whose statuses link
    to their job. What the token may not ask is passed over with a line in the log.

    Raises:
        OutageError: GitHub could not be reached.

    Source: octokit/webhooks, check-run-deployment.schema.json
    """
    for ask in (_of_check_run, _of_deployments):
        try:
            with in_words("read the environment of this job"):
                if found := ask(client, check_run_id, sha):
                    return found
        except RefusedError as refused:
            client.log(f"GitHub: {refused.what} {refused.why}")
    return None


def _of_check_run(client: Client, check_run_id: int, _sha: str | None) -> str | None:
    answer: dict[str, Any] = client.repository.get_check_run(check_run_id).raw_data
    deployment: dict[str, Any] = answer.get("deployment") or {}
    return str(deployment.get("environment") or "") or None


def _of_deployments(client: Client, check_run_id: int, sha: str | None) -> str | None:
    if sha is None:
        return None
    for deployment in islice(client.repository.get_deployments(sha=sha), _LOOK_AT):
        for status in islice(deployment.get_statuses(), _LOOK_AT):
            if (status.log_url or "").endswith(f"/job/{check_run_id}"):
                return deployment.environment
    return None
