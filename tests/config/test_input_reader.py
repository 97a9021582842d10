"""Claims about reading inputs one by one, and complaining once."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.config.input_reader import InputReader
from sentry_release.config.input_table import list_inputs
from sentry_release.config.inputs import Command, OnOutage
from sentry_release.errors import WorkflowError


def reader(value: str) -> InputReader:
    """A reader whose input `dart-defines-file` has this value."""
    return InputReader({"INPUT_DART-DEFINES-FILE": value})


def complaint(inputs: InputReader) -> str:
    """What the reader says in the end."""
    with pytest.raises(WorkflowError) as failure:
        inputs.raise_errors()
    return failure.value.message


def test_an_input_keeps_its_dash_as_the_runner_does() -> None:
    assert reader("a.json").read_text("dart-defines-file") == "a.json"


@pytest.mark.parametrize(
    ("raw_input", "raw_variable", "read"),
    [
        pytest.param("in", "var", "in", id="the input wins"),
        pytest.param("", "var", "var", id="an empty input gives way"),
        pytest.param(" \n", " var ", "var", id="spaces are empty, and cut off"),
        pytest.param("", "", None, id="both are empty"),
    ],
)
def test_a_variable_stands_in_for_an_empty_input(
    raw_input: str, raw_variable: str, read: str | None
) -> None:
    environ = {"INPUT_DIST": raw_input, "SENTRY_DIST": raw_variable}

    assert InputReader(environ).read_text("dist") == read


def test_a_text_that_is_not_unicode_is_rejected_without_being_shown() -> None:
    inputs = reader("secret\udcff")

    assert inputs.read_text("dart-defines-file") is None
    assert "`dart-defines-file` is not valid Unicode" in complaint(inputs)


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
    inputs = InputReader({"INPUT_AUTH-TOKEN": token})

    inputs.read_secret("auth-token")

    output = complaint(inputs)
    assert "`auth-token` contains a space, a newline or another character" in output
    assert "abc" not in output


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
    assert reader(text).read_list("dart-defines-file") == words


@pytest.mark.parametrize("text", ["true", "True", " TRUE\n"])
def test_true_is_true_in_any_case(text: str) -> None:
    assert InputReader({"INPUT_DRY-RUN": text}).read_flag("dry-run") is True


@pytest.mark.parametrize("text", ["false", "False", "FALSE"])
def test_false_is_false_in_any_case(text: str) -> None:
    assert InputReader({"INPUT_EXPORT-ENV": text}).read_flag("export-env") is False


@pytest.mark.parametrize(("name", "default"), [("export-env", True), ("dry-run", False)])
def test_a_switch_that_is_not_set_has_the_default_of_the_table(name: str, *, default: bool) -> None:
    assert InputReader({}).read_flag(name) is default


@pytest.mark.parametrize("text", ["perhaps", "yes", "1", "on", "now"])
def test_a_switch_that_is_neither_true_nor_false_is_a_mistake(text: str) -> None:
    inputs = InputReader({"INPUT_DRY-RUN": text})

    inputs.read_flag("dry-run")

    assert f"Invalid value '{text}' for `dry-run`. Use `true` or `false`." in complaint(inputs)


@pytest.mark.parametrize("text", ["fail", "Fail", "FAIL"])
def test_a_choice_may_be_written_in_any_case(text: str) -> None:
    assert (
        InputReader({"INPUT_ON-OUTAGE": text}).read_choice("on-outage", OnOutage) is OnOutage.FAIL
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x" * 80, "x" * 80), ("x" * 81, "x" * 80 + "…")],
)
def test_an_invalid_value_is_shown_up_to_80_characters(text: str, shown: str) -> None:
    inputs = reader(text)

    inputs.read_url("dart-defines-file")

    assert f"Invalid value '{shown}' for" in complaint(inputs)


def test_an_unknown_choice_names_the_nearest_and_all() -> None:
    inputs = InputReader({"INPUT_ON-OUTAGE": "warning"})

    inputs.read_choice("on-outage", OnOutage)

    assert (
        "Invalid value 'warning' for `on-outage`. Did you mean `warn`? Use one of: warn, fail."
        in complaint(inputs)
    )


def test_an_input_of_another_command_has_its_default_whatever_a_variable_says() -> None:
    inputs = InputReader({"SENTRY_DSN": "https://x@o1.test/1"}, list_inputs(Command.DOCTOR))

    assert inputs.read_text("dsn") is None


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
    inputs = reader(text)

    assert inputs.read_number("dart-defines-file") == number
    inputs.raise_errors()


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
    inputs = reader(url)

    assert inputs.read_url("dart-defines-file") == url
    inputs.raise_errors()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("example.com", "it is not a URL", id="no scheme"),
        pytest.param("ftp://example.com", "it is not a URL", id="another scheme"),
        pytest.param("javascript:alert(1)", "it is not a URL", id="a script"),
        pytest.param("https://", "it is not a URL", id="no host"),
        pytest.param("https://[::1", "it is not a URL", id="half a host"),
        pytest.param(
            "http://evil\\.localhost", "it is not a URL", id="a host that parsers differ on"
        ),
        pytest.param("https://a:port/", "it is not a URL", id="a port that is no number"),
        pytest.param("https://a:99999/", "it is not a URL", id="a port that cannot be"),
        pytest.param("https://a/b c", "it contains a space", id="a space"),
        pytest.param("https://a/\nb", "it contains a space", id="a line break"),
        pytest.param("https://a/\x1b[31m", "it contains a space", id="an escape"),
        pytest.param("https://a/" + "b" * 1991, "has 2001 characters", id="longer than any is"),
    ],
)
def test_a_value_that_is_not_a_web_address_is_a_mistake(url: str, message: str) -> None:
    inputs = reader(url)

    assert inputs.read_url("dart-defines-file") is None
    assert message in complaint(inputs)


def test_an_address_may_be_rather_long() -> None:
    inputs = reader("https://a/" + "b" * 1990)

    assert inputs.read_url("dart-defines-file") is not None
    inputs.raise_errors()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("a/b.json", "a/b.json", id="a path"),
        pytest.param("./a//b.json", "a/b.json", id="a path that has a shorter form"),
        pytest.param("a\\b.json", "a/b.json", id="a path in the way of Windows"),
        pytest.param("..a/b..json", "..a/b..json", id="dots inside of names"),
        pytest.param("", ".sentry-release/dart-defines.json", id="nothing"),
    ],
)
def test_a_path_lies_below_the_workspace(text: str, path: str) -> None:
    inputs = reader(text)

    assert inputs.read_path("dart-defines-file") == PurePosixPath(path)
    inputs.raise_errors()


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
    inputs = reader(text)

    inputs.read_path("dart-defines-file")

    assert ": it leads out of the workspace. Use a path inside it." in complaint(inputs)


def test_nothing_wrong_means_no_complaint() -> None:
    InputReader({}).raise_errors()


def test_all_errors_are_reported_at_once() -> None:
    inputs = InputReader({"INPUT_EXPORT-ENV": "perhaps", "INPUT_URL": "nowhere"})

    inputs.read_flag("export-env")
    inputs.read_url("url")

    output = complaint(inputs)
    assert output.startswith("2 invalid inputs:\n- Invalid value 'perhaps' for `export-env`")
    assert "\n- Invalid value 'nowhere' for `url`" in output


def test_an_input_that_is_read_for_several_purposes_is_complained_of_once() -> None:
    inputs = reader("secret\udcff")

    inputs.read_text("dart-defines-file")
    inputs.read_text("dart-defines-file")

    assert complaint(inputs).startswith("1 invalid input:")


def test_one_thing_wrong_is_one_input() -> None:
    inputs = reader("perhaps")

    inputs.read_flag("dart-defines-file")

    assert complaint(inputs).startswith("1 invalid input:")


@tried
@given(*[st.text(st.sampled_from("a:\n\r% \x1b/é") | st.characters(codec="utf-8"))] * 2)
def test_no_value_in_an_error_can_send_commands_to_the_runner(value: str, more: str) -> None:
    inputs = reader(f"{value}\n::error::{more}")

    inputs.read_flag("dart-defines-file")
    inputs.read_url("dart-defines-file")
    inputs.parse_choice("dart-defines-file", value, OnOutage)

    first, *others = complaint(inputs).splitlines()
    assert first == f"{len(others)} invalid input{'s' if len(others) > 1 else ''}:"
    assert all(line.startswith("- Invalid value ") for line in others)


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
    inputs = reader(url)

    inputs.read_url("dart-defines-file")

    assert "://…@" in complaint(inputs)
    assert "hid" not in complaint(inputs)


def test_a_long_value_is_shown_as_far_as_it_helps() -> None:
    inputs = reader("x" * 10_000)

    inputs.read_flag("dart-defines-file")

    assert "x" * 80 + "…'" in complaint(inputs)
    assert len(complaint(inputs)) < 250
