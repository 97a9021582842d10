"""Parse the external deployment in the event that started the workflow, if there is one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sentry_release.model.sentry_names import check_link

_BY_DEPLOYER = "deployment_status"
_BY_RUN = "workflow_run"
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MAX_LENGTH = 10**18  # far more than any id of GitHub's


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentEvent:
    """
    What the event tells of a deploy that this workflow did not make.

    It is a deployment (`deployment` is its id, `log_url` its log), or a run of another workflow
    (`run_id`). `state` is GitHub's word for how it stands; without it or without `sha` the
    event tells nothing. `is_fork` is the repository that the run came from, if not ours.
    `is_production` is whether GitHub marks the environment as production. All
    addresses are only ever shown and stored, never asked.
    """

    event: str
    state: str | None = None
    sha: str | None = None
    environment: str | None = None
    url: str | None = None
    log_url: str | None = None
    started: datetime | None = None
    creator: str | None = None
    deployment: int | None = None
    run_id: str | None = None
    run_number: str | None = None
    run_attempt: int = 1
    is_fork: str | None = None
    is_production: bool = False


def parse_deployment_event(
    payload: Mapping[str, object], *, name: str | None, repository: str | None
) -> DeploymentEvent | None:
    """
    Read a payload; None where the event is of another kind.

    Sources: https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status ·
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
    """
    if name == _BY_DEPLOYER:
        return _parse_deployment(payload)
    return _parse_workflow_run(payload, repository) if name == _BY_RUN else None


def _parse_deployment(payload: Mapping[str, object]) -> DeploymentEvent:
    status, made = _as_mapping(payload.get(_BY_DEPLOYER)), _as_mapping(payload.get("deployment"))
    number = _as_number(made.get("id"))
    return DeploymentEvent(
        event=_BY_DEPLOYER,
        state=_as_text(status.get("state")) if number else None,
        sha=_as_sha(made.get("sha")),
        environment=_as_text(status.get("environment")) or _as_text(made.get("environment")),
        url=check_link(status.get("environment_url")),
        log_url=check_link(status.get("log_url")) or check_link(status.get("target_url")),
        started=_as_time(made.get("created_at")),
        creator=_as_text(_as_mapping(status.get("creator")).get("login")),
        deployment=int(number) if number else None,
        is_production=made.get("production_environment") is True,
    )


def _parse_workflow_run(payload: Mapping[str, object], repository: str | None) -> DeploymentEvent:
    run = _as_mapping(payload.get(_BY_RUN))
    source = _as_text(_as_mapping(run.get("head_repository")).get("full_name"))
    completed = payload.get("action") == "completed"
    number = _as_number(run.get("id"))
    return DeploymentEvent(
        event=_BY_RUN,
        state=_as_text(run.get("conclusion" if completed else "status")) if number else None,
        sha=_as_sha(run.get("head_sha")),
        started=_as_time(run.get("run_started_at")),
        creator=_as_text(_as_mapping(run.get("actor")).get("login")),
        run_id=number,
        run_number=_as_number(run.get("run_number")),
        run_attempt=int(_as_number(run.get("run_attempt")) or 1),
        is_fork=None if source == repository else source or "that has been deleted",
    )


def _as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _as_text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _as_sha(value: object) -> str | None:
    return value if isinstance(value, str) and _SHA.fullmatch(value) else None


def _as_number(value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return str(value) if 0 <= value < _MAX_LENGTH else None


def _as_time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is None:
            return None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
