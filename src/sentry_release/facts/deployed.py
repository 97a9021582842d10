"""The event that started the workflow -> the deploy that somebody else made, if it tells of one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sentry_release.facts.sentry_links import address

_BY_DEPLOYER = "deployment_status"
_BY_RUN = "workflow_run"
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MOST = 10**18  # far more than any id of GitHub's


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """
    What the event tells of a deploy that this workflow did not make.

    It is a deployment (`deployment` is its id, `page` its log), or a run of another workflow
    (`run_id`). `state` is GitHub's word for how it stands; without it or without `sha` the
    event tells nothing. `fork` is the repository that the run came from, if not ours.
    `is_production` is whether GitHub marks the environment as production. All
    addresses are only ever shown and stored, never asked.
    """

    event: str
    state: str | None = None
    sha: str | None = None
    environment: str | None = None
    url: str | None = None
    page: str | None = None
    started: datetime | None = None
    creator: str | None = None
    deployment: int | None = None
    run_id: str | None = None
    run_number: str | None = None
    run_attempt: int = 1
    fork: str | None = None
    is_production: bool = False


def deployed_of(
    payload: Mapping[str, object], *, name: str | None, repository: str | None
) -> Deployed | None:
    """
    Read a payload; None where the event is of another kind.

    Sources: https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status ·
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
    """
    if name == _BY_DEPLOYER:
        return _of_deployment(payload)
    return _of_run(payload, repository) if name == _BY_RUN else None


def _of_deployment(payload: Mapping[str, object]) -> Deployed:
    status, made = _mapping(payload.get(_BY_DEPLOYER)), _mapping(payload.get("deployment"))
    number = _number(made.get("id"))
    return Deployed(
        event=_BY_DEPLOYER,
        state=_text(status.get("state")) if number else None,
        sha=_sha(made.get("sha")),
        environment=_text(status.get("environment")) or _text(made.get("environment")),
        url=address(status.get("environment_url")),
        page=address(status.get("log_url")) or address(status.get("target_url")),
        started=_moment(made.get("created_at")),
        creator=_text(_mapping(status.get("creator")).get("login")),
        deployment=int(number) if number else None,
        is_production=made.get("production_environment") is True,
    )


def _of_run(payload: Mapping[str, object], repository: str | None) -> Deployed:
    run = _mapping(payload.get(_BY_RUN))
    source = _text(_mapping(run.get("head_repository")).get("full_name"))
    completed = payload.get("action") == "completed"
    number = _number(run.get("id"))
    return Deployed(
        event=_BY_RUN,
        state=_text(run.get("conclusion" if completed else "status")) if number else None,
        sha=_sha(run.get("head_sha")),
        started=_moment(run.get("run_started_at")),
        creator=_text(_mapping(run.get("actor")).get("login")),
        run_id=number,
        run_number=_number(run.get("run_number")),
        run_attempt=int(_number(run.get("run_attempt")) or 1),
        fork=None if source == repository else source or "that has been deleted",
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _sha(value: object) -> str | None:
    return value if isinstance(value, str) and _SHA.fullmatch(value) else None


def _number(value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return str(value) if 0 <= value < _MOST else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
