"""Claims about the value of `options.release`: where it comes from, as far as its file shows."""

import pytest

from sentry_release.dart.dart_lexer import parse_dart
from sentry_release.dart.expressions import find_expression
from sentry_release.dart.release_value import OptionValue, ValueSource, classify_value

READ = "const String.fromEnvironment('SENTRY_RELEASE')"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("'shop@1';", OptionValue(source=ValueSource.LITERAL, text="shop@1")),
        ("a ? 'b' : 'c';", OptionValue(source=ValueSource.LITERAL, text="b")),
        ("null;", OptionValue(source=ValueSource.NOTHING)),
        (
            f"{READ};",
            OptionValue(
                source=ValueSource.UNGUARDED_DEFINE, text="SENTRY_RELEASE", reads_our_define=True
            ),
        ),
        (
            f"kReleaseMode ? {READ} : 'dev';",
            OptionValue(
                source=ValueSource.UNGUARDED_DEFINE, text="SENTRY_RELEASE", reads_our_define=True
            ),
        ),
        (
            f"a ? {READ} : 'dev';",
            OptionValue(
                source=ValueSource.DEFINE,
                text="SENTRY_RELEASE",
                reads_our_define=True,
                fallback="dev",
            ),
        ),
        (
            "f(String.fromEnvironment('A'), String.fromEnvironment('B'));",
            OptionValue(source=ValueSource.DEFINE, text="A"),
        ),
        (
            "'$a-1'; const a = String.fromEnvironment('A', defaultValue: 'x');",
            OptionValue(source=ValueSource.DEFINE, text="A", fallback="x"),
        ),
        ("'${info.version}';", OptionValue(source=ValueSource.COMPUTED)),
        ("Env.release;", OptionValue(source=ValueSource.ELSEWHERE, text="Env.release")),
        ("load();", OptionValue(source=ValueSource.UNKNOWN)),
    ],
)
def test_a_value_is_classified_by_what_a_release_build_gets(code: str, value: OptionValue) -> None:
    read = parse_dart(code)

    assert classify_value(read, find_expression(read, 0)) == value


@pytest.mark.parametrize("code", ["{value}; {constant}", "{constant} f() => {value};"])
def test_a_define_is_found_through_a_constant_before_or_after_the_value(code: str) -> None:
    text = code.format(value="'$a-1'", constant="const a = String.fromEnvironment('A');")
    read = parse_dart(text)

    value = classify_value(read, find_expression(read, text.index("'$a")))

    assert value == OptionValue(source=ValueSource.DEFINE, text="A")
