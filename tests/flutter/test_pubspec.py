"""Claims about reading pubspec.yaml: as pub reads it, and never more than it."""

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.errors import ProjectError
from sentry_release.flutter.pubspec import (
    MAX_BYTES,
    DartPluginConfig,
    Pubspec,
    describe_version,
    parse_pubspec,
)


@pytest.mark.parametrize(
    ("version", "name", "number"),
    [
        pytest.param("1.4.0+27", "1.4.0", "27", id="version and build"),
        pytest.param("1.4.0", "1.4.0", None, id="no build number"),
        pytest.param("1.2.3-beta.4+5", "1.2.3-beta.4", "5", id="a prerelease"),
        pytest.param("1.2.3-rc+7", "1.2.3-rc", "7", id="a prerelease without a number"),
        pytest.param("1.2.3+rc.5", "1.2.3", "rc.5", id="a build number with letters"),
        pytest.param("2.0.0+20240131.2", "2.0.0", "20240131.2", id="a build number with a dot"),
        pytest.param("01.02.03+04", "01.02.03", "04", id="leading zeros stay as they are"),
        pytest.param("1.10.0", "1.10.0", None, id="a zero at the end is no decimal place"),
        pytest.param("'1.4.0+27'", "1.4.0", "27", id="in quotes"),
        pytest.param('"1.4.0+27"  # shipped', "1.4.0", "27", id="with a comment"),
        pytest.param("&v 1.4.0+27", "1.4.0", "27", id="with an anchor"),
        pytest.param("!!str 1.4.0+27", "1.4.0", "27", id="with a tag"),
    ],
)
def test_a_version_comes_in_the_two_halves_that_flutter_build_takes(
    version: str, name: str, number: str | None
) -> None:
    found = parse_pubspec(f"name: shop\nversion: {version}\n")

    assert found == Pubspec(name="shop", build_name=name, build_number=number)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name: shop\n", id="no version"),
        pytest.param("name: shop\nversion:\n", id="an empty version"),
        pytest.param("name: shop\nversion: null\n", id="null for a version"),
        pytest.param("name: shop\nversion: ~\n", id="a tilde for a version"),
        pytest.param(
            "name: shop\nexecutables:\n  version: 9.9.9\n", id="a version of something else"
        ),
        pytest.param("name: shop\nx: [version, 9.9.9]\n", id="the word in a list"),
        pytest.param("x: &x {version: 9.9.9}\n<<: *x\nname: shop\n", id="a merged mapping"),
        pytest.param("{name: shop}", id="a mapping in braces"),
        pytest.param("---\nname: shop\n...\n", id="with the marks of a document"),
        pytest.param("\r\nname: shop\r\n", id="with the line ends of Windows"),
        pytest.param("x: 1\nname: shop\n", id="with other keys"),
    ],
)
def test_a_pubspec_may_do_without_a_version(text: str) -> None:
    assert parse_pubspec(text) == Pubspec(name="shop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "not a mapping", id="an empty file"),
        pytest.param("# nothing\n", "not a mapping", id="only a comment"),
        pytest.param("shop", "not a mapping", id="a text"),
        pytest.param("- shop", "not a mapping", id="a list"),
        pytest.param("{}", "not a mapping", id="an empty mapping"),
        pytest.param("? [name]\n: shop\n", "not a mapping", id="a list for a key"),
        pytest.param("? [a]\n: name\nshop: x\n", "no `name`", id="a key that would shift the rest"),
        pytest.param("version: 1.0.0", "no `name`", id="no name"),
        pytest.param("name:", "no `name`", id="an empty name"),
        pytest.param("name: [shop]", "no `name`", id="a list for a name"),
        pytest.param("name: &x *x", "not valid YAML", id="an anchor on an alias"),
        pytest.param("x: &x [shop]\nname: *x\n", "no `name`", id="an alias of a list for a name"),
        pytest.param("name: my-shop", "invalid package name", id="a dash in the name"),
        pytest.param("name: 1shop", "invalid package name", id="a digit first"),
        pytest.param("name: shöp", "invalid package name", id="a letter pub does not take"),
        pytest.param("name: ../shop", "invalid package name", id="a path for a name"),
        pytest.param("name: shop\nversion: 1.4", "invalid version", id="two numbers"),
        pytest.param("name: shop\nversion: v1.4.0", "invalid version", id="a v before it"),
        pytest.param("name: shop\nversion: 1.4.0+27+3", "invalid version", id="two builds"),
        pytest.param("name: shop\nversion: 1.4.0+", "invalid version", id="an empty build"),
        pytest.param("name: shop\nversion: 1.4.0/2", "invalid version", id="a slash"),
        pytest.param(
            "name: shop\nversion: 1.\N{FULLWIDTH DIGIT FOUR}.0",
            "invalid version",
            id="a digit of Japan",
        ),
        pytest.param('name: shop\nversion: "1.4.0\\n"', "invalid version", id="a line break"),
        pytest.param("name: a\nname: b\n", "the key 'name' twice", id="two names"),
        pytest.param("name: a\n---\nname: b\n", "more than one", id="two documents"),
        pytest.param("name: a: b", "not valid YAML at line 1, column", id="two colons"),
        pytest.param("name: shop\n\tx: 1", "not valid YAML at line 2", id="a tab before a key"),
        pytest.param("name: 'shop", "not valid YAML", id="an open quote"),
        pytest.param("name: shop\0", "not valid YAML", id="a null character"),
        pytest.param("name: \ud800", "not valid YAML", id="half a character"),
    ],
)
def test_what_pub_would_not_read_is_named(text: str, message: str) -> None:
    with pytest.raises(ProjectError) as failure:
        parse_pubspec(text, where="apps/shop/pubspec.yaml")

    assert message in failure.value.message
    assert failure.value.message.startswith("apps/shop/pubspec.yaml ")


@pytest.mark.parametrize(
    ("lines", "is_flutter"),
    [
        ("dependencies: {flutter: {sdk: flutter}}", True),
        ("flutter: {uses-material-design: true}", True),
        ("dependencies: {http: any}", False),
        ("dev_dependencies: {flutter: {sdk: flutter}}", False),
    ],
)
def test_a_flutter_project_has_a_section_or_depends_on_flutter(
    lines: str,
    is_flutter: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    assert parse_pubspec(f"name: shop\n{lines}\n").is_flutter is is_flutter


def test_what_is_written_once_and_means_two_builds_is_read_twice() -> None:
    text = "version: &it 1.4.0+27\nname: shop\ndev_dependencies: {sentry_dart_plugin: any}\n"

    found = parse_pubspec(text + "sentry: {version: *it}\n")

    assert found.plugin == DartPluginConfig(version="1.4.0+27")
    assert parse_pubspec("name: shop\nx: &it 1.4.0+27\nversion: *it\n").version == "1.4.0+27"


LINES = st.lists(
    st.sampled_from(
        [
            "name: shop",
            "version: 1.0.0+1",
            "name:",
            "a: &a [x]",
            "b: *a",
            "- x",
            "? k",
            ": v",
            "---",
            "...",
            "{",
            "}",
            "[",
            "]",
            "'",
            '"',
            "  x: >",
            "\ttab",
            "%YAML 1.2",
            "!t x",
            "<<: *a",
        ]
    )
).map("\n".join)


@tried
@given(st.text() | LINES)
def test_any_text_is_a_pubspec_or_a_mistake_in_the_project(text: str) -> None:
    try:
        found = parse_pubspec(text)
    except ProjectError as error:
        assert error.hint  # noqa: PT017 - either outcome is fine, a third is not
    else:
        assert found.name.isidentifier()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("a: " + "[" * 100_000, id="brackets in a value"),
        pytest.param("a: " + "{b: " * 100_000, id="braces"),
        pytest.param("- " * 100_000, id="dashes"),
        pytest.param("? " * 100_000, id="question marks"),
        pytest.param("a: " + "&a " * 100_000, id="anchors"),
        pytest.param("a: !<" + "a" * 1_000_000, id="a tag that does not end"),
        pytest.param('a: "' + "\\x" * 500_000, id="half escapes"),
        pytest.param("\n".join(" " * n + "a:" for n in range(1300)), id="a staircase"),
    ],
)
def test_nesting_cannot_make_reading_grow(text: str) -> None:
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(ProjectError):
        parse_pubspec(text)
    _, max_count = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert time.process_time() - began < 2
    assert max_count < 20 * MAX_BYTES


def test_aliases_cannot_make_reading_grow() -> None:
    rows = ["a0: &a0 [x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)]
    began = time.process_time()

    assert parse_pubspec("\n".join([*rows, "name: shop"])) == Pubspec(name="shop")
    assert time.process_time() - began < 1


def test_a_message_shows_only_the_beginning_of_a_huge_value() -> None:
    with pytest.raises(ProjectError) as failure:
        parse_pubspec(f"name: shop\nversion: {'1.' * 100_000}")

    assert len(str(failure.value)) < 500


def test_the_version_of_a_package_that_the_app_lacks_is_unknown() -> None:
    assert describe_version("a", None) == "The version of a is unknown."
