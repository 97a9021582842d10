"""Claims about reading YAML: scalars stay texts, nodes know their place, and nothing grows without limit."""

import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_document import (
    MAX_DEPTH,
    parse_editable_yaml,
    parse_pub_yaml,
    parse_yaml,
)
from sentry_release.flutter.yaml_node import YamlNode

Value = dict[str, "Value"] | list["Value"] | str | None


def value_of(node: YamlNode) -> Value:
    """The node without lines and columns."""
    if node.is_mapping:
        return {key: value_of(one) for key, one in node.mapping.items()}
    if isinstance(node.value, tuple):
        return [value_of(one) for one in node.value]
    return node.text


def read_as_pub(text: str, path: str = "some.yaml") -> Value:
    return value_of(parse_pub_yaml(text, path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("# only a comment", None, id="a comment"),
        pytest.param("shop", "shop", id="a text"),
        pytest.param("- a\n- b", ["a", "b"], id="a list"),
        pytest.param("a: b", {"a": "b"}, id="a mapping"),
        pytest.param("a: 1.10", {"a": "1.10"}, id="a number stays as it was written"),
        pytest.param("a: 0123", {"a": "0123"}, id="a zero in front stays"),
        pytest.param("a: yes", {"a": "yes"}, id="a yes stays one"),
        pytest.param("a: 2026-03-01", {"a": "2026-03-01"}, id="a date stays a text"),
        pytest.param("a:\nb: ~\nc: null", {"a": None, "b": None, "c": None}, id="three nulls"),
        pytest.param(
            "a: ''\nb: 'null'", {"a": "", "b": "null"}, id="between quotes they are texts"
        ),
        pytest.param("a: {b: [c, {d: e}]}", {"a": {"b": ["c", {"d": "e"}]}}, id="braces"),
        pytest.param("a: |\n  b\n  c\n", {"a": "b\nc\n"}, id="a block of lines"),
        pytest.param("a: !!int 7", {"a": "7"}, id="a tag changes nothing"),
        pytest.param("a: &x b\nc: *x", {"a": "b", "c": "b"}, id="an alias of a text is that text"),
        pytest.param("a: &x\nb: *x", {"a": None, "b": None}, id="… of nothing is nothing"),
        pytest.param("&x a: b\nc: {*x : d}", {"a": "b", "c": {"a": "d"}}, id="… also as a key"),
        pytest.param("a: &x [b]\nc: *x", {"a": ["b"], "c": ["b"]}, id="… of a list is that list"),
        pytest.param(
            "a: &x b\nc: &x {d: e}\nf: *x",
            {"a": "b", "c": {"d": "e"}, "f": {"d": "e"}},
            id="… names the latest anchor",
        ),
        pytest.param("a: *x", {"a": None}, id="… of an unknown anchor is null"),
        pytest.param("a: &x [*x]", {"a": [None]}, id="… of the list it is in is null"),
        pytest.param("a: &x b\nc: &x [*x]", {"a": "b", "c": [None]}, id="… of a reused anchor too"),
        pytest.param(
            "a: &x [b]\nc: &y [*x]\nd: *y",
            {"a": ["b"], "c": [["b"]], "d": None},
            id="… of aliases is null",
        ),
        pytest.param(
            "a: &x {b: c}\nd:\n  <<: *x",
            {"a": {"b": "c"}, "d": {"<<": {"b": "c"}}},
            id="pub knows no merge keys",
        ),
        pytest.param("? [a, b]\n: c\nd: e", {"d": "e"}, id="a list for a key is left out"),
        pytest.param("? {a: b}\n: {c: d}\ne: f", {"e": "f"}, id="so is a mapping, with its value"),
        pytest.param("a: {b: 1}\nc: {b: 2}", {"a": {"b": "1"}, "c": {"b": "2"}}, id="keys at home"),
        pytest.param("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}, id="lines of Windows"),
    ],
)
def test_a_document_is_read_as_texts(text: str, expected: Value) -> None:
    assert read_as_pub(text, "some.yaml") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: b\na: c", "has the key 'a' twice", id="a key that is there twice"),
        pytest.param("x:\n  a: b\n  a: c", "has the key 'a' twice", id="… further in"),
        pytest.param("a: b\n'a': c", "has the key 'a' twice", id="… once between quotes"),
        pytest.param(
            "a: b: c",
            "not valid YAML at line 1, column 5: mapping values are not allowed",
            id="no YAML",
        ),
        pytest.param("a:\n\t- b", "line 2, column 1: a tab, where", id="a tab for an indent"),
        pytest.param("a:\n \t- b", "line 2, column 2: a tab, where", id="… behind a blank"),
        pytest.param("a: b:\tc", "column 5: mapping values are not", id="a tab elsewhere"),
        pytest.param(
            "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n",
            ": it has the marks of a merge conflict.",
            id="a merge conflict",
        ),
        pytest.param("a: [b", "not valid YAML", id="a list that does not end"),
        pytest.param("a: 'b", "not valid YAML", id="a text that does not end"),
        pytest.param("a: \0", "not valid YAML", id="a null character"),
        pytest.param("a: \ud800", "YAML: it cannot be read.", id="half a character"),
        pytest.param("a: b\n---\nc: d", "more than one document", id="two documents"),
        pytest.param("[" * 200 + "]" * 200, "more than 100 levels deep", id="too deep"),
    ],
)
def test_what_pub_refuses_is_an_error_that_names_the_file(text: str, message: str) -> None:
    with pytest.raises(ProjectError) as failure:
        read_as_pub(text, "apps/some.yaml")

    assert failure.value.message.startswith("apps/some.yaml ")
    assert message in failure.value.message


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 1

    assert json.dumps(read_as_pub("[" * depth + "]" * depth, "some.yaml")).count("[") == depth


# JSON writes what lies beyond in two halves, which YAML takes for no characters.
BASIC = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cc", "Cs"])
TEXTS = st.text(BASIC, max_size=8)
VALUES: st.SearchStrategy[Value] = st.recursive(
    TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@tried
@given(VALUES.filter(lambda one: one is not None))
def test_yaml_of_another_library_is_read_back(written: Value) -> None:
    assert (
        read_as_pub(yaml.safe_dump(written, default_style='"').replace('!!null "null"', "~"), "x")
        == written
    )


@tried
@given(VALUES.filter(lambda one: one is not None))
def test_json_is_yaml(written: Value) -> None:
    assert read_as_pub(json.dumps(written), "x") == written


@pytest.mark.large
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &a [x]\n" + "- *a\n" * 100_000, id="aliases in the wrong place"),
        pytest.param("a: &a [x]\nb: [" + "*a, " * 100_000 + "]", id="aliases"),
        pytest.param("\n".join(f"k{number}: v" for number in range(60_000)), id="keys"),
        pytest.param("[" + "[], " * 100_000 + "]", id="lists"),
    ],
)
def test_reading_takes_linear_time(text: str) -> None:
    began = time.process_time()
    with suppress(ProjectError):
        read_as_pub(text, "some.yaml")
    assert time.process_time() - began < 2


def test_aliases_cannot_use_up_memory() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    began = time.process_time()

    found = parse_yaml(f"a0: &a0 [x, x]\n{levels}", "bomb")
    wide = "base: &base {" + ", ".join(f"k{n}: v" for n in range(5_000)) + "}\n"
    wide += "".join(f"e{n}: {{<<: *base}}\n" for n in range(5_000))
    parse_yaml(wide, "wide")

    assert time.process_time() - began < 5
    assert found.size < 30_000


@pytest.mark.large
def test_many_empty_merge_keys_take_linear_time() -> None:
    began = time.process_time()

    found = parse_yaml("".join(f"k{n}:\n" for n in range(8_000)) + "<<:\n" * 80_000, "x")

    assert len(found.mapping) == 8_000
    assert time.process_time() - began < 2


def test_aliases_repeat_20000_nodes() -> None:
    items = ", ".join("x" * 1999)  # with the list itself, these are 2,000 nodes
    text = f"a: &a [{items}]\nb: &b x\nc: [{', '.join(['*a'] * 10)}, *b, *a]\n"

    found = parse_yaml(text, "some.yaml").at("c").sequence

    assert [len(one.sequence) for one in found] == [1999] * 10 + [0, 0]
    assert found[10].text is None


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> main"])
def test_either_mark_of_a_merge_conflict_is_named(marker: str) -> None:
    with pytest.raises(ProjectError, match="it has the marks of a merge conflict"):
        parse_yaml(f"a: b\n{marker}\n", "some.yaml")


@pytest.mark.parametrize("line", ["<<<<<< HEAD", ">>>>>>>main"])
def test_what_only_looks_like_a_mark_of_a_merge_conflict_is_not_named(line: str) -> None:
    with pytest.raises(ProjectError, match="line") as error:
        parse_yaml(f"a: b\n{line}\n", "some.yaml")

    assert "merge conflict" not in str(error.value)


def test_merge_keys_add_missing_keys() -> None:
    found = parse_yaml("base: &b {a: 1, b: 1}\njob: {<<: *b, b: 2}\nlist: {b: 3, <<: [*b]}", "x")

    assert {key: one.text for key, one in found.at("job").mapping.items()} == {"a": "1", "b": "2"}
    assert {key: one.text for key, one in found.at("list").mapping.items()} == {"a": "1", "b": "3"}


def test_numbers_and_booleans_stay_texts() -> None:
    found = parse_yaml("on: yes\nversion: 1.10\nempty:\nnull: ~", "x")

    assert found.at("on").text == "yes"
    assert found.at("version").text == "1.10"
    assert found.at("empty").text is None
    assert found.at("version", "deeper").text is None


def test_a_key_that_is_not_a_text_is_left_out_with_its_value() -> None:
    found = parse_yaml("? [a, b]\n: 1\n~: 2\nc: 3", "x")

    assert {key: one.text for key, one in found.mapping.items()} == {"c": "3"}


def test_invalid_yaml_names_line_and_column() -> None:
    with pytest.raises(ProjectError, match=r"^x is not valid YAML at line \d, column \d+: "):
        parse_yaml("a: 1\nb: [", "x")


@pytest.mark.parametrize("read", [parse_yaml, parse_pub_yaml])
def test_nodes_know_their_lines_columns_and_styles(read: Callable[[str, str], YamlNode]) -> None:
    text = "jobs:\n  ship:\n    run: |\n      a\n    env: {A: 'b'}\n"

    push_commits = read(text, "x").at("jobs", "ship")
    run, env = push_commits.find_entry("run"), push_commits.find_entry("env")

    assert run
    assert env
    assert [(one.line, one.column, one.style) for one in (*run, *env)] == [
        (3, 4, ""), (3, 9, "|"), (5, 4, ""), (5, 9, "{"),
    ]  # fmt: skip
    assert (push_commits.line, push_commits.column) == (3, 4)
    assert push_commits.is_block_mapping
    assert not env[1].is_block_mapping
    assert env[1].at("A").style == "'"


def test_github_reads_the_first_of_several_documents() -> None:
    assert value_of(parse_yaml("a: b\n---\nc: [\n", "x")) == {"a": "b"}


def test_a_folded_text_keeps_its_lines() -> None:
    run = parse_yaml("run: >-\n  flutter build\n  web\nenv: {}\n", "x").at("run")

    assert run.text == "flutter build web"
    assert run.folded_lines == ("  flutter build", "  web")


def test_a_folded_text_at_the_end_of_the_file_keeps_its_last_line() -> None:
    found = parse_yaml("a: >\n  b\n  c", "some.yaml")

    assert found.at("a").folded_lines == ("  b", "  c")


def test_a_missing_node_has_the_line_of_the_last_one_found() -> None:
    found = parse_yaml("a:\n  b:\n    c: d\n", "x").at("a", "b", "x", "y")

    assert (found.line, found.column, found.value) == (3, 0, None)
    assert parse_yaml("# nothing\n", "x").line == 1


def test_an_entry_is_found_only_if_it_is_written_once() -> None:
    document = parse_yaml("base: &b {x: 1}\na: 1\na: 2\nc:\n  <<: *b\n  d: 3", "x")

    assert document.at("a").text == "2"
    assert document.at("c", "x").text == "1"
    assert document.find("a") is None
    assert document.find("c", "x") is None
    assert [one.text for one in [document.find("c", "d")] if one] == ["3"]


@pytest.mark.parametrize(
    ("text", "editable"),
    [
        pytest.param("a: b\n", True, id="LF"),
        pytest.param("a: b\r\nc: d\r\n", True, id="CR LF"),
        pytest.param("a: b\rc: d\n", False, id="CR alone"),
        pytest.param("a: 'b\u2028'\n", False, id="a line separator"),
        pytest.param("a: 'b\x85'\n", False, id="a next line"),
        pytest.param("a: [", False, id="invalid"),
        pytest.param("[" * 200, False, id="nested too deep"),
    ],
)
def test_only_texts_without_unusual_line_ends_are_edited(text: str, editable: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert (parse_editable_yaml(text) is not None) is editable
