"""Claims about Dart's structure: what closes what, what a call gets, what is set on what."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.dart.dart_lexer import parse_dart
from sentry_release.dart.expressions import (
    find_assignments,
    find_calls,
    find_expression,
    get_code,
    get_duration_seconds,
    get_literal_text,
    resolve_constant,
)
from sentry_release.dart.release_value import find_dart_define_reads
from sentry_release.dart.sentry_options import (
    find_callbacks,
    find_declared_callback,
    find_option_assignments,
    find_sentry_inits,
)
from sentry_release.dart.source import BracketIndex, DartSource, Span

_CALL = re.compile(r"\bf\s*\(")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def written(read: DartSource, span: Span) -> str:
    return read.text[span.start : span.end]


# Brackets.


def test_every_bracket_knows_its_other_half() -> None:
    brackets = BracketIndex("f(a[1], {b})")

    assert [brackets.find_closing(at) for at in (1, 3, 8)] == [11, 5, 10]
    assert [brackets.find_opening(at) for at in (11, 5, 10)] == [1, 3, 8]
    assert brackets.find_closing(0) is None
    assert brackets.find_closing(99) is None
    assert brackets.find_opening(1) is None
    assert brackets.find_opening(99) is None


def test_a_bracket_without_a_half_disturbs_no_other() -> None:
    brackets = BracketIndex(")f([)]{")

    assert brackets.find_closing(2) == 4
    assert brackets.find_closing(3) is None
    assert brackets.find_opening(0) is None
    assert brackets.find_closing(6) is None


def test_a_place_knows_the_brackets_around_it_from_within() -> None:
    brackets = BracketIndex("{()([x])}()")

    around = [(pair.start, pair.end) for pair in brackets.list_enclosing(5)]

    assert around == [(4, 7), (3, 8), (0, 9)]
    assert list(brackets.list_enclosing(10)) == [Span(start=9, end=11)]


@tried
@given(st.text("([{}])a", max_size=60))
def test_a_place_is_enclosed_by_the_pairs_that_begin_before_and_end_behind_it(code: str) -> None:
    brackets = BracketIndex(code)
    pairs = [(at, brackets.find_closing(at)) for at in reversed(range(len(code)))]

    for at in range(len(code) + 1):
        assert list(brackets.list_enclosing(at)) == [
            Span(start=start, end=end + 1)
            for start, end in pairs
            if end is not None and start < at <= end
        ]


@tried
@given(st.text("([{}])a", max_size=60))
def test_pairs_never_cross(code: str) -> None:
    brackets = BracketIndex(code)

    pairs = [(at, brackets.find_closing(at)) for at in range(len(code))]
    closed = [(start, end) for start, end in pairs if end is not None]

    for start, end in closed:
        assert code[end] == _PAIRS[code[start]]
        assert brackets.find_opening(end) == start
        assert not any(start < other < end < last for other, last in closed)
        inside = [pair.start for pair in brackets.list_enclosing(end)]
        assert inside[:1] == [start]


def test_lines_are_given_with_their_code() -> None:
    read = parse_dart("a // 1\nb\nc")

    assert read.get_lines(0, 1) == read.get_lines(1, 1) == (["a // 1"], ["a     "])
    assert read.get_lines(2, 3) == read.get_lines(2, 9) == (["b", "c"], ["b", "c"])
    assert [read.get_line(at) for at in (0, 6, 7, 9)] == [1, 1, 2, 3]


# Expressions and calls.


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("a;", "a"),
        (" a /* why */ ;", "a"),
        ("f(a, b), c", "f(a, b)"),
        ("(x, y) { return x; };", "(x, y) { return x; }"),
        ("((a));", "a"),
        ("(a) ? (b) : c;", "(a) ? (b) : c"),
        ("o..a = 1;", "o"),
        ("o?..a = 1;", "o"),
        ("{'a;b': [1, 2]}]", "{'a;b': [1, 2]}"),
        ("'a;${b(1, ';')}';", "'a;${b(1, ';')}'"),
        ("a", "a"),
        ("(a;", ""),
    ],
)
def test_an_expression_ends_where_its_statement_or_argument_does(code: str, found: str) -> None:
    read = parse_dart(code)

    assert written(read, find_expression(read, 0)) == found


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("'a' \"b\" // c\n '''d''';", "abd"),
        ("r'a' 'b';", "ab"),
        ("'a$b';", None),
        ("'a' + 'b';", None),
        ("a;", None),
        (";", None),
    ],
)
def test_only_literals_alone_are_plain(code: str, text: str | None) -> None:
    read = parse_dart(code)

    assert get_literal_text(read, find_expression(read, 0)) == text


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("const a = 'x';", "'x'"),
        ("final String? a = 'x';", "'x'"),
        ("class C { static const Map<String, int> a = {}; }", "{}"),
        ("const a = 'x'; f() { const a = 'y'; }", "a"),
        ("var a = 'x';", "a"),
        ("const ab = 'x';", "a"),
        ("// const a = 'x';", "a"),
        ("notconst a = 'x';", "a"),
        ("const a == 'x';", "a"),
    ],
)
def test_a_constant_of_the_same_file_is_followed_once(declared: str, found: str) -> None:
    read = parse_dart(f"a;\n{declared}")

    assert written(read, resolve_constant(read, find_expression(read, 0))) == found


def test_a_constant_of_a_class_of_another_file_is_not_mistaken_for_one_of_this() -> None:
    read = parse_dart("Env.a;\nclass Other { static const a = 'x'; }")

    assert written(read, resolve_constant(read, find_expression(read, 0))) == "Env.a"


def test_arguments_are_distinguished_by_position_and_by_name() -> None:
    read = parse_dart("f(a, (b, c) => d, name: 'x,y', other: {1: 2}, );")

    (call,) = find_calls(read, _CALL)

    assert [written(read, one) for one in call.positional] == ["a", "(b, c) => d"]
    assert {name: written(read, one) for name, one in call.named.items()} == {
        "name": "'x,y'",
        "other": "{1: 2}",
    }


def test_a_call_that_does_not_end_is_none() -> None:
    assert list(find_calls(parse_dart("f(a; g(b)"), _CALL)) == []


# What is set on what.


@pytest.mark.parametrize(
    ("code", "receiver"),
    [
        ("options.release = x;", "options"),
        ("a.options!.release = x;", "options"),
        ("options?.release = x;", "options"),
        ("options\n    .release = x;", "options"),
        ("options..dsn = 'y'..release = x;", "options"),
        ("options?..dsn = y\n..release = x;", "options"),
        ("final o = options..dsn = y..release = x;", "options"),
        ("(o) => o..dsn = (a == b)..release = x", "o"),
        ("(o) { return o..add(() { f(); })..release = x; }", "o"),
        ("o..before = (e) { return e; }\n..release = x;", "o"),
        ("f(); o..release = x;", "o"),
        ("if (a) { f(); } o..release = x;", "o"),
        ("f(a, o..release = x)", "o"),
        ("o..dsn = a == b..release = x;", "o"),
        ("o..dsn = a >= b..release = x;", "o"),
        ("o..dsn = a != b..max = 2..release = x;", "o"),
        ("o..dsn = y..release = x", "o"),
        ("[1, 2]..release = x;", None),
        ("f().release = x;", None),
        ("SentryOptions()..release = x;", "SentryOptions"),
    ],
)
def test_an_assignment_knows_whose_property_it_sets(code: str, receiver: str | None) -> None:
    read = parse_dart(code)

    (found,) = find_assignments(read, "release")

    assert found.receiver == receiver
    assert written(read, found.value) == "x"


@pytest.mark.parametrize(
    "code",
    [
        "o.release == x;",
        "o.release ??= x;",
        "o.released = x;",
        "release = x;",
        "o.release => x;",
        "'o.release = x';",
        "// o.release = x;",
        "o.release;",
    ],
)
def test_what_only_looks_like_an_assignment_is_none(code: str) -> None:
    assert list(find_assignments(parse_dart(code), "release")) == []


def app(callback: str, more: str = "") -> str:
    return f"import 'package:sentry_flutter/sentry_flutter.dart';\nmain() {{ SentryFlutter.init({callback}); }}\n{more}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (app("(options) { options.release = x; }"), 1),
        (app("(e) => e.release = x"), 1),
        (app("(e) { f().release = x; e.release = x; }"), 1),
        (app("(SentryFlutterOptions own) async { own.release = x; }"), 1),
        (app("(final mine) { mine..dsn = y..release = x; }"), 1),
        (app("set", "void set(SentryFlutterOptions its) { its.release = x; }"), 1),
        (app("set", "void set(dynamic options) { options.release = x; }"), 1),
        (app("(o) {}", "final a = SentryFlutterOptions()..release = x;"), 1),
        (app("(e) {}", "f(e) { e.release = x; }"), 0),
        (app("(o) {}", "f(BaseOptions options) { options.release = x; }"), 0),
        (app("(o) { BaseOptions o = f(); o.release = x; }"), 1),
        (app("(o) {}", "f(event, scope) { event.release = x; scope.release = x; }"), 0),
        (app("(o) {}", "BuildConfiguration.release = x;"), 0),
        ("f(options) { options.release = x; }", 0),
        (app("set", "extension E on SentryFlutterOptions { set() { release = x; } }"), 1),
        (app("set", "extension on SentryOptions { set() { this.release = x; } }"), 1),
        (app("set", "extension on SentryOptions { set() => release = x; f(release) {} }"), 1),
        (app("set", "extension on SentryOptions { final release = x; }"), 0),
        (app("set", "extension on String { set() { release = x; } }"), 0),
        (app("set", "class A { f() { this.release = x; } } extension on SentryOptions {}"), 0),
        (app("set", "extension on SentryOptions {} class A { f() { this.release = x; } }"), 0),
        (app("set", "extension on SentryOptions { set() { release = x; }"), 0),
    ],
)
def test_only_options_of_the_sdk_count(text: str, count: int) -> None:
    assert len(list(find_option_assignments(parse_dart(text), "release"))) == count


def test_a_start_of_the_sdk_knows_its_parentheses_and_its_parameter() -> None:
    read = parse_dart(app("(its) { a; }, appRunner: () => b"))

    (init,) = find_sentry_inits(read)

    assert init.parameter == "its"
    assert init.contains(read.text.index("a;"))
    assert init.contains(read.text.index("b)"))
    assert not init.contains(read.text.index("main"))
    assert not init.contains(init.call.around.start)
    assert not init.contains(init.call.around.end)


# Callbacks, defines, durations.


@pytest.mark.parametrize(
    ("value", "first", "returns"),
    [
        ("(e, h) => null", "e", ["null"]),
        ("(SentryEvent e, {dynamic hint}) async => e", "e", ["e"]),
        ("(e, h) { if (a) { return null; } return e; }", "e", ["null", "e"]),
        ("(e, h) { f(() { return 1; }); g((x) => 2); return e; }", "e", ["e"]),
        ("(e, h) { for (final x in y) { return x; } }", "e", ["x"]),
        ("(e, h) { try { return a; } catch (x) { return b; } }", "e", ["a", "b"]),
        ("(e, h) { if (a) { return b; } else { return c; } }", "e", ["b", "c"]),
        ("(e, h) { f(() async { return 1; }, {'k': () { return 2; }}); }", "e", []),
        ("(e, h) { for (final x in y) { while (a) { return x; } } }", "e", ["x"]),
        ("_filter", "own", ["own"]),
        ("Filters.one", None, []),
        ("null", None, []),
    ],
)
def test_a_callback_is_found_with_what_it_returns(
    value: str, first: str | None, returns: list[str]
) -> None:
    read = parse_dart(
        app(
            f"(o) {{ o.beforeSend = {value}; }}",
            "SentryEvent? _filter(SentryEvent own, Hint hint) { return own; }",
        )
    )

    found = list(find_callbacks(read, "beforeSend"))

    assert [one.first for one in found] == ([first] if first else [])
    assert [get_code(read, span) for one in found for span in one.returns] == returns


def test_a_callback_is_found_by_its_name_where_it_is_declared() -> None:
    read = parse_dart(
        "f() { drop(a, b); } SentryEvent? drop(SentryEvent own, Hint b){return null;};"
    )

    (found,) = find_declared_callback(read, "drop", 7)

    assert (found.start, found.first) == (7, "own")
    assert get_code(read, found.body) == "{return null;}"
    assert [get_code(read, span) for span in found.returns] == ["null"]
    assert not list(find_declared_callback(read, "keep", 7))


def test_defines_are_found_with_their_keys() -> None:
    read = parse_dart(
        "const a = String.fromEnvironment('A');\n"
        "final b = bool.hasEnvironment(key);\n"
        "const c = String.fromEnvironment('C', defaultValue: '');\n"
        "const d = String\n  .fromEnvironment('D', defaultValue: 'x');\n"
        "// String.fromEnvironment('E')\n"
    )

    found = [(one.key, one.is_value, one.is_empty_without) for one in find_dart_define_reads(read)]

    assert found == [
        ("A", True, True),
        (None, False, False),
        ("C", True, True),
        ("D", True, False),
    ]


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ("Duration.zero", 0),
        ("const Duration(seconds: 30)", 30),
        ("Duration(hours: 1, minutes: 2, milliseconds: 500)", 3720.5),
        ("Duration(seconds: 30 * 60)", 1800),
        ("Duration(seconds: -1)", -1),
        ("Duration(days: 1, microseconds: 1)", 86_400.000_001),
        ("Duration()", 0),
        ("pause", 45),
        ("Duration(seconds: n)", None),
        ("Duration(seconds: 1) * 2", None),
        ("Duration(lightyears: 1)", None),
        ("f()", None),
    ],
)
def test_durations_of_numbers_are_read(code: str, seconds: float | None) -> None:
    read = parse_dart(f"{code};\nconst pause = Duration(seconds: 45);")

    assert get_duration_seconds(read, find_expression(read, 0)) == seconds
