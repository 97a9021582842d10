"""What we send fits Sentry's own published description of its API."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft7Validator

from fake_sentry import FakeServers, Reset
from job import ROOT, Job

DOCUMENT = json.loads((ROOT / "tests/openapi/sentry-releases.json").read_text())
DATES = {"dateReleased", "dateStarted", "dateFinished", "timestamp"}


def schema_of(method: str, path: str) -> dict[str, Any]:
    """The schema of the body that the document gives for this method and path."""
    for template, operations in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method in operations:
            body = operations[method]["requestBody"]["content"]["application/json"]
            return dict(closed(body["schema"]))  # type: ignore[call-overload, no-any-return]
    raise AssertionError(f"the document knows no {method} {path}")


def closed(schema: object) -> object:
    """OpenAPI 3.0 as JSON Schema, in which an unknown key is a mistake."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if found.pop("nullable", False) and "type" in found:
        found["type"] = [found["type"], "null"]
    if "properties" in found:
        found["additionalProperties"] = False
    return found


def evaluate(sentry: FakeServers) -> int:
    """Judge every body that was sent; gives how many there were."""
    bodies = [entry for entry in sentry.ledger.entries if entry.body is not None]
    for entry in bodies:
        Draft7Validator(schema_of(entry.method.lower(), entry.path.split("?")[0])).validate(
            entry.body
        )
        assert all(datetime.fromisoformat(date).tzinfo for date in dates(entry.body))
    return len(bodies)


def dates(value: object) -> list[str]:
    if isinstance(value, list):
        return [date for one in value for date in dates(one)]
    if not isinstance(value, dict):
        return []
    own = [found for key, found in value.items() if key in DATES]
    return own + [date for one in value.values() for date in dates(one)]


@pytest.mark.parametrize("commits", ["integration", "github", "skip"])
def test_a_whole_job_fits_the_document(job: Job, sentry: FakeServers, commits: str) -> None:
    job.main(set_commits=commits)
    sentry.land_commits()
    job.post(set_commits=commits)

    assert evaluate(sentry) >= 2


def test_own_commits_after_an_unknown_repository_fit_the_document(
    job: Job, sentry: FakeServers
) -> None:
    sentry.store.known_repositories.clear()
    job.main()
    job.post()

    assert evaluate(sentry) >= 4


def test_what_post_does_late_fits_the_document(job: Job, sentry: FakeServers) -> None:
    sentry.fail("*", "**", Reset(), times=None)
    job.main()
    sentry.hint()
    sentry.ledger.clear()
    job.post()

    assert evaluate(sentry) >= 3


def test_the_check_notices_what_does_not_fit() -> None:
    schema = schema_of("post", "/api/0/organizations/acme/releases/")

    assert not Draft7Validator(schema).is_valid({"version": "x" * 201, "projects": ["shop"]})
    assert not Draft7Validator(schema).is_valid({"version": "x", "projects": [], "bogus": 1})
