"""How a release is opened, and opened again."""

from typing import Any

import pytest

from contract.servers import Server

DATE_REFUSED = (
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)


def test_new_release_is_201_and_whole(contract_server: Server, contract_name: str) -> None:
    actual = contract_server.open(contract_name)

    assert actual.status == 201
    assert set(actual.body) == {
        *("id", "version", "status", "shortVersion", "versionInfo", "ref", "url", "dateReleased"),
        *("dateCreated", "data", "newGroups", "owner", "commitCount", "lastCommit", "deployCount"),
        *("lastDeploy", "authors", "projects", "firstEvent", "lastEvent", "currentProjectMeta"),
        "userAgent",
    }
    plain = ("version", "status", "ref", "url", "dateReleased", "commitCount", "lastCommit")
    assert [actual.body[key] for key in plain] == [contract_name, "open", None, None, None, 0, None]
    assert [actual.body[key] for key in ("deployCount", "lastDeploy", "authors")] == [0, None, []]
    assert [project["slug"] for project in actual.body["projects"]] == ["web"]
    assert set(actual.body["projects"][0]) == {
        *("id", "slug", "name", "newGroups", "platform", "platforms", "hasHealthData")
    }


def test_release_keeps_what_it_was_opened_with(contract_server: Server, contract_name: str) -> None:
    values = {"ref": "6f9c", "url": "https://ci.test/run/1", "dateReleased": "2026-01-02T03:04:05Z"}

    actual = contract_server.open(contract_name, **values)

    assert actual.status == 201
    assert {key: actual.body[key] for key in values} == values
    assert contract_server.release(contract_name) == actual.body


def test_opening_again_is_208_and_changes_neither_ref_nor_url_nor_date(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name, ref="first")

    again = contract_server.open(
        contract_name, ref="x", url="https://x.test/", dateReleased="2026-01-02T03:04:05Z"
    )

    assert again.status == 208
    kept = [again.body[key] for key in ("ref", "url", "dateReleased")]
    assert kept == ["first", None, None]


def test_opening_again_applies_commits_and_status(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)

    again = contract_server.open(contract_name, commits=[{"id": contract_name}], status="archived")

    assert (again.status, again.body["commitCount"], again.body["status"]) == (208, 1, "archived")


def test_opening_with_a_further_project_is_201_and_projects_only_grow(
    contract_server: Server, contract_name: str
) -> None:
    statuses = [
        contract_server.open(contract_name, *projects).status
        for projects in (["web"], ["web", "api"], ["api"], ["api", "web"])
    ]

    assert statuses == [201, 201, 208, 208]
    slugs = {project["slug"] for project in contract_server.release(contract_name)["projects"]}
    assert slugs == {"web", "api"}


def test_a_release_without_a_project_is_created_but_not_listed(
    contract_server: Server, contract_name: str
) -> None:
    body = {"version": contract_name, "projects": []}

    first = contract_server.query("POST", "/releases/", body)

    assert (first.status, first.body["detail"]) == (500, "Internal Error")
    assert contract_server.query("GET", contract_server.at(contract_name)).status == 404
    deploy = contract_server.at(contract_name, "deploys/")
    assert contract_server.query("POST", deploy, {"environment": "qa"}).status == 404
    assert contract_server.open(contract_name).status == 201
    assert contract_server.query("POST", "/releases/", body).status == 208


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"projects": None}, {"projects": ["This field may not be null."]}),
        ({"projects": "web"}, {"projects": ['Expected a list of items but got type "str".']}),
        ({"projects": ["nope"]}, {"projects": ["Invalid project slugs"]}),
        ({"projects": ["web", "nope"]}, {"projects": ["Invalid project slugs"]}),
        ({"projects": ["2"]}, {"projects": ["Invalid project slugs"]}),
        ({"projects": [2]}, {"projects": ["Invalid project slugs"]}),
        ({"projects": [None]}, {"projects": ["Invalid project slugs"]}),
        ({"status": "bogus"}, {"status": ["Invalid status bogus"]}),
        ({"ref": "r" * 201}, {"ref": ["Ensure this field has no more than 200 characters."]}),
        ({"ref": True}, {"ref": ["Not a valid string."]}),
        ({"url": "not a url"}, {"url": ["Enter a valid URL."]}),
        ({"url": "javascript:alert(1)"}, {"url": ["Enter a valid URL."]}),
        ({"url": "https://"}, {"url": ["Enter a valid URL."]}),
        ({"url": "https://x test/"}, {"url": ["Enter a valid URL."]}),
        ({"url": "https://nodots/"}, {"url": ["Enter a valid URL."]}),
        ({"url": "https://my_shop.test/"}, {"url": ["Enter a valid URL."]}),
        ({"dateReleased": "2026-01-02"}, {"dateReleased": [DATE_REFUSED]}),
        ({"dateReleased": "yesterday"}, {"dateReleased": [DATE_REFUSED]}),
        ({"dateReleased": "2026-13-02T03:04:05Z"}, {"dateReleased": [DATE_REFUSED]}),
        ({"dateReleased": 1767322800}, {"dateReleased": [DATE_REFUSED]}),
        ({"dateReleased": "1767322800"}, {"dateReleased": [DATE_REFUSED]}),
        ({"dateReleased": ""}, {"dateReleased": [DATE_REFUSED]}),
    ],
)
def test_bad_field_is_refused_and_nothing_is_opened(
    contract_server: Server, contract_name: str, fields: dict[str, Any], refusal: dict[str, Any]
) -> None:
    actual = contract_server.query(
        "POST", "/releases/", {"version": contract_name, "projects": ["web"], **fields}
    )

    assert actual.output == (400, refusal)
    assert contract_server.query("GET", contract_server.at(contract_name)).status == 404


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({}, {f: ["This field is required."] for f in ("version", "projects")}),
        (b"", {f: ["This field is required."] for f in ("version", "projects")}),
        (b"null", {"non_field_errors": ["No data provided"]}),
        ([1], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        (
            b"{not json",
            {
                "detail": "JSON parse error - Expecting property name enclosed in double quotes: "
                "line 1 column 2 (char 1)"
            },
        ),
        (
            {"version": "\0" * 201, "projects": ["web"], "ref": "r" * 201, "url": "u"},
            {
                "ref": ["Ensure this field has no more than 200 characters."],
                "url": ["Enter a valid URL."],
                "version": [
                    "Ensure this field has no more than 200 characters.",
                    "Null characters are not allowed.",
                ],
            },
        ),
    ],
)
def test_bad_body_is_refused_with_every_reason(
    contract_server: Server, sent: object, refusal: dict[str, Any]
) -> None:
    assert contract_server.query("POST", "/releases/", sent).output == (400, refusal)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"url": "ftp://x.test/"}, {"url": "ftp://x.test/"}),
        ({"url": "http://localhost:8080/x?y=1#z"}, {"url": "http://localhost:8080/x?y=1#z"}),
        ({"url": ""}, {"url": ""}),
        ({"url": None}, {"url": None}),
        ({"ref": ""}, {"ref": ""}),
        ({"ref": " padded "}, {"ref": "padded"}),
        ({"ref": "r" * 200}, {"ref": "r" * 200}),
        ({"ref": "refs/heads/main\nx"}, {"ref": "refs/heads/main\nx"}),
        ({"ref": 7}, {"ref": "7"}),
        ({"bogus": 1}, {}),
        ({"dateReleased": None}, {"dateReleased": None}),
        ({"dateReleased": "2026-01-02T03:04:05"}, {"dateReleased": "2026-01-02T03:04:05Z"}),
        ({"dateReleased": "2026-01-02T03:04"}, {"dateReleased": "2026-01-02T03:04:00Z"}),
        ({"dateReleased": "2026-01-02 03:04:05Z"}, {"dateReleased": "2026-01-02T03:04:05Z"}),
        ({"dateReleased": "2026-01-02T03:04:05+02:00"}, {"dateReleased": "2026-01-02T01:04:05Z"}),
        (
            {"dateReleased": "2026-01-02T03:04:05.123456789Z"},
            {"dateReleased": "2026-01-02T03:04:05.123456Z"},
        ),
        (
            {"dateReleased": "2026-01-02T03:04:05.5Z"},
            {"dateReleased": "2026-01-02T03:04:05.500000Z"},
        ),
    ],
)
def test_odd_field_is_taken(
    contract_server: Server, contract_name: str, values: dict[str, Any], kept: dict[str, Any]
) -> None:
    actual = contract_server.open(contract_name, **values)

    assert actual.status == 201
    assert {key: actual.body[key] for key in kept} == kept


def test_url_of_more_than_200_characters_breaks_the_server_and_opens_nothing(
    contract_server: Server, contract_name: str
) -> None:
    assert contract_server.open(contract_name, url=f"https://x.test/{'a' * 190}").status == 500
    assert contract_server.query("GET", contract_server.at(contract_name)).status == 404
