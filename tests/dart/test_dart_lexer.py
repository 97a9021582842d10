"""Claims about the masker: code stays, comments and text go, every character keeps its place."""

import re
import time
from collections.abc import Iterator

import pytest
import tree_sitter_dart
from hypothesis import example, given
from hypothesis import strategies as st
from tree_sitter import Language, Node, Parser

from properties import tried
from sentry_release.dart.dart_lexer import parse_dart

_PARSER = Parser(Language(tree_sitter_dart.language()))
_COMMENTS = {"comment", "documentation_comment"}


def masked(text: str) -> str:
    return parse_dart(text).code


def values(text: str) -> list[str | None]:
    return [literal.value for literal in parse_dart(text).literals]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("a; // b 'c'\nd;", "a;         \nd;", id="a comment ends at its line"),
        pytest.param("a; // b\r\nd;", "a;     \r\nd;", id="also where lines end as on Windows"),
        pytest.param("a; // b\rd;", "a;     \rd;", id="or as on old Macs"),
        pytest.param("/// 'x\nd;", "      \nd;", id="documentation is a comment"),
        pytest.param("a/*b/*c*/d*/e", "a           e", id="block comments nest"),
        pytest.param("a/*\n'*/e", "a  \n   e", id="a quote in a comment opens nothing"),
        pytest.param("a/*b", "a   ", id="a comment that does not end reaches to the end"),
        pytest.param("f('a//b')", "f('____')", id="a comment in a literal is none"),
        pytest.param(r"f('a\'b')", "f('____')", id="an escaped quote ends nothing"),
        pytest.param("f('')", "f('')", id="an empty literal"),
        pytest.param("f('' '')", "f('' '')", id="two empty ones, which are no triple quote"),
        pytest.param("f('''a'b''')", "f('''___''')", id="one quote in a triple ends nothing"),
        pytest.param('f("""a\n"b""")', 'f("""_\n__""")', id="lines of a literal keep their ends"),
        pytest.param(r"f(r'a\')", "f( '__')", id="a raw literal knows no escapes"),
        pytest.param("f(r'$a')", "f( '__')", id="a raw literal interpolates nothing"),
        pytest.param("for'a'", "for'_'", id="an r that ends a word makes nothing raw"),
        pytest.param("r'''a\n$b'''", " '''_\n__'''", id="raw over several lines"),
        pytest.param("'a$b c'", "'_____'", id="a name in a literal is text"),
        pytest.param("'a${b}c'", "'_${b}_'", id="code in a literal is code"),
        pytest.param("'${a({'b': '}'})}'", "'${a({'_': '_'})}'", id="braces in it are counted"),
        pytest.param("'${'${'a'}'}'", "'${'${'_'}'}'", id="literals nest in literals"),
        pytest.param("'${a // }'\n}'", "'${a      \n}'", id="a comment in it ends nothing"),
        pytest.param("'${/*}*/a}'", "'${     a}'", id="nor does a block comment"),
        pytest.param("'a\nb;", "'_\nb;", id="a literal that does not end is cut off at its line"),
        pytest.param("'a\\\nb;", "'__\nb;", id="also behind a backslash"),
        pytest.param("'''a\nb", "'''_\n_", id="of several lines, at the end of the file"),
        pytest.param("'${a\nb", "'${a\nb", id="code that does not end stays code"),
        pytest.param("}}){'a'", "}}){'_'", id="brackets that close nothing"),
        pytest.param("'\\", "'_", id="nothing but a beginning"),
        pytest.param("'$", "'_", id="nothing but a dollar"),
        pytest.param("'$1 $ \\$a'", "'________'", id="dollars that interpolate nothing"),
        pytest.param("", "", id="nothing at all"),
    ],
)
def test_code_stays_and_all_else_is_masked(text: str, code: str) -> None:
    assert masked(text) == code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'shop@1.4.0+27'", ["shop@1.4.0+27"]),
        (r"'a\n\t\x41\u0042\u{1F600}\q\$'", ["a\n\tAB\N{GRINNING FACE}q$"]),
        (r"'\uD83D\uDE00'", ["\N{GRINNING FACE}"]),
        (r"'\uD83D'", ["\N{REPLACEMENT CHARACTER}"]),
        (r"'\u{FFFFFF}'", ["\N{REPLACEMENT CHARACTER}"]),
        (r"'\u12'", ["u12"]),
        (r"r'a\n$b'", [r"a\n$b"]),
        ("'''\n  a\r\nb'''", ["  a\nb"]),
        ("''' \\\t\na'''", ["a"]),
        ("'''a\nb'''", ["a\nb"]),
        ("'a' \"b\"", ["a", "b"]),
        ("'a$b'", [None]),
        ("'a${'b'}'", [None, "b"]),
        ("'$1'", ["$1"]),
    ],
)
def test_literals_have_the_values_that_dart_gives_them(text: str, value: list[str | None]) -> None:
    assert values(text) == value


def test_literals_have_their_start_and_end() -> None:
    text = "f(r'a', '${'b'}', \"\"\"c\"\"\");"

    found = [text[one.start : one.end] for one in parse_dart(text).literals]

    assert found == ["'a'", "'${'b'}'", "'b'", '"""c"""']


def test_lines_are_counted_from_1() -> None:
    text = parse_dart("a\n\r\nb")

    assert [text.get_line(at) for at in range(5)] == [1, 1, 2, 2, 3]


# What a compiler takes, so that the grammar that editors use can say what is text in it.


def _texts(quote: str, *, raw: bool) -> st.SearchStrategy[str]:
    """What may stand in a literal as it is, the line ends of long ones included."""
    single = ["a", "b1", " ", "é", "\N{GRINNING FACE}", "//", "/*", "*/", "{", "}", "(", ";"]
    single.append('"' if "'" in quote else "'")
    escapes = [r"\x" if raw else r"\x41", r"\y" if raw else r"\\", "$x" if raw else r"\$"]
    escapes += [] if raw else [rf"\{quote[0]}", r"\u{41}", r"\n"]
    lines = ["\n"] if len(quote) > 1 else []
    return st.lists(st.sampled_from(single + escapes + lines), max_size=5).map("".join)


def _literal(code: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        *(_of_quote(quote, code) for quote in ("'", '"', "'''", '"""')),
        *(
            _texts(quote, raw=True).map(f"r{quote}{{}}{quote}".format)
            for quote in ("'", '"', "'''")
        ),
    )


def _of_quote(quote: str, code: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.one_of(
        _texts(quote, raw=False), st.just("$name "), code.map(lambda one: f"${{{one}}}")
    )
    return st.lists(inner, max_size=4).map(lambda parts: f"{quote}{''.join(parts)}{quote}")


def _code(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    literal = _literal(inner)
    return st.one_of(
        literal,
        st.tuples(literal, literal).map(" ".join),
        literal.map(lambda one: f"f({one}, {{'k': {one}}})"),
        literal.map(lambda one: f"/* {{ ' */ g({one})"),
    )


def _comment() -> st.SearchStrategy[str]:
    return st.sampled_from(
        ["// it's\n", "/* a\n' */", "/* a /* b' */ \" */", '/// doc "\n', "//\n", ""]
    )


_EXPRESSIONS = st.recursive(st.sampled_from(["a", "b.c", "1"]), _code, max_leaves=12)
_FILES = st.lists(st.tuples(_comment(), _EXPRESSIONS), min_size=1, max_size=5).map(
    lambda parts: "".join(
        f"{comment}var v{at} = {one};\n" for at, (comment, one) in enumerate(parts)
    )
)


def _kinds(text: str) -> str:
    """For every character c(ode), t(ext) or (comment)s, as the grammar says; quotes are code."""
    data = text.encode()
    kinds = ["c"] * len(data)
    for node, kind in _is_deployed(_PARSER.parse(data).root_node):
        for at in range(node.start_byte, node.end_byte):
            kinds[at] = kind
    starts = [at for at, byte in enumerate(data) if byte & 0xC0 != 0x80]
    return "".join(kinds[at] for at in starts)


def _is_deployed(node: Node) -> Iterator[tuple[Node, str]]:
    """Every node that decides, the outer one first, so that the inner one has the last word."""
    if node.type in _COMMENTS:
        yield node, "s"
        return
    if node.type == "string_literal":
        yield node, "t"
    if node.type == "template_substitution":
        code = (node.text or b"").startswith(b"${")
        yield node, "c" if code else "t"
        if not code:
            return
    for child in node.children:
        yield from _is_deployed(child)


def _is_valid(text: str) -> bool:
    return not _PARSER.parse(text.encode()).root_node.has_error


@tried
@given(_FILES)
@example("var v0 = '${'$name ${'a'}'}' \"b\";\n")
@example("var v0 = '''\n'a' \"\"\" ''' r'\\';\n")
def test_the_masker_and_the_grammar_of_editors_agree_on_what_is_text(text: str) -> None:
    assert _is_valid(text), text

    kinds, code = _kinds(text), masked(text)

    for at, kind in enumerate(kinds):
        if kind == "c":
            assert code[at] == text[at], (text, at)
        elif kind == "s":
            assert code[at] in " \n\r", (text, at)
        else:
            assert code[at] in "_'\" \n\r", (text, at)
    assert len(kinds) == len(code)


_PIECES = st.lists(
    st.sampled_from(
        ["'", '"', "'''", '"""', "r'", "r", "\\", "$", "$a", "${", "{", "}", "(", ")", "//", "/*"]
    )
    | st.sampled_from(["*/", "a", " ", "\n", "\r\n", "\r", "\0", "\ud800", "\N{GRINNING FACE}"]),
    max_size=40,
).map("".join)


@tried
@given(st.one_of(_PIECES, st.text()))
def test_whatever_the_text_every_line_stays_in_its_place(text: str) -> None:
    read = parse_dart(text)

    assert len(read.code) == len(text)
    assert re.findall(r"\r\n|\r|\n", read.code) == re.findall(r"\r\n|\r|\n", text)
    assert [at for at, one in enumerate(read.code) if one in "\r\n"] == [
        at for at, one in enumerate(text) if one in "\r\n"
    ]
    assert all(b in {a, " ", "_"} for a, b in zip(text, read.code, strict=True))
    assert [one.start for one in read.literals] == sorted(one.start for one in read.literals)
    for one in read.literals:
        assert text[one.start] in "'\""
        assert one.start < one.end <= len(text)


@pytest.mark.large
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("'" * 200_000, id="quotes"),
        pytest.param("/*" * 200_000, id="comments that do not end"),
        pytest.param("'${" * 50_000, id="interpolations that do not end"),
        pytest.param("(" * 400_000, id="parentheses"),
        pytest.param("'''" + "\\" * 400_000, id="backslashes"),
        pytest.param("'" + "$" * 400_000, id="dollars"),
        pytest.param("'''" + "''\n" * 150_000, id="quotes within quotes"),
        pytest.param("'''" + "\\ " * 200_000, id="a first line that may be blank"),
        pytest.param("const final " * 40_000, id="words that begin a declaration"),
    ],
)
def test_a_file_that_means_harm_takes_no_longer_than_another(text: str) -> None:
    begun = time.process_time()

    read = parse_dart(text)
    assert read.brackets.find_closing(0) is None
    assert read.initializers == {}
    assert read.get_line(len(text)) >= 1

    assert time.process_time() - begun < 4


def test_a_hundred_thousand_lines_are_read_within_two_seconds() -> None:
    text = (
        "// what it's for\nclass A {\n  final name = 'shop';\n\n"
        '  String greet(String who) => "Hi ${who.trim()}, it\\\'s $name";\n}\n\n\n\n\n'
    ) * 10_000
    begun = time.process_time()

    read = parse_dart(text)

    assert len(read.literals) == 20_000
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("'\\u{10FFFF}'", ["\U0010ffff"]),
        ("'\\u{110000}'", ["\ufffd"]),
        ("'a${b", [None]),
        ("'a\\nb'; r", ["a\nb"]),
        ("r'a\\nb'; x", ["a\\nb"]),
    ],
    ids=[
        "the last character",
        "none",
        "a literal without end",
        "an r at the end of the file",
        "an r first",
    ],
)
def test_literals_at_the_edges_have_their_values(text: str, values: list[str | None]) -> None:
    assert [one.value for one in parse_dart(text).literals] == values
