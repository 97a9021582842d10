"""Claims about reading YAML: every scalar is a text, and nothing grows beyond the text itself."""

import json
import time
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.facts.yaml_events import MAX_DEPTH
from sentry_release.facts.yaml_tree import Tree, tree
from sentry_release.words.errors import ProjectError


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
        pytest.param("a: &x [b]\nc: *x", {"a": ["b"], "c": None}, id="… of a list is absent"),
        pytest.param(
            "a: &x b\nc: &x {d: e}\nf: *x",
            {"a": "b", "c": {"d": "e"}, "f": None},
            id="… means what was called so last",
        ),
        pytest.param("a: *x", {"a": None}, id="… of nothing that is there is absent"),
        pytest.param(
            "a: &x {b: c}\nd:\n  <<: *x", {"a": {"b": "c"}, "d": {"<<": None}}, id="a merge"
        ),
        pytest.param("? [a, b]\n: c\nd: e", {"d": "e"}, id="a list for a key is left out"),
        pytest.param("? {a: b}\n: {c: d}\ne: f", {"e": "f"}, id="so is a mapping, with its value"),
        pytest.param("a: {b: 1}\nc: {b: 2}", {"a": {"b": "1"}, "c": {"b": "2"}}, id="keys at home"),
        pytest.param("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}, id="lines of Windows"),
    ],
)
def test_a_document_is_read_as_texts(text: str, expected: Tree) -> None:
    assert tree(text, "some.yaml") == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("a: b\na: c", "has the key 'a' twice", id="a key that is there twice"),
        pytest.param("x:\n  a: b\n  a: c", "has the key 'a' twice", id="… further in"),
        pytest.param("a: b\n'a': c", "has the key 'a' twice", id="… once between quotes"),
        pytest.param("a: b: c", "no valid YAML at line 1, column 5", id="no YAML"),
        pytest.param("a:\n\t- b", "no valid YAML at line 2, column 1", id="a tab for an indent"),
        pytest.param("a: [b", "no valid YAML", id="a list that does not end"),
        pytest.param("a: 'b", "no valid YAML", id="a text that does not end"),
        pytest.param("a: \0", "no valid YAML", id="a null character"),
        pytest.param("a: \ud800", "no valid YAML", id="half a character"),
        pytest.param("a: b\n---\nc: d", "more than one document", id="two documents"),
        pytest.param("[" * 200 + "]" * 200, "more than 100 levels deep", id="too deep"),
    ],
)
def test_what_pub_would_refuse_is_a_mistake_in_the_file_that_is_named(text: str, what: str) -> None:
    with pytest.raises(ProjectError) as failure:
        tree(text, "apps/some.yaml")

    assert failure.value.what.startswith("apps/some.yaml ")
    assert what in failure.value.what


def test_what_is_just_deep_enough_is_read() -> None:
    depth = MAX_DEPTH - 1

    assert json.dumps(tree("[" * depth + "]" * depth, "some.yaml")).count("[") == depth


# JSON writes what lies beyond in two halves, which YAML takes for no characters.
BASIC = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cc", "Cs"])
TEXTS = st.text(BASIC, max_size=8)
TREES: st.SearchStrategy[Tree] = st.recursive(
    TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@tried
@given(TREES.filter(lambda one: one is not None))
def test_what_another_program_has_written_is_read_back(written: Tree) -> None:
    assert (
        tree(yaml.safe_dump(written, default_style='"').replace('!!null "null"', "~"), "x")
        == written
    )


@tried
@given(TREES.filter(lambda one: one is not None))
def test_json_is_yaml(written: Tree) -> None:
    assert tree(json.dumps(written), "x") == written


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
def test_reading_takes_time_by_length_alone(text: str) -> None:
    began = time.process_time()
    with suppress(ProjectError):
        tree(text, "some.yaml")
    assert time.process_time() - began < 2
