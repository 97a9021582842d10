"""Requests about health and the fake Sentry's responses match Sentry's published document."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft7Validator

from fake_sentry import FakeServers
from job import ROOT, Job

DOCUMENT = json.loads((ROOT / "tests/openapi/sentry-health.json").read_text())
NAME = "shop@1.4.0+27"
THRESHOLD = {
    "threshold_type": "crash_free_session_rate",
    "trigger_type": "under",
    "value": 99,
    "window_in_seconds": 3600,
    "environment": None,
    "project": {},
    "release": NAME,
    "end": "2026-03-01T13:00:00Z",
    "is_healthy": True,
    "key": f"shop-{NAME}",
    "metric_value": 99.5,
    "project_id": 2,
    "project_slug": "shop",
    "start": "2026-03-01T12:00:00Z",
}


def question(path: str) -> dict[str, Any]:
    """What the document says of GET on a path."""
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return dict(operations["get"])
    raise AssertionError(f"the document knows no {path}")


def as_json_schema(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """OpenAPI 3.0 as JSON Schema."""
    if isinstance(schema, list):
        return [as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: as_json_schema(value) for key, value in schema.items()}
    if found.pop("nullable", False) and "type" in found:
        found["type"] = [found["type"], "null"]
    return found


@pytest.fixture
def evaluated(job: Job, sentry: FakeServers) -> Job:
    """A job that has evaluated a release by both kinds of requests, with a threshold of Sentry."""
    job.release()
    sentry.count(NAME, 1000, 5, users=400, crashed_users=4, unhandled=20)
    sentry.store.thresholds = {f"shop-{NAME}": [THRESHOLD]}
    sentry.ledger.clear()
    for token in (sentry.readonly_token, sentry.organization_token):
        job.environ["SENTRY_AUTH_TOKEN"] = token
        assert job.play("health").exit_code == 0
    return job


def on_health(sentry: FakeServers) -> list[str]:
    """The URLs of the requests in the document."""
    words = ("sessions/", "health=1", "threshold")
    paths = [entry.path for entry in sentry.ledger.entries]
    return [path for path in paths if any(word in path for word in words)]


@pytest.mark.usefixtures("evaluated")
def test_every_request_is_in_the_document(sentry: FakeServers) -> None:
    requests = on_health(sentry)

    assert len(requests) == 6
    for path in requests:
        known = {one["name"]: one for one in question(urlsplit(path).path)["parameters"]}
        for name, values in parse_qs(urlsplit(path).query).items():
            allowed = known[name]["schema"].get("enum", values)
            assert set(values) <= set(allowed), name
        needed = {name for name, one in known.items() if one.get("required")}
        in_path = {name for name, one in known.items() if one["in"] == "path"}
        assert needed - in_path <= parse_qs(urlsplit(path).query).keys()


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize("path", ["/sessions/", "health=1", "threshold"])
def test_every_response_of_the_fake_sentry_has_the_shape_of_the_document(
    sentry: FakeServers, path: str
) -> None:
    import urllib3

    address = next(one for one in on_health(sentry) if path in one and "includeSeries" not in one)
    token = sentry.readonly_token
    with urllib3.PoolManager(retries=False) as pool:
        headers = {"Authorization": f"Bearer {token}"}
        body = pool.request("GET", sentry.url + address, headers=headers).json()

    answers = question(urlsplit(address).path)["responses"]["200"]["content"]
    schema = as_json_schema(answers["application/json"]["schema"])
    Draft7Validator(schema).validate(body)
    assert body


@pytest.mark.usefixtures("evaluated")
def test_a_newer_server_reports_unhandled_sessions_as_a_ratio(sentry: FakeServers) -> None:
    import urllib3

    address = next(one for one in on_health(sentry) if "groupBy" in one)
    with urllib3.PoolManager(retries=False) as pool:
        headers = {"Authorization": f"Bearer {sentry.readonly_token}"}
        body = pool.request("GET", sentry.url + address, headers=headers).json()

    [group] = body["groups"]
    assert group["totals"]["unhandled_rate(session)"] == 0.02
    series = group["series"]["unhandled_rate(session)"]
    assert series == [0.02] + [None] * (len(body["intervals"]) - 1)
