"""Claims about JSON of others: what cannot be written again is replaced."""

import json

import pytest

from sentry_release.model.foreign_text import parse_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\ud83d"', "\ufffd"),
        ('"a\\uD83Db\\udE00c"', "a\ufffdb\ufffdc"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('{"\\ud83d": ["\\udfff"]}', {"\ufffd": ["\ufffd"]}),
        ('"\\\\ud83d"', "\\ud83d"),
    ],
)
def test_half_a_pair_of_surrogates_is_replaced(text: str, value: object) -> None:
    assert parse_json(text) == value
    assert parse_json(text.encode()) == value


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1" * 5_000])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_json(text)


def test_other_values_are_those_of_json() -> None:
    text = json.dumps({"a": [1, 2.5, None, True, "\u00e9"]})

    assert parse_json(text) == json.loads(text)
