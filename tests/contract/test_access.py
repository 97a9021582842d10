"""Who has access, and the responses to those who have none."""

from typing import Any

import pytest

from contract.servers import Server

LOST = {"detail": "The requested resource does not exist"}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("", "Authentication credentials were not provided."),
        ("Token abc", "Authentication credentials were not provided."),
        ("Bearer", "Invalid token header. No credentials provided."),
        ("Bearer a b", "Invalid token header. Token string should not contain spaces."),
        ("Bearer wrong", "Invalid token"),
        ("bearer wrong", "Invalid token"),
        ("Bearer sntrys_wrong", "Invalid org token"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_without_a_valid_token_is_rejected(
    contract_server: Server, contract_name: str, method: str, authorization: str, reason: str
) -> None:
    body = {"version": contract_name, "projects": ["web"]} if method == "POST" else None

    for organization in (contract_server.organization, "nosuch"):
        path = f"/api/0/organizations/{organization}/releases/"
        actual = contract_server.query(method, path, body, authorization=authorization)
        assert actual.output == (401, {"detail": reason})


def test_scheme_may_be_in_lower_case(contract_server: Server) -> None:
    actual = contract_server.query(
        "GET", "/releases/?per_page=1", authorization=f"bearer {contract_server.token}"
    )

    assert actual.status == 200


def test_token_without_the_scope_may_read_and_not_write(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)
    path = contract_server.at(contract_name)

    def query(method: str, path: str, body: object = None) -> tuple[int, Any]:
        bearer = f"Bearer {contract_server.readonly_token}"
        return contract_server.query(method, path, body, authorization=bearer).output

    assert query("GET", path)[0] == 200
    assert query("GET", f"{path}deploys/")[0] == 200
    assert query("POST", "/releases/", {"version": "x", "projects": ["web"]}) == (403, FORBIDDEN)
    assert query("PUT", path, {}) == (403, FORBIDDEN)
    assert query("POST", f"{path}deploys/", {"environment": "qa"}) == (403, FORBIDDEN)
    assert query("POST", "/api/0/organizations/nosuch/releases/", {}) == (403, FORBIDDEN)


def test_organization_token_may_do_all_a_release_needs(
    contract_server: Server, contract_name: str
) -> None:
    def query(method: str, path: str, body: object = None) -> int:
        bearer = f"Bearer {contract_server.organization_token}"
        return contract_server.query(method, path, body, authorization=bearer).status

    path = contract_server.at(contract_name)
    steps = [
        query("POST", "/releases/", {"version": contract_name, "projects": ["web"]}),
        query("PUT", path, {"ref": "x"}),
        query("POST", f"{path}deploys/", {"environment": "qa"}),
        query("GET", path),
        query("GET", f"{path}deploys/"),
        query("GET", f"{path}commits/"),
        query("GET", "/releases/?environment=qa"),
    ]

    assert steps == [201, 200, 201, 200, 200, 200, 200]


@pytest.mark.parametrize("kind", ["token", "organization_token"])
def test_unknown_organization_is_404_for_every_good_token(
    contract_server: Server, kind: str
) -> None:
    bearer = f"Bearer {getattr(contract_server, kind)}"
    path = "/api/0/organizations/nosuch/releases/"
    body = {"version": "x", "projects": ["web"]}

    assert contract_server.query("GET", path, authorization=bearer).output == (404, LOST)
    assert contract_server.query("POST", path, body, authorization=bearer).output == (404, LOST)


def test_unknown_release_is_404(contract_server: Server, contract_name: str) -> None:
    path = contract_server.at(contract_name)

    assert contract_server.query("GET", path).output == (404, LOST)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/releases", "/releases/x", "/releases/x/deploys"])
def test_missing_slash_at_the_end_is_404_with_a_hint(
    contract_server: Server, method: str, path: str
) -> None:
    actual = contract_server.query(method, path, {} if method != "GET" else None)

    root = f"/api/0/organizations/{contract_server.organization}"
    hint = f"Route not found, did you forget a trailing slash? try: {root}"
    assert actual.output == (404, {"info": f"{hint}{path}/"})


def test_unknown_path_is_404_without_a_word(contract_server: Server) -> None:
    assert contract_server.query("GET", "/nosuch/").output == (404, "")


def test_method_that_no_endpoint_has_is_403(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name)

    actual = contract_server.query("PATCH", contract_server.at(contract_name), {})

    assert actual.output == (403, FORBIDDEN)


def test_method_that_only_this_endpoint_has_not_is_405(
    contract_server: Server, contract_name: str
) -> None:
    actual = contract_server.query("POST", contract_server.at(contract_name), {})

    assert actual.output == (405, {"detail": 'Method "POST" not allowed.'})
