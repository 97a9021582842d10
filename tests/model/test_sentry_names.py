"""Claims about names: what is accepted here is accepted everywhere in Sentry."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.model.release import (
    find_dist_name_error,
    find_environment_name_error,
    find_release_name_error,
)

SPECIAL = st.sampled_from("aZ19@+-._#?%:é✓ /\\\t\n\r\f\v\0\x1f\x7f\x85\xa0")


def api_takes_release(name: str) -> bool:
    """Sentry's API: at most 200 characters, none of a few, and some words are its own."""
    plain = name.strip().lower()
    return (
        len(name) <= 200
        and not set(name) & set("\r\n\f\t/\\\0")
        and plain not in {"", ".", "..", "latest"}
    )


def relay_takes_release(name: str) -> bool:
    """Sentry's ingestion: at most 200 bytes and no control character."""
    return (
        len(name.encode()) <= 200
        and name.lower() not in {".", "..", "latest"}
        and re.fullmatch(r"[^\\/\r\n\t\x7f\x00-\x1f]*", name) is not None
    )


def cli_takes_release(name: str) -> bool:
    """sentry-cli: no space around, and no vertical tab either."""
    return name == name.strip() and not set(name) & set("\n\t\v\f/") and name not in {"", ".", ".."}


@tried
@given(
    st.text(SPECIAL)
    | st.text(st.characters(codec="utf-8"))
    | st.text(st.sampled_from("aé"), min_size=95, max_size=205)
)
def test_a_release_name_is_fine_exactly_where_api_ingestion_and_cli_agree(name: str) -> None:
    everywhere = api_takes_release(name) and relay_takes_release(name) and cli_takes_release(name)

    assert (find_release_name_error(name) is None) is everywhere


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("shop@1.4.0+27", id="package, version and build"),
        pytest.param("com.example.shop@1.4.0-beta.1+27", id="a prerelease"),
        pytest.param("shop 1.4.0 (27)", id="spaces and brackets inside"),
        pytest.param("shop@1.4.0#27?x=%2F:✓", id="whatever an address has to encode"),
        pytest.param("latest-1", id="a reserved word with more behind it"),
        pytest.param("a" * 200, id="200 characters"),
        pytest.param("é" * 100, id="200 bytes"),
    ],
)
def test_a_good_release_name_has_no_problem(name: str) -> None:
    assert find_release_name_error(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("", "is empty", id="nothing"),
        pytest.param(" \u2003", "is empty", id="only spaces"),
        pytest.param("a/b", "has a slash ('/') as character 2", id="a slash"),
        pytest.param("a\\b", "has a backslash ('\\\\') as character 2", id="a backslash"),
        pytest.param("a\nb", "has a line break ('\\n') as character 2", id="a line break"),
        pytest.param("ab\t", "has a tab ('\\t') as character 3", id="a tab"),
        pytest.param("a\0", "has a null character ('\\x00') as character 2", id="a null character"),
        pytest.param("\x1b[31m", "has the character ('\\x1b') as character 1", id="an escape"),
        pytest.param("a\x7f", "has the character ('\\x7f') as character 2", id="a delete"),
        pytest.param(" a", "begins or ends with a space", id="a space before"),
        pytest.param(
            "a\xa0", "begins or ends with a space", id="a space after that cannot be seen"
        ),
        pytest.param("LaTest", "is a word that Sentry keeps for itself", id="a reserved word"),
        pytest.param("..", "is a word that Sentry keeps for itself", id="two dots"),
        pytest.param("a" * 201, "has 201 characters, and Sentry takes at most 200", id="too long"),
        pytest.param(
            "é" * 101, "takes 202 bytes in UTF-8, and Sentry takes at most 200", id="too many bytes"
        ),
        pytest.param("a\ud800", "is not valid Unicode at character 2", id="half a character"),
    ],
)
def test_what_is_wrong_with_a_release_name_is_reported(name: str, problem: str) -> None:
    assert find_release_name_error(name) == problem


@tried
@given(st.text(SPECIAL | st.characters()))
def test_no_message_brings_a_control_character_to_the_log(name: str) -> None:
    problems = [
        find_release_name_error(name),
        find_environment_name_error(name),
        find_dist_name_error(name),
    ]

    assert all(problem is None or problem.isprintable() for problem in problems)


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        pytest.param("production", True, id="a word"),
        pytest.param("Preview (PR 12)", True, id="spaces and brackets"),
        pytest.param("latest", True, id="a word reserved for releases only"),
        pytest.param("a" * 64, True, id="64 characters"),
        pytest.param("é" * 32, True, id="64 bytes"),
        pytest.param("a" * 65, False, id="65 characters"),
        pytest.param("é" * 33, False, id="66 bytes"),
        pytest.param("None", False, id="the word that means no environment"),
        pytest.param(".", False, id="a dot"),
        pytest.param("pr/12", False, id="a slash"),
        pytest.param("pr\\12", False, id="a backslash, which the API takes and ingestion drops"),
        pytest.param("a\tb", False, id="a tab, which the API takes and ingestion drops"),
        pytest.param("a\nb", False, id="a line break"),
        pytest.param("", False, id="nothing"),
        pytest.param(" production", False, id="a space before, which the API cuts off"),
    ],
)
def test_an_environment_is_fine_where_api_and_ingestion_agree(name: str, *, fine: bool) -> None:
    assert (find_environment_name_error(name) is None) is fine


@tried
@given(st.text(st.sampled_from("aZ09_.-+ @é\n"), max_size=70))
def test_a_dist_is_up_to_64_letters_digits_and_three_signs(dist: str) -> None:
    fine = re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", dist) is not None

    assert (find_dist_name_error(dist) is None) is fine


@pytest.mark.parametrize(
    ("dist", "problem"),
    [
        ("9" * 64, None),
        ("9" * 65, "has 65 characters, and Sentry takes at most 64"),
        ("a.b-c_D", None),
        ("a b", "has a space (' ') as character 2"),
        ("", "is empty"),
    ],
)
def test_a_dist_has_at_most_64_plain_characters(dist: str, problem: str | None) -> None:
    assert find_dist_name_error(dist) == problem
