"""Claims about Gradle scripts: what is text stays text, and what is set where is found."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.flutter.gradle.gradle_lexer import GradleSyntaxError, mask_literals
from sentry_release.flutter.gradle.parser import (
    GradleScript,
    include_applied_scripts,
    parse_block_path,
    parse_gradle,
)
from sentry_release.flutter.gradle.settings import FromFlutter, evaluate_setting, find_settings
from sentry_release.model.platform import Unknown

GROOVY, KOTLIN = "build.gradle", "build.gradle.kts"


def found(text: str, *words: str, file: str = GROOVY) -> list[tuple[tuple[str, ...], str, str]]:
    taken = find_settings(parse_gradle(text.encode(), file=file), words)
    return [(one.path, one.word, one.source.strip()) for one in taken]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("a // b {", "a       ", id="a comment to the end of the line"),
        pytest.param("a /* b { */ c", "a           c", id="a comment in the middle"),
        pytest.param("'a{'", '"__"', id="single quotes"),
        pytest.param('"a\\"{"', '"____"', id="an escaped quote"),
        pytest.param('"a${b("}")}{"', '"___________"', id="a string in a template"),
        pytest.param('"${ {-> "}" }() }"', '"________________"', id="a closure in a template"),
        pytest.param('"${ { a } + "b" }"', '"________________"', id="a string after a closure"),
        pytest.param("'http://a'", '"________"', id="an address is no comment"),
        pytest.param("'''a'{\n'''", '"________"', id="a string of several lines"),
        pytest.param("x = /a{'/", 'x = "___"', id="a slashy string"),
        pytest.param("x =~ /a\\/{/", 'x =~ "____"', id="a pattern with a slash"),
        pytest.param("a / b / c", "a / b / c", id="a division"),
        pytest.param("x = $/a{/$", 'x = "____"', id="a dollar slashy string"),
    ],
)
def test_groovy_comments_and_strings_are_masked_in_place(text: str, code: str) -> None:
    assert mask_literals(text, kotlin=False) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("/* a /* b */ { */ c", "                  c", id="a comment in a comment"),
        pytest.param('"""\\""" + {', '"_____" + {', id="a raw string knows no escapes"),
        pytest.param('"""a"""" + b', '"______" + b', id="a raw string that ends in a quote"),
        pytest.param("'{' + '\"'", '"_" + "_"', id="characters"),
        pytest.param('"${if (a) "}" else "{"}"', '"______________________"', id="a template"),
    ],
)
def test_kotlin_comments_and_strings_are_masked_in_place(text: str, code: str) -> None:
    assert mask_literals(text, kotlin=True) == code


@given(text=st.text(alphabet="ab {}()\"'/*$\\\n=", max_size=60), kotlin=st.booleans())
@tried
def test_masking_moves_nothing(text: str, kotlin: bool) -> None:  # noqa: FBT001 - hypothesis gives it by name
    try:
        code = mask_literals(text, kotlin=kotlin)
    except GradleSyntaxError as error:
        code = text
        broken = error.offset
    else:
        broken = 0

    assert broken is not None
    assert 0 <= broken <= len(text)
    assert len(code) == len(text)
    assert all(new in {old, " ", "_", '"'} for old, new in zip(text, code, strict=True))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("android", ("android",)),
        ("android.defaultConfig", ("android", "defaultConfig")),
        ("'beta-test'", ("beta-test",)),
        ('create("prod")', ("prod",)),
        ("register('prod')", ("prod",)),
        ('productFlavors.maybeCreate("prod").apply', ("productFlavors", "prod")),
        ('buildTypes.named("release").configure', ("buildTypes", "release")),
        ("val demo by creating", ("demo",)),
        ("project.android", ("android",)),
        ("configure<com.android.build.gradle.AppExtension>", ("android",)),
        ("all", ("?all",)),
        ("productFlavors.configureEach", ("?productFlavors.configureEach",)),
        ("if (ci)", ("?if (ci)",)),
        ('"$name"', ('?"_____"',)),
        ("", ("?",)),
    ],
)
def test_a_block_is_known_by_what_it_sets_up(head: str, names: tuple[str, ...]) -> None:
    code = head if head.startswith("val") else mask_literals(head, kotlin=False)

    assert parse_block_path(code, head) == names


def test_settings_are_found_with_the_blocks_around_them_in_order() -> None:
    text = """
    word "a"
    outer {
        middle.inner { word = "b" }
        word("c"); other.word = "d"
        if (x)
            word "e"
        word.set(
            "f"
        )
    }
    """

    assert found(text, "word") == [
        ((), "word", '"a"'),
        (("outer", "middle", "inner"), "word", '"b"'),
        (("outer",), "word", '"c"'),
        (("outer", "other"), "word", '"d"'),
        (("outer", "?if (x)"), "word", '"e"'),
        (("outer",), "word", '"f"'),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "word",
        "println(word)",
        "x = word",
        "if (word == 'a') { }",
        "word()",
        "passwords = 'a'",
        "words 'a'",
        "keyword = 'a'",
        "x = [word: 'a']",
        "fun word(a: Int) = a",
        "word != 'a'",
        "x.word ?: 'a'",
        "if (word != null) { }",
        "val word = run { 'a' }",
        "fun word(a: Int): String { }",
    ],
)
def test_a_word_that_is_only_mentioned_is_not_set(text: str) -> None:
    assert found(text, "word") == []


@pytest.mark.parametrize(
    "text",
    [
        "if (a) word 'b'",
        "x -> word = 'b'",
        "a ? word('b') : c",
        "else word = 'b'",
        "if (a) setWord('b')",
        "word = run { 'b' }",
        "word = when (a) {\n 1 -> 'b'\n else -> 'c'\n}",
        "word = if (a) { 'b' } else { 'c' }",
        "word provider { 'b' }",
    ],
)
def test_a_word_set_in_the_middle_of_a_statement_depends(text: str) -> None:
    ((path, word, output),) = found(text, "word")

    assert (path[-1][0], word, output) == ("?", "word", "")


@pytest.mark.parametrize("between", ["} ", "}", "}\n", "}\n\n"])
def test_an_else_is_a_condition_wherever_its_brace_stands(between: str) -> None:
    text = f"if (a) {{ b = 1 {between}else {{ word 'c' }}"

    assert found(text, "word") == [(("?else",), "word", "'c'")]


@pytest.mark.parametrize(
    "text",
    [
        "word =\n  'a'",
        "word = // why\n  'a'",
        "word(\n  'a'\n)",
        "word /* why\n */ 'a'",
        "word 'a' // why",
    ],
)
def test_a_statement_may_go_on_over_lines_and_comments(text: str) -> None:
    assert [output for _, _, output in found(text, "word")] == ["'a'"]


def test_a_value_followed_by_a_call_is_not_a_text() -> None:
    assert found("word = 'a'\n  .reverse()", "word") == [((), "word", "'a'\n  .reverse()")]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"a"', "a"),
        ("'$a'", "$a"),
        ('""', ""),
        ("'''a'''", "a"),
        ("(((('a'))))", "a"),
        ('"""a"b"""', 'a"b'),
        ("12", "12"),
        ("12_000L", "12000"),
        ("null", None),
        ('"a".toString()', "a"),
        ("'a' as String", "a"),
        ("flutter.versionName", FromFlutter(key="versionName", default="1.0")),
        ("flutter.versionCode.toInteger()", FromFlutter(key="versionCode", default="1")),
        (
            "(properties['flutter.versionCode'] as String?)?.toInt() ?: 3",
            FromFlutter(key="versionCode", default="3"),
        ),
        (
            "localProperties.getProperty('flutter.versionName')",
            FromFlutter(key="versionName", default=None),
        ),
    ],
)
def test_an_expression_without_a_choice_has_a_value(
    expression: str, expected: str | FromFlutter | None
) -> None:
    taken = parse_gradle(f"word = {expression}".encode(), file=GROOVY)

    assert evaluate_setting(taken, find_settings(taken, ["word"])[0], hint="hint") == expected


@pytest.mark.parametrize(
    "expression",
    [
        '"$a"', '"${a}"', "'a' + 'b'", "f('a')", "a.b", "-1", "010", "1 + 1", "'a\\'b'", "a ?: 'b'",
        "flutter.versionName + 'a'", "localProperties.getProperty('flutter.versionName') ?: a",
        "localProperties.getProperty('flutter.versionName') ?: \"$a\"", "[1]", "x" * 5000,
        '"""a$b"""', "/a/",
    ],
)  # fmt: skip
def test_an_expression_with_a_choice_is_reported_as_written(expression: str) -> None:
    taken = parse_gradle(f"\n\nword = {expression}".encode(), file=GROOVY)

    read = evaluate_setting(taken, find_settings(taken, ["word"])[0], hint="hint")

    assert isinstance(read, Unknown)
    assert f"`{expression[:20]}" in read.reason
    assert (read.location, read.hint) == ("build.gradle, line 3", "hint")
    assert len(read.reason) < 200


@pytest.mark.parametrize(("length", "shown"), [(60, "x" * 60), (61, f"{'x' * 60}…")])
def test_a_message_shows_60_characters_of_an_expression(length: int, shown: str) -> None:
    script = parse_gradle(f"word = {'x' * length}".encode(), file=GROOVY)

    found = evaluate_setting(script, find_settings(script, ["word"])[0], hint="hint")

    assert isinstance(found, Unknown)
    assert f"`{shown}`" in found.reason


def test_a_script_beyond_all_measure_is_refused() -> None:
    assert not parse_gradle(b" " * 128 * 1024, file=KOTLIN).statements
    with pytest.raises(GradleSyntaxError, match="128 KiB"):
        parse_gradle(b" " * (128 * 1024 + 1), file=KOTLIN)


def test_blocks_are_read_up_to_a_depth_of_100() -> None:
    (*_, innermost) = parse_gradle(b"a {" * 100 + b"b" + b"}" * 100, file=GROOVY).statements

    assert innermost.path == ("a",) * 100
    with pytest.raises(GradleSyntaxError, match="too deep"):
        parse_gradle(b"a {" * 101 + b"}" * 101, file=GROOVY)


def applying(counts: list[int]) -> GradleScript:
    """A script that applies so many, the last of which applies as many as the next number says."""

    def read(path: PurePosixPath) -> bytes | None:
        depth, number = map(int, path.stem.split("-"))
        is_last = number == counts[depth] - 1 and depth + 1 < len(counts)
        return applies(depth + 1) if is_last else b"word = 1"

    def applies(depth: int) -> bytes:
        lines = [f"apply from: '{depth}-{number}.gradle'" for number in range(counts[depth])]
        return "\n".join(lines).encode()

    return include_applied_scripts(parse_gradle(applies(0), file=GROOVY), read)


@pytest.mark.parametrize("counts", [[5], [1, 1, 1], [5, 5, 5]])
def test_five_scripts_are_applied_by_each_and_three_in_a_row(counts: list[int]) -> None:
    read = sum(counts) - len(counts) + 1

    assert len(find_settings(applying(counts), ["word"])) == read


@pytest.mark.parametrize("counts", [[6], [1, 6], [1, 1, 1, 1]])
def test_more_applied_scripts_are_refused(counts: list[int]) -> None:
    with pytest.raises(GradleSyntaxError, match="too many scripts"):
        applying(counts)


@pytest.mark.parametrize(
    "lines",
    [
        "def a = '1'\ndef b = a\nword = b",
        "def a = properties['flutter.versionCode']\ndef b = a\n"
        "if (b == null) { b = '3' }\nword = b",
        "def a = properties['flutter.versionCode']\nif (a == 1) { a = '3' }\nword = a",
        "def a = properties['flutter.versionCode']\nif (a == null) { a = '3' }\n"
        "if (a == null) { a = '4' }\nword = a",
    ],
)
def test_a_constant_that_names_another_one_is_unknown(lines: str) -> None:
    script = parse_gradle(lines.encode(), file=GROOVY)

    (setting,) = find_settings(script, ["word"])

    assert isinstance(evaluate_setting(script, setting, hint="hint"), Unknown)


@pytest.mark.parametrize("lines", ["outer { a = '1' }\nword = a", "word = a\na = '1'"])
def test_a_property_of_another_block_or_a_later_line_is_no_constant(lines: str) -> None:
    script = parse_gradle(lines.encode(), file=GROOVY)

    (setting,) = find_settings(script, ["word"])

    assert isinstance(evaluate_setting(script, setting, hint="hint"), Unknown)


@pytest.mark.parametrize("block", ["{}", "outer {{ {} }}", "outer {{ inner {{ {} }} }}"])
def test_a_default_that_is_set_where_flutter_gives_no_value_counts(block: str) -> None:
    lines = "def a = properties['flutter.versionCode']\nif (a == null) { a = '3' }\nword = a\n"
    script = parse_gradle(block.format(lines).encode(), file=GROOVY)

    (setting,) = find_settings(script, ["word"])

    assert evaluate_setting(script, setting, hint="hint") == FromFlutter(
        key="versionCode", default="3"
    )


def test_a_string_within_a_template_may_have_templates_with_braces() -> None:
    text = 'word = "${a("${ { b } }")} c"\nother = 1\n'

    script = parse_gradle(text.encode(), file=KOTLIN)

    assert [one.code for one in script.statements] == ['word = "' + "_" * 20 + '"', "other = 1"]
