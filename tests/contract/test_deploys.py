"""How deploys are marked and listed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.servers import Reply, Server
from contract.test_creation import DATE_REFUSED


@pytest.fixture
def contract_release(contract_server: Server, contract_name: str) -> str:
    contract_server.open(contract_name, "web", "api")
    return contract_name


def _deploy(server: Server, release: str, **fields: object) -> Reply:
    return server.query("POST", server.at(release, "deploys/"), fields)


def test_environment_is_enough_and_the_deploy_ends_now(
    contract_server: Server, contract_release: str
) -> None:
    actual = _deploy(contract_server, contract_release, environment="production")

    assert actual.status == 201
    assert actual.body == {
        "id": actual.body["id"],
        "environment": "production",
        "dateStarted": None,
        "dateFinished": actual.body["dateFinished"],
        "name": None,
        "url": None,
    }
    assert isinstance(actual.body["id"], str)
    finished = datetime.fromisoformat(actual.body["dateFinished"])
    assert abs(datetime.now(UTC) - finished) < timedelta(seconds=30)


def test_a_deploy_keeps_its_fields(contract_server: Server, contract_release: str) -> None:
    values = {
        "environment": "staging",
        "name": "run 7",
        "url": "https://ci.test/7",
        "dateStarted": "2026-02-01T00:00:00Z",
        "dateFinished": "2026-01-01T00:05:00Z",
    }

    actual = _deploy(contract_server, contract_release, **values)

    assert {key: actual.body[key] for key in values} == values


def test_deploys_are_never_deduplicated(contract_server: Server, contract_release: str) -> None:
    values = {"environment": "staging", "name": "run 7", "dateFinished": "2026-01-01T00:05:00Z"}

    replies = [_deploy(contract_server, contract_release, **values) for _ in range(2)]

    assert [reply.status for reply in replies] == [201, 201]
    ids = {reply.body["id"] for reply in replies}
    listed = contract_server.query("GET", contract_server.at(contract_release, "deploys/")).body
    assert {deploy["id"] for deploy in listed} == ids
    assert len(ids) == 2
    release = contract_server.release(contract_release)
    assert (release["deployCount"], release["lastDeploy"]) == (2, replies[1].body)


def test_list_begins_with_the_deploy_that_ended_last(
    contract_server: Server, contract_release: str
) -> None:
    for day in (2, 3, 1):
        finished = f"2026-01-0{day}T00:00:00Z"
        _deploy(contract_server, contract_release, environment=f"e{day}", dateFinished=finished)

    listed = contract_server.query("GET", contract_server.at(contract_release, "deploys/"))

    assert listed.status == 200
    assert [deploy["environment"] for deploy in listed.body] == ["e3", "e2", "e1"]
    last = contract_server.release(contract_release)["lastDeploy"]
    assert last["environment"] == "e1"  # made last, though it did not end last


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        *(("a b", "a b"), ("  pad ", "pad"), ("é", "é"), ("none", "none"), ("None", "None")),
        *(("e" * 64, "e" * 64), ("a\\b", "a\\b"), ("a\tb", "a\tb"), (5, "5")),
    ],
)
def test_environment_is_taken(
    contract_server: Server, contract_release: str, sent: object, kept: str
) -> None:
    actual = _deploy(contract_server, contract_release, environment=sent)

    assert (actual.status, actual.body["environment"]) == (201, kept)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, {"environment": ["This field is required."]}),
        ({"environment": ""}, {"environment": ["This field may not be blank."]}),
        ({"environment": " "}, {"environment": ["This field may not be blank."]}),
        ({"environment": None}, {"environment": ["This field may not be null."]}),
        ({"environment": "a/b"}, {"environment": ["Invalid value for environment"]}),
        ({"environment": "a\nb"}, {"environment": ["Invalid value for environment"]}),
        (
            {"environment": "e" * 65},
            {"environment": ["Ensure this field has no more than 64 characters."]},
        ),
        (
            {"environment": "qa", "name": "n" * 65},
            {"name": ["Ensure this field has no more than 64 characters."]},
        ),
        ({"environment": "qa", "url": "nope"}, {"url": ["Enter a valid URL."]}),
        ({"environment": "qa", "dateStarted": "x"}, {"dateStarted": [DATE_REFUSED]}),
        ({"environment": "qa", "dateFinished": ""}, {"dateFinished": [DATE_REFUSED]}),
        ({"environment": "qa", "dateFinished": 1767322800}, {"dateFinished": [DATE_REFUSED]}),
        ({"environment": "qa", "projects": []}, {"projects": ["This list may not be empty."]}),
        ({"environment": "qa", "projects": ["nope"]}, {"projects": ["Invalid project"]}),
        (
            {"environment": "a/b", "url": "x"},
            {"environment": ["Invalid value for environment"], "url": ["Enter a valid URL."]},
        ),
    ],
)
def test_bad_deploy_is_refused_and_none_is_made(
    contract_server: Server, contract_release: str, fields: dict[str, Any], refusal: dict[str, Any]
) -> None:
    assert _deploy(contract_server, contract_release, **fields).output == (400, refusal)
    assert contract_server.release(contract_release)["deployCount"] == 0


@pytest.mark.parametrize(
    "fields", [{"name": None, "url": None, "dateStarted": None}, {"name": "", "url": ""}]
)
def test_empty_optional_fields_are_taken(
    contract_server: Server, contract_release: str, fields: dict[str, Any]
) -> None:
    actual = _deploy(contract_server, contract_release, environment="qa", **fields)

    assert actual.status == 201
    assert {key: actual.body[key] for key in fields} == fields


@pytest.mark.parametrize("fields", [{"dateFinished": None}, {"url": f"https://x.test/{'a' * 190}"}])
def test_null_end_or_overlong_url_break_the_server_and_no_deploy_is_made(
    contract_server: Server, contract_release: str, fields: dict[str, Any]
) -> None:
    actual = _deploy(contract_server, contract_release, environment="qa", **fields)

    assert (actual.status, actual.body["detail"]) == (500, "Internal Error")
    assert contract_server.release(contract_release)["deployCount"] == 0


def test_deploy_may_name_some_of_the_projects(
    contract_server: Server, contract_release: str
) -> None:
    actual = _deploy(contract_server, contract_release, environment="qa", projects=["web"])

    assert actual.status == 201


def test_deploy_may_not_name_a_project_that_the_release_has_not(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)

    actual = _deploy(contract_server, contract_name, environment="qa", projects=["web", "api"])

    reason = f"Invalid projects (api) for release {contract_name}"
    detail = {"code": "parameter-validation-error", "message": reason, "extra": {"context": ""}}
    assert actual.output == (400, {"detail": detail})


def test_deploy_of_an_unknown_release_is_404(contract_server: Server, contract_name: str) -> None:
    lost = (404, {"detail": "The requested resource does not exist"})

    assert _deploy(contract_server, contract_name, environment="qa").output == lost
    path = contract_server.at(contract_name, "deploys/")
    assert contract_server.query("GET", path).output == lost
    path = contract_server.at(contract_name, "commits/")
    assert contract_server.query("GET", path).output == lost
