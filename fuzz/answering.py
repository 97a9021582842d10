"""Fuzz the adapters that parse responses of Sentry and GitHub."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace
from unittest.mock import patch

from sentry_release.adapters.github import github_commits, repository
from sentry_release.adapters.github.github_client import GitHubClient
from sentry_release.adapters.sentry import parse
from sentry_release.clock import Clock, Deadline
from sentry_release.errors import ActionError
from sentry_release.model.commits import CommitRange

_STATUSES = (200, 201, 404, 403, 500)
_SHA = "a" * 40
_RANGE = CommitRange(repository="acme/shop", source="acme/shop", head=_SHA, previous="b" * 40)


def sentry_answers(data: bytes) -> None:
    """Parse any body with the Sentry adapter."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    parse.parse_release(body)
    parse.parse_release(body, created=True)
    parse.parse_releases(body)
    parse.parse_deploy(body)
    parse.parse_deploys(body)
    parse.parse_commits(body)
    parse.find_error_detail(body, str(data[:200]))


def github_answers(data: bytes) -> None:
    """Parse the same body with the GitHub adapter, as the response to each of its requests."""
    status, body = (_STATUSES[data[0] % len(_STATUSES)], data[1:]) if data else (200, b"")
    response = SimpleNamespace(
        status_code=status,
        headers={"Content-Type": "application/json"},
        text=body.decode(errors="replace"),
    )
    with patch("requests.Session.get", lambda *_, **__: response):
        for query in (
            lambda: repository.find_deployments_of_run(_client(), "7", _SHA),
            lambda: repository.find_environment_of_job(_client(), 1, _SHA),
            lambda: github_commits.fetch_history(_client(), _RANGE),
        ):
            with suppress(ActionError):
                query()


def _client() -> GitHubClient:
    clock = Clock(
        now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
        monotonic=lambda: 0.0,
        sleep=lambda _: None,
        random=lambda: 0.5,
        start_timer=lambda _seconds, _call: lambda: None,
    )
    return GitHubClient(
        api_url="https://api.github.com",
        token="none",  # noqa: S106 - no request is sent
        name="acme/shop",
        log_debug=lambda _: None,
        log_line=lambda _: None,
        deadline=Deadline(clock=clock, at=60.0),
    )
