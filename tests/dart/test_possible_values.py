"""Claims about expressions that choose: which of their values users may get."""

import pytest

from sentry_release.dart.conditions import find_possible_values
from sentry_release.dart.dart_lexer import parse_dart
from sentry_release.dart.expressions import get_code
from sentry_release.dart.source import Span


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a", ["a"]),
        ("b ? c : d", ["c", "d"]),
        ("kReleaseMode ? c : d", ["c"]),
        ("kDebugMode ? c : d", ["d"]),
        ("b ? c : d ? e : f", ["c", "e", "f"]),
        ("b ? c ? d : e : f", ["d", "e", "f"]),
        ("(b) ? (c) : f(x ? y : z)", ["c", "f(x ? y : z)"]),
        ("a?.b ?? c", ["a?.b ?? c"]),
        ("a?.b ? c : d", ["c", "d"]),
        ("{1: 2}", ["{1: 2}"]),
        ("switch (a) { 1 => b, _ => c }", ["b", "c"]),
        ("switch (a) { A(:final b?) when b => [c, d], _ => e, }", ["[c, d]", "e"]),
        ("switch (a) { 1 => b ? c : d, _ => null }", ["c", "d", "null"]),
        ("switch (a) { 1 => () { return b; }, _ => (c) => d }", ["() { return b; }", "(c) => d"]),
        ("switch(a){1=>b,_=>c}", ["b", "c"]),
        ("switch (a) {}", ["switch (a) {}"]),
        ("switch (a) { 1 => b }.length", ["switch (a) { 1 => b }.length"]),
        ("a ? b", ["a ? b"]),
        ("switch (a", ["switch (a"]),
    ],
)
def test_the_values_of_all_branches_that_a_release_build_reaches_are_reported(
    expression: str, values: list[str]
) -> None:
    read = parse_dart(expression)

    found = find_possible_values(read, Span(start=0, end=len(expression)))

    assert [get_code(read, one) for one in found] == values


@pytest.mark.parametrize(("choices", "last"), [(10, "c"), (11, "a ? b : c")])
def test_ten_choices_within_each_other_are_separated(choices: int, last: str) -> None:
    text = "a ? b : " * choices + "c"
    read = parse_dart(text)

    found = find_possible_values(read, Span(start=0, end=len(text)))

    assert [get_code(read, one) for one in found] == ["b"] * 10 + [last]


@pytest.mark.parametrize(("length", "count"), [(4000, 2), (4001, 1)])
def test_an_expression_of_4000_characters_is_separated_wherever_it_stands(
    length: int, count: int
) -> None:
    before = "x" * 5000
    text = f"{before}a ? b : ".ljust(len(before) + length, "c")
    read = parse_dart(text)

    assert len(find_possible_values(read, Span(start=len(before), end=len(text)))) == count
