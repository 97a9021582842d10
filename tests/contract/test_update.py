"""What PUT changes in a release, and what it leaves alone."""

from typing import Any

import pytest

from contract.servers import Server


def test_put_sets_ref_url_date_and_status(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name)
    values = {"ref": "deadbeef", "url": "https://x.test/r", "dateReleased": "2026-01-03T00:00:00Z"}

    actual = contract_server.query(
        "PUT", contract_server.at(contract_name), {**values, "status": "archived"}
    )

    assert actual.status == 200
    assert {key: actual.body[key] for key in values} == values
    assert actual.body["status"] == "archived"


def test_put_overwrites_the_date_of_release(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name, dateReleased="2026-01-03T00:00:00Z")

    later = {"dateReleased": "2026-01-04T00:00:00Z"}
    actual = contract_server.query("PUT", contract_server.at(contract_name), later)

    assert actual.body["dateReleased"] == "2026-01-04T00:00:00Z"


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"ref": None, "url": None, "dateReleased": None},
        {"ref": "", "url": ""},
        {"projects": ["api"], "version": "other"},
        {"commits": []},
    ],
)
def test_put_never_clears_and_never_moves(
    contract_server: Server, contract_name: str, empty: dict[str, Any]
) -> None:
    values = {"ref": "deadbeef", "url": "https://x.test/r", "dateReleased": "2026-01-03T00:00:00Z"}
    before = contract_server.open(contract_name, **values, commits=[{"id": contract_name}]).body

    actual = contract_server.query("PUT", contract_server.at(contract_name), empty)

    assert actual.output == (200, before)


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"url": "nope"}, "url", "Enter a valid URL."),
        ({"ref": "r" * 201}, "ref", "Ensure this field has no more than 200 characters."),
        ({"status": "bogus"}, "status", "Invalid status bogus"),
    ],
)
def test_put_refuses_what_post_refuses(
    contract_server: Server, contract_name: str, fields: dict[str, Any], field: str, reason: str
) -> None:
    contract_server.open(contract_name)

    actual = contract_server.query("PUT", contract_server.at(contract_name), fields)

    assert actual.output == (400, {field: [reason]})


def test_put_with_an_overlong_url_breaks_the_server(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)

    long = {"url": f"https://x.test/{'a' * 190}"}

    assert contract_server.query("PUT", contract_server.at(contract_name), long).status == 500


def test_put_of_an_unknown_release_is_404_whatever_its_body(
    contract_server: Server, contract_name: str
) -> None:
    actual = contract_server.query("PUT", contract_server.at(contract_name), {"dateReleased": "x"})

    assert actual.output == (404, {"detail": "The requested resource does not exist"})
