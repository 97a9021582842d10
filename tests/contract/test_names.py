"""Which release names are accepted, and how they are addressed."""

from urllib.parse import quote

import pytest

from contract.servers import Server
from sentry_release.model.release import find_release_name_error

REFUSED = ["a\nb", "a\rb", "a\tb", "a\fb", "a/b", "a\\b", ".", "..", "latest", "Latest"]
REFUSED += ["LATEST", " latest ", " ", " .. "]
ACCEPTED = [
    "{}",
    "{}@1.4.0+27",
    "{}@1.4.0-beta.2",
    "com.example.{}@1",
    "in {} ner",
    "é✓{}",
    "...{}",
]
ACCEPTED += ["a%2F{}", "a?{}", "a#{}", "a:{}", "{}&=;'\"<>", "{}~|`$()", "latest{}", "{:x<200}"]


@pytest.mark.parametrize("name", REFUSED)
def test_name_is_refused(contract_server: Server, name: str) -> None:
    actual = contract_server.open(name)

    assert actual.output == (400, {"version": [f"Release with name {name} is not allowed"]})


@pytest.mark.parametrize("name", [*REFUSED, "", "a\0b", "x" * 201])
def test_what_the_server_refuses_we_refuse_before_asking(
    contract_server: Server, name: str
) -> None:
    assert contract_server.open(name).status == 400
    assert find_release_name_error(name) is not None


@pytest.mark.parametrize("shape", ACCEPTED)
def test_what_we_accept_the_server_accepts(
    contract_server: Server, contract_name: str, shape: str
) -> None:
    name = shape.format(contract_name)

    assert find_release_name_error(name) is None
    assert contract_server.open(name).status == 201


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "This field may not be blank."),
        (None, "This field may not be null."),
        (True, "Not a valid string."),
        (["a"], "Not a valid string."),
        ("a\0b", "Null characters are not allowed."),
        ("x" * 201, "Ensure this field has no more than 200 characters."),
    ],
)
def test_no_name_at_all_is_refused(contract_server: Server, name: object, reason: str) -> None:
    actual = contract_server.query("POST", "/releases/", {"version": name, "projects": ["web"]})

    assert actual.output == (400, {"version": [reason]})


@pytest.mark.parametrize(
    "shape",
    [
        *(" {}", "{} ", "in {} ner", "é✓{}", "{}+b", "pkg@1.2.3+{}", "a%2F{}", "a?{}", "a#{}"),
        *("...{}", "a:{}", "a\v{}", "{}&=;'\"<>", "{:x<200}"),
    ],
)
def test_name_is_kept_unchanged_and_found_percent_encoded(
    contract_server: Server, contract_name: str, shape: str
) -> None:
    name = shape.format(contract_name)

    actual = contract_server.open(name)

    assert (actual.status, actual.body["version"]) == (201, name)
    assert contract_server.release(name)["version"] == name


def test_number_becomes_a_name(contract_server: Server, contract_name: str) -> None:
    number = int(contract_name.removeprefix("contract-"), 16)
    body = {"version": number, "projects": ["web"]}

    assert contract_server.query("POST", "/releases/", body).body["version"] == str(number)


def test_names_are_case_sensitive(contract_server: Server, contract_name: str) -> None:
    contract_server.open(contract_name)

    actual = contract_server.query("GET", contract_server.at(contract_name.upper()))

    assert actual.output == (404, {"detail": "The requested resource does not exist"})


def test_plus_and_at_sign_are_allowed_unescaped_in_a_path(
    contract_server: Server, contract_name: str
) -> None:
    name = f"{contract_name}@1.2.3+5"
    contract_server.open(name)

    assert contract_server.query("GET", f"/releases/{name}/").body["version"] == name


def test_an_encoded_slash_in_a_path_is_not_a_route(contract_server: Server) -> None:
    assert contract_server.query("GET", f"/releases/{quote('a/b', safe='')}/").output == (404, "")


@pytest.mark.parametrize(
    ("shape", "package", "number", "description"),
    [
        ("{}@1.4.0+27", "{}", [1, 4, 0, None, "27", 3], "1.4.0 (27)"),
        ("{}@1.4", "{}", [1, 4, 0, None, None, 2], "1.4"),
        ("{}@1.4.0-beta.1+7", "{}", [1, 4, 0, "beta.1", "7", 3], "1.4.0-beta.1 (7)"),
        ("{}@foo", "{}", None, "{}@foo"),
        ("{}-1.2.3", None, None, "{}-1.2.3"),
    ],
)
def test_name_is_understood_as_package_and_version(
    contract_server: Server,
    contract_name: str,
    shape: str,
    package: str | None,
    number: list[object] | None,
    description: str,
) -> None:
    info = contract_server.open(shape.format(contract_name)).body["versionInfo"]

    keys = ("major", "minor", "patch", "pre", "buildCode", "components")
    assert info["package"] == (package and package.format(contract_name))
    assert [info["version"].get(key) for key in keys] == (number or [None] * len(keys))
    assert info["description"] == description.format(contract_name)
