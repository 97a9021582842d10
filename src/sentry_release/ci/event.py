"""Parse the event that started the workflow, and the external deployment in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from sentry_release.model.commits import is_sha
from sentry_release.model.foreign_text import check_link
from sentry_release.model.job import EventKind

_BY_DEPLOYER = "deployment_status"
_BY_RUN = "workflow_run"
_MAX_ID = 10**18  # far more than any id of GitHub's
_DEPENDABOT = "dependabot[bot]"
_WITHOUT_SECRETS = {
    "create", "deployment", _BY_DEPLOYER, "pull_request", "pull_request_review",
    "pull_request_review_comment", "push",
}  # fmt: skip
_PULL_REQUEST_REF = re.compile(r"(refs/)?pull/[0-9]+/(head|merge)")
_ON_MERGE_COMMIT = {"pull_request", "pull_request_review", "pull_request_review_comment"}
_TRIAL_RUNS = {*_ON_MERGE_COMMIT, "pull_request_target", "merge_group"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentEvent:
    """
    The deployment of another workflow or tool that an event reports.

    It is a deployment on GitHub, or a run of another workflow. Without `state` or `sha` the event
    cannot be used. All URLs are only shown and stored, never requested.

    Attributes:
        event: The name of the event, `deployment_status` or `workflow_run`.
        state: The state of the deployment, or the status or conclusion of the run, as GitHub
            calls it.
        sha: The deployed commit.
        environment: The environment of the deployment; None for a run.
        url: The URL of the environment.
        log_url: The log of the deployment.
        started: When the deployment was created, or the run started.
        creator: The login of who created the status, or started the run.
        deployment_id: The id of the deployment; None for a run.
        run_id: The id of the run; None for a deployment.
        run_number: The number of the run in its workflow.
        run_attempt: The attempt of the run, from 1.
        fork: The repository of the run if that is another one than this, hence a fork.
        is_production: Whether GitHub marks the environment as production.
    """

    event: str
    state: str | None = None
    sha: str | None = None
    environment: str | None = None
    url: str | None = None
    log_url: str | None = None
    started: datetime | None = None
    creator: str | None = None
    deployment_id: int | None = None
    run_id: str | None = None
    run_number: str | None = None
    run_attempt: int = 1
    fork: str | None = None
    is_production: bool = False


def is_pull_request_ref(ref: object) -> bool:
    """Return whether a ref is that of a pull request, such as `refs/pull/7/merge`."""
    return isinstance(ref, str) and _PULL_REQUEST_REF.fullmatch(ref) is not None


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
    status = _as_mapping(payload.get(_BY_DEPLOYER))
    deployment = _as_mapping(payload.get("deployment"))
    number = _as_number(deployment.get("id"))
    return DeploymentEvent(
        event=_BY_DEPLOYER,
        state=_as_text(status.get("state")) if number else None,
        sha=_as_sha(deployment.get("sha")),
        environment=_as_text(status.get("environment")) or _as_text(deployment.get("environment")),
        url=check_link(status.get("environment_url")),
        log_url=check_link(status.get("log_url")) or check_link(status.get("target_url")),
        started=_as_time(deployment.get("created_at")),
        creator=_as_text(_as_mapping(status.get("creator")).get("login")),
        deployment_id=int(number) if number else None,
        is_production=deployment.get("production_environment") is True,
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
        fork=None if source == repository else source or "that has been deleted",
    )


def _as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _as_text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _as_sha(value: object) -> str | None:
    return value if isinstance(value, str) and is_sha(value) else None


def _as_number(value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return str(value) if 0 <= value < _MAX_ID else None


def _as_time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is None:
            return None
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    The facts in the payload that no variable has.

    `head` is the commit that was pushed to an open pull request's branch: GITHUB_SHA is a merge
    commit there, which no repository integration ever sees. `no_secrets_reason` is the reason why
    GitHub withholds the workflow's secrets, if it does. `kind` decides what the run may change.
    `deployment` is the external deployment that the event reports, if it reports one.
    """

    head: str | None = None
    no_secrets_reason: str | None = None
    kind: EventKind = EventKind.OWN
    deployment: DeploymentEvent | None = None

    @classmethod
    def from_payload(
        cls,
        payload: Mapping[str, object],
        *,
        name: str | None,
        repository: str | None,
        actor: str | None,
        ref: str | None = None,
    ) -> Self:
        """
        Read a payload; whatever is not there or of another shape counts as absent.

        `pull_request` and the events of its reviews run on the merge commit, and without secrets
        where they come from a fork: `pull_request_target` runs on the base branch, with them.
        Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
        """
        request = _as_mapping(payload.get("pull_request"))
        head = _as_mapping(request.get("head"))
        sha = head.get("sha")
        on_merge_commit = name in _ON_MERGE_COMMIT and request.get("merged") is not True
        return cls(
            head=sha if isinstance(sha, str) and on_merge_commit else None,
            no_secrets_reason=_explain_missing_secrets(
                request, name, repository=repository, actor=actor
            ),
            kind=_find_kind(payload, name, repository=repository, actor=actor, ref=ref),
            deployment=parse_deployment_event(payload, name=name, repository=repository),
        )


def _find_kind(
    payload: Mapping[str, object],
    name: str | None,
    *,
    repository: str | None,
    actor: str | None,
    ref: str | None,
) -> EventKind:
    """
    Return the kind of an event.

    A pull request that was merged runs on its base branch, as a push to it does. A comment on a
    pull request runs on the default branch, and often builds or deploys the pull request. A
    deployment of a pull request, and a run that it started, belong to that pull request.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
    """
    request = _as_mapping(payload.get("pull_request"))
    run = _as_mapping(payload.get(_BY_RUN))
    if _explain_missing_secrets(request, name, repository=repository, actor=actor):
        return EventKind.FORK
    if name == _BY_RUN and _get_repository(run, "head_repository") != repository:
        return EventKind.FORK_WITH_SECRETS
    if name == "pull_request_target" and _is_from_fork(request, repository):
        return EventKind.FORK_WITH_SECRETS
    if request:
        return EventKind.OWN if request.get("merged") is True else EventKind.TRIAL
    if name == "issue_comment" and "pull_request" in _as_mapping(payload.get("issue")):
        return EventKind.COMMENT
    deployed = _as_mapping(payload.get("deployment")).get("ref")
    is_trial = (
        name == "merge_group"
        or (name == _BY_RUN and _is_trial_run(run))
        or any(is_pull_request_ref(one) for one in (ref, deployed))
    )
    return EventKind.TRIAL if is_trial else EventKind.OWN


def _is_trial_run(run: Mapping[str, object]) -> bool:
    """Return whether a run only tries something: a pull request, or a branch of Dependabot."""
    branch = _as_text(run.get("head_branch")) or ""
    return _as_text(run.get("event")) in _TRIAL_RUNS or branch.startswith("dependabot/")


def _is_from_fork(request: Mapping[str, object], repository: str | None) -> bool:
    """Return whether a pull request comes from another repository; a deleted fork has no name."""
    return _get_repository(_as_mapping(request.get("head")), "repo") != repository


def _get_repository(source: Mapping[str, object], key: str) -> object:
    return _as_mapping(source.get(key)).get("full_name")


def _explain_missing_secrets(
    request: Mapping[str, object], name: str | None, *, repository: str | None, actor: str | None
) -> str | None:
    """
    Return why GitHub withholds the secrets of the repository; None if it does not.

    The actor of a scheduled run is who last changed its workflow, which is often Dependabot: that
    run has all secrets, as has one that another run or a person starts.
    Source: https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions
    """
    author = _as_mapping(request.get("user")).get("login")
    on_its_request = name == "pull_request_target" and author == _DEPENDABOT
    if actor == _DEPENDABOT and (name in _WITHOUT_SECRETS or on_its_request):
        return "Dependabot's runs get no secrets of the repository"
    is_open = bool(request.get("head")) and name != "pull_request_target"
    if is_open and _is_from_fork(request, repository):
        return "a pull request from a fork gets no secrets"
    return None
