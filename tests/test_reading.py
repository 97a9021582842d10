"""Claims about reading inputs one by one, and complaining once."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.facts.choices import When
from sentry_release.facts.reading import Reader
from sentry_release.words.errors import WorkflowError


def reader(value: str) -> Reader:
    """A reader whose input `defines-file` has this value."""
    return Reader({"INPUT_DEFINES-FILE": value})


def complaint(read: Reader) -> str:
    """What the reader says in the end."""
    with pytest.raises(WorkflowError) as failure:
        read.finish()
    return failure.value.what


def test_an_input_keeps_its_dash_as_the_runner_does() -> None:
    assert reader("a.json").text("defines-file") == "a.json"


@pytest.mark.parametrize(
    ("given_input", "given_variable", "read"),
    [
        pytest.param("in", "var", "in", id="the input wins"),
        pytest.param("", "var", "var", id="an empty input gives way"),
        pytest.param(" \n", " var ", "var", id="spaces are empty, and cut off"),
        pytest.param("", "", None, id="both are empty"),
    ],
)
def test_a_variable_stands_in_for_an_empty_input(
    given_input: str, given_variable: str, read: str | None
) -> None:
    environ = {"INPUT_DIST": given_input, "SENTRY_DIST": given_variable}

    assert Reader(environ).text("dist", env="SENTRY_DIST") == read


def test_a_text_that_is_no_unicode_is_refused_without_being_shown() -> None:
    read = reader("secret\udcff")

    assert read.text("defines-file") is None
    assert "`defines-file` is not valid Unicode" in complaint(read)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("abc\ndef", id="a line break"),
        pytest.param("abc def", id="a space"),
        pytest.param("„abc”", id="quotes of a word processor"),
        pytest.param("abc\0", id="a null character"),
    ],
)
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    read = Reader({"INPUT_AUTH-TOKEN": token})

    read.secret("auth-token")

    said = complaint(read)
    assert "`auth-token` has a space, a line break or another character" in said
    assert "abc" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("shop", ("shop",), id="one"),
        pytest.param("shop web", ("shop", "web"), id="spaces"),
        pytest.param("shop,web", ("shop", "web"), id="commas"),
        pytest.param("shop\nweb\n", ("shop", "web"), id="lines"),
        pytest.param(" shop, \r\n\tweb,,", ("shop", "web"), id="all of it at once"),
        pytest.param("web shop web", ("web", "shop"), id="doubles are dropped, the order stays"),
        pytest.param(" , ", (), id="nothing"),
    ],
)
def test_a_list_may_be_parted_as_its_writer_likes(text: str, words: tuple[str, ...]) -> None:
    assert reader(text).words("defines-file") == words


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "yes", "on", "1"])
def test_a_yes_is_a_yes_in_every_way_of_yaml(text: str) -> None:
    assert reader(text).flag("defines-file", default=False) is True


@pytest.mark.parametrize("text", ["false", "False", "no", "off", "0"])
def test_a_no_is_a_no_in_every_way_of_yaml(text: str) -> None:
    assert reader(text).flag("defines-file", default=True) is False


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_not_given_is_as_documented(*, default: bool) -> None:
    assert reader("").flag("defines-file", default=default) is default


def test_a_flag_that_is_neither_is_a_mistake() -> None:
    read = reader("perhaps")

    read.flag("defines-file", default=True)

    assert "`defines-file` is 'perhaps', which is neither true nor false." in complaint(read)


def test_a_choice_that_is_unknown_names_those_that_are() -> None:
    read = reader("sometimes")

    assert read.choice("defines-file", default=When.NEVER) is When.NEVER
    assert "Use one of: on-success, now, never." in complaint(read)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC), id="UTC"),
        pytest.param("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC), id="no zone"),
        pytest.param(
            "2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC), id="another zone"
        ),
        pytest.param("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), id="a day"),
        pytest.param("1769860800", datetime(2026, 1, 31, 12, tzinfo=UTC), id="seconds since 1970"),
    ],
)
def test_a_point_in_time_is_read_as_utc(text: str, moment: datetime) -> None:
    read = reader(text)

    assert read.moment("defines-file") == moment
    read.finish()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("yesterday", id="a word"),
        pytest.param("2026-02-30", id="a day that never comes"),
        pytest.param("12", id="a number too small for a time of ours"),
        pytest.param("99999999999", id="a number too large for a calendar of Windows"),
        pytest.param("1769860800000", id="milliseconds since 1970"),
        pytest.param("0001-01-01T00:00:00+23:59", id="a time before all times in UTC"),
        pytest.param("9999-12-31T23:59:59-23:59", id="a time after all times in UTC"),
        pytest.param("\N{ARABIC-INDIC DIGIT ONE}" * 10, id="digits of another script"),
    ],
)
def test_what_is_no_point_in_time_is_a_mistake(text: str) -> None:
    read = reader(text)

    assert read.moment("defines-file") is None
    assert "which is not a point in time. Write it as" in complaint(read)


@tried
@given(st.text() | st.datetimes(timezones=st.timezones()).map(str))
def test_any_point_in_time_can_be_told_to_sentry(text: str) -> None:
    moment = reader(text).moment("defines-file")

    assert moment is None or moment.isoformat().endswith("+00:00")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("4711", 4711, id="a number"),
        pytest.param("0", 0, id="zero"),
        pytest.param("", None, id="nothing"),
        pytest.param("-1", None, id="below zero"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("²", None, id="a digit that is none"),
        pytest.param("9" * 5000, None, id="more digits than anything has"),
        pytest.param("null", None, id="what a runner too old gives"),
    ],
)
def test_a_number_is_whole_or_absent(text: str, number: int | None) -> None:
    read = reader(text)

    assert read.number("defines-file") == number
    read.finish()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://example.com", id="a host"),
        pytest.param("http://localhost:9000/a/b?c=d#e", id="everything an address may have"),
        pytest.param("https://[::1]:8443/", id="an address of IPv6"),
        pytest.param("https://key@o1.ingest.sentry.io/4507", id="a dsn"),
    ],
)
def test_an_address_of_the_web_is_taken_as_it_is(url: str) -> None:
    read = reader(url)

    assert read.address("defines-file") == url
    read.finish()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        pytest.param("example.com", "is not a web address", id="no scheme"),
        pytest.param("ftp://example.com", "is not a web address", id="another scheme"),
        pytest.param("javascript:alert(1)", "is not a web address", id="a script"),
        pytest.param("https://", "is not a web address", id="no host"),
        pytest.param("https://[::1", "is not a web address", id="half a host"),
        pytest.param("https://a:port/", "is not a web address", id="a port that is no number"),
        pytest.param("https://a:99999/", "is not a web address", id="a port that cannot be"),
        pytest.param("https://a/b c", "has a space in it", id="a space"),
        pytest.param("https://a/\nb", "has a space in it", id="a line break"),
        pytest.param("https://a/\x1b[31m", "has a space in it", id="an escape"),
        pytest.param("https://a/" + "b" * 1991, "has 2001 characters", id="longer than any is"),
    ],
)
def test_what_is_no_address_of_the_web_is_a_mistake(url: str, what: str) -> None:
    read = reader(url)

    assert read.address("defines-file") is None
    assert what in complaint(read)


def test_an_address_may_be_rather_long() -> None:
    read = reader("https://a/" + "b" * 1990)

    assert read.address("defines-file") is not None
    read.finish()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("a/b.json", "a/b.json", id="a path"),
        pytest.param("./a//b.json", "a/b.json", id="a path that can be said shorter"),
        pytest.param("a\\b.json", "a/b.json", id="a path in the way of Windows"),
        pytest.param("..a/b..json", "..a/b..json", id="dots inside of names"),
        pytest.param("", "x", id="nothing"),
    ],
)
def test_a_path_lies_below_the_workspace(text: str, path: str) -> None:
    read = reader(text)

    assert read.path("defines-file", default="x") == PurePosixPath(path)
    read.finish()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/etc/passwd", id="the root"),
        pytest.param("../a", id="the folder above"),
        pytest.param("a/../../b", id="a detour"),
        pytest.param("..\\a", id="the folder above in the way of Windows"),
        pytest.param("a\0b", id="a null character"),
    ],
)
def test_a_path_that_leads_out_is_a_mistake(text: str) -> None:
    read = reader(text)

    assert read.path("defines-file", default="x") == PurePosixPath("x")
    assert "which leads out of the workspace. Give a path inside it." in complaint(read)


def test_nothing_wrong_means_no_complaint() -> None:
    Reader({}).finish()


def test_all_that_is_wrong_is_said_at_once() -> None:
    read = Reader({"INPUT_EXPORT-ENV": "perhaps", "INPUT_URL": "nowhere"})

    read.flag("export-env", default=True)
    read.address("url")

    said = complaint(read)
    assert said.startswith("2 inputs cannot be used:\n- `export-env`")
    assert "\n- `url`" in said


def test_an_input_that_is_read_for_several_purposes_is_complained_of_once() -> None:
    read = reader("secret\udcff")

    read.text("defines-file")
    read.text("defines-file")

    assert complaint(read).startswith("1 input cannot be used:")


def test_one_thing_wrong_is_one_input() -> None:
    read = reader("perhaps")

    read.flag("defines-file", default=True)

    assert complaint(read).startswith("1 input cannot be used:")


@tried
@given(*[st.text(st.sampled_from("a:\n\r% \x1b/é") | st.characters(codec="utf-8"))] * 2)
def test_no_value_can_speak_to_the_runner_through_a_complaint(value: str, more: str) -> None:
    read = reader(f"{value}\n::error::{more}")

    read.flag("defines-file", default=True)
    read.address("defines-file")
    read.choice("defines-file", default=When.NOW)

    first, *others = complaint(read).splitlines()
    assert first == "3 inputs cannot be used:"
    assert all(line.startswith("- `defines-file` is ") for line in others)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://me:hidden@a/b c", id="in an address that cannot be used"),
        pytest.param("ftp://hidden@example.com", id="in one of another kind"),
        pytest.param("https://me:hid@den@a/b c", id="with a sign that should be encoded"),
        pytest.param("https://me:hidden" + "n" * 80 + "@a/b c", id="longer than what is shown"),
    ],
)
def test_no_password_is_shown_in_a_complaint(url: str) -> None:
    read = reader(url)

    read.address("defines-file")

    assert "://…@" in complaint(read)
    assert "hid" not in complaint(read)


def test_a_long_value_is_shown_as_far_as_it_helps() -> None:
    read = reader("x" * 10_000)

    read.flag("defines-file", default=True)

    assert "x" * 80 + "…'" in complaint(read)
    assert len(complaint(read)) < 250
