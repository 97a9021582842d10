"""Numbers, durations, percentages, pairs of environments, and inputs that an action does not have."""

from datetime import timedelta
from pathlib import PurePosixPath

import pytest

from sentry_release.config.config import Config
from sentry_release.config.input_reader import InputReader, list_unknown_inputs
from sentry_release.config.input_table import INPUTS
from sentry_release.config.input_values import (
    EnvironmentPair,
    map_environment,
    parse_rule_levels,
    read_announce,
    read_count,
    read_environment,
    read_environment_pairs,
    read_min_sessions,
    read_notify,
    read_percent,
    read_wait,
    read_window,
)
from sentry_release.config.inputs import Announce, Command
from sentry_release.errors import WorkflowError
from sentry_release.model.finding import Severity


def inputs(name: str, value: str) -> InputReader:
    """A reader of which one input is set."""
    return InputReader({f"INPUT_{name.upper()}": value})


def error(reader: InputReader) -> str:
    """The message about what was wrong."""
    with pytest.raises(WorkflowError) as failure:
        reader.raise_errors()
    return failure.value.message


@pytest.mark.parametrize(
    ("text", "hours"), [("60m", 1), ("1h", 1), ("36h", 36), ("2w", 336), ("90d", 2160)]
)
def test_a_window_has_a_unit(text: str, hours: int) -> None:
    assert read_window(inputs("health-window", text)) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["59m", "0h", "91d", "2161h", "1y", "24", "h", "-1h", "1.5h"])
def test_a_window_is_of_an_hour_to_ninety_days(text: str) -> None:
    reader = inputs("health-window", text)
    read_window(reader)

    assert f"'{text}' for `health-window`" in error(reader)
    assert "from `1h` to `90d`" in error(reader)


@pytest.mark.parametrize("text", ["0m", "361m", "7h", "1d"])
def test_a_wait_is_of_a_minute_to_six_hours(text: str) -> None:
    reader = inputs("health-wait", text)

    assert read_wait(reader) is None
    assert "from `1m` to `6h`" in error(reader)


def test_without_a_wait_nothing_is_waited_for() -> None:
    assert read_wait(inputs("health-wait", "")) is None
    assert read_wait(inputs("health-wait", "1m")) == timedelta(minutes=1)
    assert read_wait(inputs("health-wait", "6h")) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("0", 0), ("99.5", 99.5), ("99.5%", 99.5), ("99.5 %", 99.5), ("100", 100)],
)
def test_a_percentage_may_have_its_sign(text: str, number: float | None) -> None:
    reader = inputs("min-crash-free-sessions", text)

    assert read_percent(reader, "min-crash-free-sessions") == number
    reader.raise_errors()


@pytest.mark.parametrize("text", ["100.1", "101", "-1", "99,5", "99.5%%", "all"])
def test_no_percentage_lies_above_a_hundred_or_below_none(text: str) -> None:
    reader = inputs("min-crash-free-sessions", text)

    assert read_percent(reader, "min-crash-free-sessions") is None
    assert "Use a percentage from 0 to 100" in error(reader)


def test_a_count_is_a_whole_number_from_zero() -> None:
    assert read_count(inputs("max-new-issues", "0"), "max-new-issues") == 0
    assert read_count(inputs("max-new-issues", "12"), "max-new-issues") == 12
    assert read_count(inputs("max-new-issues", ""), "max-new-issues") is None
    for text in ("-1", "1.5", "many", "1234567890"):
        reader = inputs("max-new-issues", text)
        assert read_count(reader, "max-new-issues") is None
        assert "Use a whole number" in error(reader)


def test_at_least_one_session_is_required() -> None:
    none, one = inputs("min-sessions", "0"), inputs("min-sessions", "1")

    assert read_min_sessions(one) == 1
    one.raise_errors()
    assert read_min_sessions(none) == 1
    assert "Use at least `1`" in error(none)


def test_levels_of_rules_are_read_in_any_case_and_the_last_one_counts() -> None:
    reader = inputs("doctor-levels", "fd13=OFF FD22=error, FD22=info FD01=warning")

    assert parse_rule_levels(reader) == (
        ("FD13", None),
        ("FD22", Severity.INFO),
        ("FD01", Severity.WARNING),
    )
    reader.raise_errors()


@pytest.mark.parametrize(
    ("word", "reason"),
    [("FD1=off", "names no rule"), ("x", "names no rule"), ("FD11", "no known level"),
     ("FD11=loud", "no known level")],
)  # fmt: skip
def test_a_level_that_cannot_be_read_is_an_error(word: str, reason: str) -> None:
    reader = inputs("doctor-levels", word)

    assert parse_rule_levels(reader) == ()
    assert reason in error(reader)


def test_none_announces_nothing_and_stands_alone() -> None:
    alone, both = inputs("announce", "none"), inputs("announce", "none, issues")

    assert read_announce(alone) == ()
    alone.raise_errors()
    assert read_announce(inputs("announce", "issues")) == (Announce.ISSUES,)
    read_announce(both)
    assert "`none` stands alone" in error(both)


def test_services_to_notify_keep_their_lines_and_no_error_quotes_one() -> None:
    reader = inputs("notify-urls", "json://a.test/x\n\n  slack://b/c/d  \nhttps//secret")

    found = read_notify(reader)

    assert [(one.line, one.address) for one in found] == [
        (1, "json://a.test/x"),
        (3, "slack://b/c/d"),
    ]
    assert "Line 4 of `notify-urls` is not a URL" in error(reader)
    assert "secret" not in error(reader)


def test_pairs_map_names_of_github_in_any_case() -> None:
    reader = inputs("environment", "Preview = staging\nproduction=live")

    pairs = read_environment_pairs(reader)

    reader.raise_errors()
    assert pairs == (
        EnvironmentPair(deployed="Preview", recorded="staging"),
        EnvironmentPair(deployed="production", recorded="live"),
    )
    assert read_environment(reader) is None
    assert map_environment(pairs, "PREVIEW") == "staging"
    assert map_environment(pairs, "other") is None
    assert map_environment(pairs, None) is None


def test_a_plain_name_is_not_a_pair() -> None:
    reader = inputs("environment", "production")

    assert read_environment_pairs(reader) == ()
    assert read_environment(reader) == "production"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("=staging", "it is not a pair of names"),
        ("Preview=", "it is not a pair of names"),
        ("Preview=staging=x", "it is not a pair of names"),
        ("Preview=staging\nproduction", "it is not a pair of names"),
        ("Preview=a/b", "for `environment`: it "),
        ("Preview=staging\npreview=other", "it is mapped twice"),
    ],
)
def test_pairs_that_are_none_or_contradict_each_other_are_errors(text: str, reason: str) -> None:
    reader = inputs("environment", text)
    read_environment_pairs(reader)

    assert reason in error(reader)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("version", "Use `release` instead.", id="of another action"),
        pytest.param("url_prefix", "Remove it: this action does not need it.", id="not needed"),
        pytest.param("min-sessions", "Remove it: it belongs to `health`.", id="of a sub-action"),
        pytest.param("finalise", "Did you mean `finalize`?", id="a typo"),
        pytest.param("symbols_path", "Did you mean `symbols-path`?", id="an underscore"),
        pytest.param("qqqqqqqq", "Remove it.", id="unlike any other"),
    ],
)
def test_an_input_that_the_action_does_not_have_is_named_with_a_hint(name: str, hint: str) -> None:
    environ = {f"INPUT_{name.upper()}": "x", "INPUT_RELEASE": "", "INPUT_ARGS": "", "OTHER": ""}

    found = list(list_unknown_inputs(environ, Command.RELEASE))

    assert found == [f"Unknown input `{name}`. {hint}"]


@pytest.mark.parametrize(
    ("text", "number"), [("9" * 18, int("9" * 18)), ("9" * 19, None), ("x", None), ("", None)]
)
def test_a_number_of_the_runner_has_at_most_18_digits(text: str, number: int | None) -> None:
    assert inputs("job-total", text).read_number("job-total") == number


def test_an_input_is_a_switch_if_its_default_is_true_or_false() -> None:
    switches = {name for name, one in INPUTS.items() if one.is_switch}

    assert switches == {name for name, one in INPUTS.items() if one.default in {"true", "false"}}


def test_folders_with_symbols_are_relative_and_may_have_backslashes() -> None:
    config = Config.from_env({"INPUT_SYMBOLS-PATH": "build/symbols\n\n  build\\maps "})

    assert config.symbols_path == (PurePosixPath("build/symbols"), PurePosixPath("build/maps"))
    for path in ("/build", "C:\\build", "a\0b"):
        with pytest.raises(WorkflowError, match="it is an absolute path"):
            Config.from_env({"INPUT_SYMBOLS-PATH": path})
