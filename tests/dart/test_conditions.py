"""Claims about conditions: what a build for users comes to, and what only others do."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.dart.conditions import (
    Reachability,
    find_enclosing_guards,
    find_reachability,
    holds_in_release,
)
from sentry_release.dart.dart_lexer import parse_dart


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("kReleaseMode", True),
        ("!kDebugMode", True),
        ("foundation.kReleaseMode", True),
        ("kDebugMode", False),
        ("kProfileMode", False),
        ("! kReleaseMode", False),
        ("!(kDebugMode || kProfileMode)", True),
        ("kDebugMode && wants()", False),
        ("kReleaseMode && wants", None),
        ("kReleaseMode || wants", True),
        ("kDebugMode || f(a, g(b))", None),
        ("a || b && kDebugMode", None),
        ("kReleaseMode || b && kDebugMode", True),
        ("(kDebugMode) && (a || b)", False),
        ("kDebugMode == true", None),
        ("x.kDebugMode", None),
        ("kDebugModeX", None),
        ("a != b", None),
        ("", None),
        ("(", None),
        ("kDebugMode &&", None),
        ("kDebugMode && ".ljust(400, "a"), False),
        ("kDebugMode && ".ljust(401, "a"), None),
    ],
)
def test_conditions_hold_as_far_as_they_are_sure(condition: str, holds: bool | None) -> None:  # noqa: FBT001 - a table
    assert holds_in_release(condition) is holds


_ATOMS = {"kReleaseMode": True, "kDebugMode": False, "kProfileMode": False, "a": None, "f(x)": None}


def _terms(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joint = st.sampled_from([" && ", "||"])
    return st.one_of(
        st.builds(lambda a, j, b: f"{a}{j}{b}", inner, joint, inner),
        inner.map("({})".format),
        inner.map("!({})".format),
    )


@tried
@given(st.recursive(st.sampled_from(sorted(_ATOMS)), _terms, max_leaves=8))
def test_a_condition_that_is_reported_to_hold_does_so_whatever_the_rest_is(condition: str) -> None:
    python = condition.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    values = {
        eval(  # noqa: S307 - of our own making
            python,
            {"kReleaseMode": True, "kDebugMode": False, "kProfileMode": False},
            {"a": a, "f": lambda _, values=b: values, "x": 0},
        )
        for a, b in itertools.product([True, False], repeat=2)
    }

    output = holds_in_release(condition)

    assert output is None or values == {output}


HERE = "HERE()"


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        ("f() { HERE(); }", Reachability.ALWAYS),
        ("f() { if (kDebugMode) { HERE(); } }", Reachability.NEVER),
        ("f() { if (kDebugMode) HERE(); }", Reachability.NEVER),
        ("f() { if (kDebugMode) g(); HERE(); }", Reachability.ALWAYS),
        ("f() { if (kDebugMode) { g(); } HERE(); }", Reachability.ALWAYS),
        ("f() { if (kDebugMode) { g(); } else { HERE(); } }", Reachability.IN_RELEASE),
        ("f() { if (kDebugMode) g(); else HERE(); }", Reachability.IN_RELEASE),
        ("f() { if (kDebugMode) { g(); } else HERE(); }", Reachability.IN_RELEASE),
        ("f() { if (kReleaseMode) { g(); } else if (a) { HERE(); } }", Reachability.NEVER),
        (
            "f() { if (a) { g(); } else if (kReleaseMode) { g(); } else { HERE(); } }",
            Reachability.NEVER,
        ),
        ("f() { if (a) g(); else if (b) g(); else HERE(); }", Reachability.SOMETIMES),
        (
            "f() { if (kReleaseMode) { g(); } else if (a) { g(); } else { HERE(); } }",
            Reachability.NEVER,
        ),
        ("f() { if (a) if (kDebugMode) HERE(); }", Reachability.NEVER),
        ("f(){if(kReleaseMode)if(kDebugMode)HERE();}", Reachability.NEVER),
        ("f() { if (a && !b) { HERE(); } }", Reachability.SOMETIMES),
        ("f() { if (kReleaseMode) { g(() { HERE(); }); } }", Reachability.IN_RELEASE),
        ("f() { if (g(() { HERE(); })) { h(); } }", Reachability.ALWAYS),
        ("f() { assert(() { HERE(); return true; }()); }", Reachability.NEVER),
        ("f() { switch (a) { case 1: HERE(); } }", Reachability.SOMETIMES),
        ("f() { try { g(); } catch (e) { HERE(); } }", Reachability.SOMETIMES),
        ("f() { try { g(); } on E { HERE(); } }", Reachability.SOMETIMES),
        ("f() { try { HERE(); } finally { g(); } }", Reachability.ALWAYS),
        ("f() { for (final a in b) { HERE(); } }", Reachability.ALWAYS),
        ("f() { a ? HERE() : g(); }", Reachability.SOMETIMES),
        ("f() { // if (kDebugMode) {\n HERE(); }", Reachability.ALWAYS),
        ("f() { if (a == '{') { HERE(); } }", Reachability.SOMETIMES),
        ("f() { if (kDebugMode) { g('${x}'); } HERE(); }", Reachability.ALWAYS),
        ("f() { g('${HERE()}'); }", Reachability.ALWAYS),
        ("f() { if (kDebugMode) '${x}'.g(HERE()); }", Reachability.NEVER),
        ("f() { if (kDebugMode) g(() { x; }); else HERE(); }", Reachability.IN_RELEASE),
        ("f() { assert" + " " * 74 + "(() { HERE(); }()); }", Reachability.NEVER),
        ("f() { assert" + " " * 75 + "(() { HERE(); }()); }", Reachability.ALWAYS),
        ("f() { if (kDebugMode) g('${HERE()}'); }", Reachability.NEVER),
        ("f() { g('${a ? HERE() : b}'); }", Reachability.SOMETIMES),
        ("extension E on Widget { f() { HERE(); } }", Reachability.ALWAYS),
        ("f() { switch (a) { case 1: g(); HERE(); default: g(); } }", Reachability.SOMETIMES),
        ("{ else { HERE(); } }", Reachability.SOMETIMES),
        ("f() { while (kReleaseMode) { g(); } else { HERE(); } }", Reachability.SOMETIMES),
        ("f() { { g(); } else { HERE(); } }", Reachability.SOMETIMES),
        ("{ if (kDebugMode HERE(); }", Reachability.ALWAYS),
        ("HERE();", Reachability.ALWAYS),
    ],
)
def test_a_place_is_reached_as_its_conditions_say(code: str, reached: Reachability) -> None:
    assert find_reachability(parse_dart(code), code.index(HERE)) is reached


@pytest.mark.parametrize(("branches", "count"), [(49, 49), (50, 50), (60, 50)])
def test_fifty_branches_of_one_statement_are_followed(branches: int, count: int) -> None:
    chain = "else ".join(f"if (a{number}) {{ }} " for number in range(branches))
    code = f"f() {{ {chain} else {{ {HERE} }} }}"

    found = list(find_enclosing_guards(parse_dart(code), code.index(HERE)))

    assert [one.negated for one in found] == [True] * count


def test_conditions_are_given_from_within_and_those_of_else_as_negated() -> None:
    read = parse_dart("f() { if (a) { } else { if (b) HERE(); } }")

    found = [
        (read.code[one.condition.start : one.condition.end], one.negated)
        for one in find_enclosing_guards(read, read.code.index(HERE))
        if one.condition
    ]

    assert found == [("b", False), ("a", True)]


@tried
@given(
    st.lists(
        st.sampled_from(
            ["if", "(a)", "{", "}", "(", ")", "else", ";", "kDebugMode", "?", ":", "case", "switch"]
        )
        | st.sampled_from(["assert", "'", "${", "[", "]", ".", "=", "=>", "//", "\n", "on E"]),
        max_size=30,
    )
)
def test_whatever_stands_around_a_place_there_is_an_answer(pieces: list[str]) -> None:
    code = " ".join([*pieces, HERE, *pieces])

    assert find_reachability(parse_dart(code), code.index(HERE)) in Reachability
