"""Claims about the forms in which a build takes the release over."""

import base64
import json
import shlex
import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.errors import WorkflowError
from sentry_release.model.release import Release
from sentry_release.release.dart_defines import (
    build_dart_defines,
    format_env_lines,
    is_own_file,
    to_arguments,
    to_gradle_base64,
    to_json_file,
)

KEYS = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT", "SENTRY_DSN")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
VALUES = st.dictionaries(st.sampled_from(KEYS), TEXT)
HOSTILE = {
    "SENTRY_RELEASE": "shop@1.4.0+27 $(touch x) `id` 'q' \"d\" \\ ;&|<>*?~#!",
    "SENTRY_ENVIRONMENT": "line\nbreak, comma=equals é✓",
}


def test_the_sdk_gets_its_four_words() -> None:
    release = Release(name="shop@1.4.0+27", dist="27")

    assert build_dart_defines(release, environment="production", dsn="https://key@sentry.io/1") == {
        "SENTRY_RELEASE": "shop@1.4.0+27",
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": "production",
        "SENTRY_DSN": "https://key@sentry.io/1",
    }


@tried
@given(st.text(min_size=1), *[st.none() | st.text()] * 3)
def test_there_is_never_an_empty_define_nor_one_of_flutters_own(
    name: str, dist: str | None, environment: str | None, dsn: str | None
) -> None:
    values = build_dart_defines(Release(name=name, dist=dist), environment=environment, dsn=dsn)

    assert all(values.values())
    assert set(values) <= set(KEYS)


@tried
@given(VALUES)
def test_the_file_is_json_of_texts_and_nothing_else(values: Mapping[str, str]) -> None:
    text = to_json_file(values)

    assert text.startswith("{")  # by this Flutter distinguishes JSON from .env
    assert text.endswith("\n")
    assert json.loads(text) == values


@tried
@given(VALUES)
def test_a_file_of_the_action_is_recognized(values: Mapping[str, str]) -> None:
    assert is_own_file(to_json_file(values).encode()) is bool(values.keys() - {"SENTRY_DSN"})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}\n", id="no define"),
        pytest.param(b'{"SENTRY_RELEASE": "a@1"}', id="another form"),
        pytest.param(
            to_json_file({"SENTRY_RELEASE": "a@1", "API": "x"}).encode(), id="another key"
        ),
        pytest.param(
            to_json_file({"SENTRY_DSN": "https://k@h/1"}).encode(), id="the DSN of a user"
        ),
        pytest.param(b'{\n  "SENTRY_RELEASE": 1\n}\n', id="no text"),
        pytest.param(b"SENTRY_RELEASE=a@1\n", id="an .env file"),
        pytest.param(b"name: shop\n", id="YAML"),
        pytest.param(b"[" * 100_000, id="brackets"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
    ],
)
def test_a_file_of_another_program_is_not_its_own(content: bytes) -> None:
    assert not is_own_file(content)


def test_the_file_is_readable_for_people() -> None:
    assert to_json_file({"SENTRY_RELEASE": "shöp@1", "SENTRY_DIST": "1"}) == (
        '{\n  "SENTRY_RELEASE": "shöp@1",\n  "SENTRY_DIST": "1"\n}\n'
    )


@tried
@given(VALUES)
def test_the_arguments_survive_a_shell(values: Mapping[str, str]) -> None:
    words = shlex.split(to_arguments(values))

    assert words == [f"--dart-define={key}={value}" for key, value in values.items()]


def test_the_arguments_survive_a_real_shell_that_obeys_nothing_in_them() -> None:
    script = f"printf '%s\\0' {to_arguments(HOSTILE)}"

    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True)  # noqa: S603 - the claim is about a shell

    assert done.stdout.decode().split("\0")[:-1] == [
        f"--dart-define={key}={value}" for key, value in HOSTILE.items()
    ]


def decoded(text: str) -> dict[str, str]:
    """What Gradle's plugin makes of `-Pdart-defines=`."""
    parts = [base64.b64decode(part, validate=True).decode() for part in text.split(",")]
    return {part.partition("=")[0]: part.partition("=")[2] for part in parts}


@tried
@given(VALUES)
def test_gradle_finds_every_define_again(values: Mapping[str, str]) -> None:
    found = decoded(to_gradle_base64(values))

    assert {key: found.get(key) for key in values} == values
    assert all(found.values())


@tried
@given(VALUES)
def test_there_is_always_padding_for_flutter_3_38_to_know_base64_by(
    values: Mapping[str, str],
) -> None:
    assert "=" in to_gradle_base64(values)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"SENTRY_RELEASE": "abc"}, id="18 bytes"),
        pytest.param({"SENTRY_RELEASE": "shop@1"}, id="21 bytes"),
        pytest.param({"SENTRY_RELEASE": "shop@1", "SENTRY_DIST": "270"}, id="21 and 15 bytes"),
        pytest.param({}, id="no define at all"),
    ],
)
def test_where_no_define_needs_padding_one_that_does_is_added(values: Mapping[str, str]) -> None:
    found = decoded(to_gradle_base64(values))

    assert "=" in to_gradle_base64(values)
    assert set(found) - set(values) == {"SENTRY_DEFINES_PADDING"}


def test_where_a_define_needs_padding_none_is_added() -> None:
    assert decoded(to_gradle_base64({"SENTRY_RELEASE": "abcd"})) == {"SENTRY_RELEASE": "abcd"}


@tried
@given(VALUES)
def test_the_base64_is_one_word_on_one_line(values: Mapping[str, str]) -> None:
    assert len(to_gradle_base64(values).split()) == 1


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("shop@1.4.0+27", "export SENTRY_RELEASE='shop@1.4.0+27'"),
        ('a $HOME `x` " b', "export SENTRY_RELEASE='a $HOME `x` \" b'"),
        ("it's", 'export SENTRY_RELEASE="it\'s"'),
    ],
)
def test_an_exported_value_is_in_single_quotes_unless_it_contains_one(
    value: str, line: str
) -> None:
    assert format_env_lines({"SENTRY_RELEASE": value}) == line


@pytest.mark.parametrize(
    "value", ["it's $HOME", 'it\'s "b"', "it's `x`", "a\\b", "${HOME}", "a\nb", "it's ${x}"]
)
def test_a_value_that_a_shell_and_a_file_read_differently_is_an_error(value: str) -> None:
    with pytest.raises(WorkflowError, match="cannot be quoted for shells"):
        format_env_lines({"SENTRY_RELEASE": value})


def test_lines_of_several_values_are_in_order() -> None:
    assert format_env_lines({"B": "1", "A": "2"}) == "export B='1'\nexport A='2'"
