"""Claims about templates, and about text from elsewhere that stands in Markdown."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from job import ROOT
from properties import tried
from sentry_release.adapters.templates import markdown, render
from sentry_release.errors import WorkflowError
from sentry_release.model.foreign_text import replace_hiding
from sentry_release.report.page import Status, SummaryPage

VARIABLES: Mapping[str, str | None] = {
    "package": "shop",
    "version": "1.4.0",
    "build": None,
    "tag": None,
    "short_sha": "6f9c0a1",
}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        pytest.param("{{ package }}@{{ version }}", "shop@1.4.0", id="what is known"),
        pytest.param("{{ package }}{{ '+' ~ build if build }}", "shop", id="a build if there is"),
        pytest.param("{{ tag | default(short_sha) }}", "6f9c0a1", id="a tag, or else the commit"),
        pytest.param("{{ version if tag is defined else 'x' }}", "x", id="asking for a tag"),
        pytest.param("{{ package | upper }}@<1&2>", "SHOP@<1&2>", id="nothing is encoded"),
        pytest.param("{{ version.split('.')[0] }}", "1", id="parts of a text"),
        pytest.param("{{ 'a' * 5000 }}", "a" * 4096, id="a name no longer than anyone could want"),
    ],
)
def test_a_template_makes_a_name(template: str, name: str) -> None:
    assert answer(template)["texts"] == [name]


ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ package | attr('__class__') }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ joiner.__init__.__globals__.os }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "{{ (1).__class__.__base__.__subclasses__() }}",
    "{{ [].append(1) }}",
    "{{ {}.update(a=1) }}",
    "{{ range.__self__ }}",
    "{{ open('/etc/passwd') }}",
    "{{ config }}",
    "{{ request.environ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../../etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'nothing' %}",
]
MISTAKES = [
    "{{ nope }}",
    "{{ tag }}",
    "{{ package.nope }}",
    "{{ package",
    "{% if %}",
    "{% for %}",
    "{% nope %}",
    "{{ package | nope }}",
    "{{ package is nope }}",
    "{{ 1 / 0 }}",
    "{{ 'a' + 1 }}",
    "{{ 'a'.encode('nope') }}",
    "{{ [1][5] }}",
    "{{ package() }}",
    "{{ 1 | moment }}",
    "{{ 'a' | duration }}",
    "{{ cycler().next() }}",
    "{{ 9" + "9" * 5000 + " }}",
    "{{ range(10 ** 9) }}",
    "{{ 'a' * 10 ** 15 }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{% for a in [1] %}" * 30 + "{% endfor %}" * 30,
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
]


def answer(template: str, *, is_name: bool = True) -> dict[str, Any]:
    """What the process of a template answers, without starting one."""
    known = {key: value for key, value in VARIABLES.items() if value is not None} | {"build": ""}
    request = {"template": template, "values": [known], "is_name": is_name}
    return dict(json.loads(render.render_request(json.dumps(request))))


@pytest.mark.parametrize("template", ESCAPES + MISTAKES, ids=lambda text: text[:60])
@pytest.mark.parametrize("is_name", [True, False], ids=["a name", "a text"])
def test_a_template_reaches_nothing_and_a_mistake_has_words(
    template: str, *, is_name: bool
) -> None:
    assert answer(template, is_name=is_name)["problem"]


@pytest.mark.parametrize(
    "template",
    [
        ESCAPES[0],
        "{% if %}",
        *(pytest.param(text, marks=pytest.mark.large) for text in (MISTAKES[0], MISTAKES[-1])),
    ],
)
def test_a_template_that_cannot_be_filled_is_a_mistake_in_the_workflow(template: str) -> None:
    with pytest.raises(WorkflowError, match="The template in `release` cannot be filled") as one:
        render.render_release_name(template, VARIABLES)
    with pytest.raises(WorkflowError, match="The template in `mine` cannot be filled"):
        render.render_texts(template, "mine", [{"package": "shop"}])

    assert one.value.hint.startswith("It may use: build, package, short_sha, version. ")
    assert len(str(one.value)) < 1000


def test_what_has_no_value_in_this_run_is_not_offered() -> None:
    with pytest.raises(WorkflowError, match="'tag' is undefined") as one:
        render.render_release_name(
            "{{ package }}@{{ tag }}", {"package": "shop", "tag": None, "flavor": None}
        )

    assert one.value.hint == (
        "It may use: build, package. "
        "In this run these have no value, unless `| default(…)` gives one: flavor, tag."
    )
    values = {"package": "shop", "tag": None}
    assert (
        render.render_release_name("{{ package }}@{{ tag | default('1.0.0') }}", values)
        == "shop@1.0.0"
    )


DOUBLED = (
    "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
)
SQUARED = (
    "{% set n = namespace(x=9) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}"
)
HUGE = [
    DOUBLED,
    SQUARED,
    "{{ 'a' * 10 ** 10 }}",
    "{{ 10000000000 * 'a' }}",
    "{{ [1] * 10000000000 }}",
    "{{ '%4000000000d' % 1 }}",
    "{{ '{:>4000000000}'.format(1) }}",
    "{{ 'a'.ljust(4000000000) }}",
    "{{ 'a' | center(4000000000) }}",
    "{{ 'a' | indent(4000000000, first=true) }}",
    "{{ ('a' * 1000000).replace('a', 'a' * 1000000) }}",
    "{{ range(90000) | map('string') | join('a' * 1000000) }}",
]


RENDER_ALL = """
import json, resource, sys
from sentry_release.adapters.templates import render
from sentry_release.errors import WorkflowError

refused = 0
for template in json.load(sys.stdin):
    try:
        render.render_release_name(template, {"package": "shop"})
    except WorkflowError as error:
        refused += "cannot be filled" in str(error)
print(refused, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize(
    "templates",
    [
        pytest.param(HUGE[:2] + HUGE[3::3], id="one of each kind"),
        pytest.param(HUGE, id="all", marks=pytest.mark.large),
    ],
)
def test_a_template_cannot_fill_the_memory(templates: list[str]) -> None:
    # In a fresh process: RUSAGE_CHILDREN counts the children of all earlier tests, and Linux
    # counts the memory of the process that starts a child as memory of that child.
    ended = subprocess.run(  # noqa: S603 - a list, no shell
        [sys.executable, "-c", RENDER_ALL],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        input=json.dumps(templates),
        capture_output=True,
        text=True,
        check=True,
    )

    refused, peak_kb = map(int, ended.stdout.split())
    assert refused == len(templates)
    assert peak_kb / 1024 < 300


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 3 * 4 }}", "12"),
        ("{{ 'ab' * 2 }}", "abab"),
        ("{{ 2 * 1.5 }}", "3.0"),
        ("{{ 7 % 4 }}", "3"),
    ],
)
def test_a_template_may_multiply_what_stays_small(template: str, text: str) -> None:
    assert answer(template)["texts"] == [text]


def test_the_line_of_a_mistake_is_named() -> None:
    with pytest.raises(WorkflowError, match=r"'end of print statement'\.\n") as one:
        render.render_texts("one\ntwo\n{{ three", "mine.j2", [{}])

    assert one.value.reason == "Jinja2 does not understand line 3 of it."


WORDS = (
    "{{|}}|{%|%}|package|nope|'a'|1|(|)|[|]|.|,|+|*|~|-|if|else|for x in|endif|endfor|set x =|is"
)
BITS = [*WORDS.split("|"), "|", "| md", "| code", "| moment", "__class__", "\n", "{#", "#}"]


@tried
@given(st.lists(st.sampled_from(BITS) | st.text(max_size=4), max_size=10).map(" ".join))
def test_any_template_gives_a_text_or_a_mistake_in_the_workflow(template: str) -> None:
    found = answer(template)

    assert found.get("problem") or len(found["texts"][0]) <= 4096


def test_one_template_leaves_nothing_behind_for_the_next() -> None:
    answer("{% set package = 'evil' %}{% macro m() %}{% endmacro %}{{ package }}")

    assert answer("{{ package }}")["texts"] == ["shop"]
    assert answer("{{ m() }}")["problem"]


# --- text from elsewhere, in Markdown ---

MARKDOWN = st.text(
    st.sampled_from("aZ1 \n\r\t\\`*_{}[]()#+-.!|<>~&@:$=^\"'/;\u2028\0é") | st.characters(),
    max_size=40,
)
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MAX_SHOWN = {"text", "code_inline", "softbreak"}


def tokens(text: str) -> list[Token]:
    """What a CommonMark parser with GitHub's tables makes of a text."""
    return [one for token in PARSER.parse(text) for one in (token, *(token.children or ()))]


def form(text: str) -> list[str]:
    """The kinds of everything on a page but its text and code."""
    return [one.type for one in tokens(text) if one.type not in MAX_SHOWN]


def visible(text: str) -> str:
    """What a reader sees of a text, code included."""
    return "".join(one.content for one in tokens(text) if one.type in MAX_SHOWN)


def in_places(filled: str) -> list[tuple[str, str]]:
    """A text in each place of our templates, and the same place with a harmless one."""
    places = ["%s", "> %s", "[%s](https://a.test)", "a %s b", "| a |\n|---|\n| %s |", "### %s"]
    return [(place % filled, place % "x") for place in places]


@tried
@given(MARKDOWN | st.text(st.sampled_from("*_`~[]()!<>a-#1.)\\ ")))
def test_escaped_text_is_only_text_wherever_it_stands(text: str) -> None:
    filled = markdown.escape_markdown(text)

    assume(filled)
    assert [form(one) for one, _ in in_places(filled)] == [form(x) for _, x in in_places(filled)]
    assert not re.search(r"(?<!\\):(?=//)|(?i:www)\.|(?<!\\)[$~]", filled)


@tried
@given(MARKDOWN | st.text(st.sampled_from("*_`~[]()!<>a-#1.)@\\ ")))
def test_a_message_is_only_text_and_code_wherever_it_stands(text: str) -> None:
    filled = markdown.format_table_cell(markdown.render_message(text))

    assume(filled)
    assert [form(one) for one, _ in in_places(filled)] == [form(x) for _, x in in_places(filled)]
    assert not re.search(r"@[\w-]", re.sub("(`+)[^`].*?(?<!`)\\1(?!`)", "", filled))


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("Set `environment`.", "Set `environment`.", id="what we name is code"),
        pytest.param("shop@1.4.0+27: done.", "`shop@1.4.0+27`: done.", id="a name can be copied"),
        pytest.param(
            "'shop@1' is on @main.", "'`shop@1`' is on `@main`.", id="no user is mentioned"
        ),
        pytest.param("a ` b", r"a \` b", id="a backtick alone"),
        pytest.param("a `` b", r"a \`\` b", id="no code between two"),
        pytest.param("needs `checks: read` (403)", "needs `checks: read` (403)", id="no escapes"),
        pytest.param("SENTRY_RELEASE-x is 1.4.0+27!", "SENTRY_RELEASE-x is 1.4.0+27!", id="names"),
        pytest.param("1. [a](http://b)", r"1\. \[a\](http\://b)", id="Markdown"),
    ],
)
def test_a_message_reads_as_it_was_written(text: str, filled: str) -> None:
    assert markdown.render_message(text) == filled


@tried
@given(MARKDOWN)
def test_escaped_text_is_one_line(text: str) -> None:
    for filled in (
        markdown.escape_markdown(text),
        markdown.format_code(text),
        markdown.format_code_block(text),
    ):
        assert len(f"{filled}x".splitlines()) == 1


@tried
@given(MARKDOWN)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assume("\0" not in text)

    assert visible(markdown.escape_markdown(text)) == replace_hiding(" ".join(text.split()))


@tried
@given(MARKDOWN, st.text(st.sampled_from("abc-"), min_size=1))
def test_no_user_is_mentioned(text: str, name: str) -> None:
    filled = markdown.escape_markdown(f"{text}@{name}")

    texts = "".join(one.content if one.type == "text" else " " for one in tokens(filled))
    assert re.search(r"@[\w-]", texts) is None


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("shop@1.4.0+27", "`shop@1.4.0+27`", id="a release"),
        pytest.param("Zoe @acme/team.", "Zoe `@acme/team`.", id="a mention"),
        pytest.param("[x](http://e)", r"\[x\](http\://e)", id="a link"),
        pytest.param("![x](http://e)", r"!\[x\](http\://e)", id="an image"),
        pytest.param("<img src=x>", r"\<img src=x>", id="HTML"),
        pytest.param("a|b", r"a\|b", id="a cell"),
        pytest.param("\\[", r"\\\[", id="an escape that would undo the filter's"),
        pytest.param("  a\n\n# b", r"a # b", id="a heading on a line of its own"),
        pytest.param("https://e.test www.e.test", r"https\://e.test www\.e.test", id="addresses"),
    ],
)
def test_markdown_is_only_text(text: str, filled: str) -> None:
    assert markdown.escape_markdown(text) == filled


@tried
@given(MARKDOWN | st.text(st.sampled_from("`a |\\")))
def test_code_ends_where_it_ends_and_nowhere_before(text: str) -> None:
    filled = markdown.format_code(text)

    assert re.search(r"(?<!\\)\|", markdown.format_table_cell(filled)) is None
    runs = re.findall("`+", filled)
    assert filled.startswith(runs[0])
    assert filled.endswith(runs[-1])
    assert runs.count(runs[0]) == 2
    assert len(filled) > 2 * len(runs[0])


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("shop@1.4.0+27", "`shop@1.4.0+27`", id="a release"),
        pytest.param("a`b", "``a`b``", id="a backtick inside"),
        pytest.param("`", "`` ` ``", id="only a backtick"),
        pytest.param("``a", "``` ``a ```", id="two backticks in front"),
        pytest.param("a|b", "`a|b`", id="a bar"),
        pytest.param("a\nb", "`a b`", id="two lines"),
        pytest.param("", "` `", id="nothing"),
    ],
)
def test_code_is_shown_as_it_is(text: str, filled: str) -> None:
    assert markdown.format_code(text) == filled


@tried
@given(MARKDOWN | st.text(st.sampled_from("`~ \na")))
def test_nothing_ends_a_block_of_code(text: str) -> None:
    assert re.match(r" {0,3}`{3,}", markdown.format_code_block(text)) is None


@tried
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])) | MARKDOWN)
def test_an_address_is_one_link_or_none(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()

    link = markdown.format_link(f"https://e.test/{text}")

    kinds = [one.type for one in tokens(link) if one.type not in MAX_SHOWN]
    assert kinds == ["paragraph_open", "inline", "link_open", "link_close", "paragraph_close"]
    assert re.fullmatch(r"\[.*\]\([^\s()<>\\|`\"]+\)", link)
    assert markdown.format_link(f"x{text}") == markdown.format_code(f"x{text}")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param(
            "https://shop.test/a?b=c#d",
            r"[https\://shop.test/a?b=c#d](https://shop.test/a?b=c#d)",
            id="an address",
        ),
        pytest.param(
            "https://a/)[x](https://e/",
            r"[https\://a/)\[x\](https\://e/](https://a/%29[x]%28https://e/)",
            id="an address with another in it",
        ),
        pytest.param(
            "https://a/?b=1&lt;=2",
            r"[https\://a/?b=1\&lt;=2](https://a/?b=1&amp;lt;=2)",
            id="an address with what looks like an entity",
        ),
        pytest.param("javascript:alert(1)", "`javascript:alert(1)`", id="a script"),
        pytest.param("data:text/html,x", "`data:text/html,x`", id="a page in an address"),
        pytest.param("//e.test", "`//e.test`", id="no scheme"),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str, filled: str) -> None:
    assert markdown.format_link(text) == filled


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 commits: "), (1, "1 commit: "), (250, "250 commits: ")]
)
def test_commits_are_counted(count: int, text: str) -> None:
    assert markdown.format_commit_count(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (605, "10 min 5 s"), (7260, "121 min 0 s")],
)
def test_seconds_are_formatted_for_people(seconds: int, text: str) -> None:
    assert markdown.format_duration(seconds) == text


@pytest.mark.parametrize("hours", [0, 2, -7])
def test_a_time_is_shown_in_the_zone_it_names(hours: int) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert markdown.format_time(noon.astimezone(timezone(timedelta(hours=hours)))) == (
        "2026-03-01 12:00 UTC"
    )


def test_a_commit_is_shown_as_people_write_it() -> None:
    assert markdown.shorten_sha("6f9c0a1b" * 5) == "`6f9c0a1`"


# --- our own pages ---

HOSTILE_TEXT = (
    "x`` ` ```|</td><img src=x onerror=alert(1)>[evil](https://evil.test)![i](https://evil.test)"
    "@octocat\n\n# heading\n```\n~~~\n<script>alert(1)</script> <!-- &lt;"
)


def page(status: Status, text: str) -> SummaryPage:
    """A page on which everything that comes from elsewhere is this text."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return SummaryPage(
        status=status,
        release=text,
        dist=text,
        environment=text,
        organization=text,
        projects=(text, text),
        release_url="https://sentry.test/release",
        range_url="https://github.test/range",
        head=text,
        previous_release=text,
        previous_commit=text,
        commit_count=2,
        commits_by="integration",
        authors=(text, text),
        dart_define_file=text,
        run_url="https://github.test/run",
        run_name=text,
        actor=text,
        job_status=text,
        deploy_url=f"https://shop.test/{text}",
        released=noon,
        finished=noon,
        took_s=600,
        notes=(text, text),
    )


TEMPLATES = [
    pytest.param("release", Status.CREATED, id="created"),
    pytest.param("release", Status.PLANNED, id="planned"),
    pytest.param("release", Status.NAMED, id="named"),
    pytest.param("release", Status.UNREACHED, id="unreached"),
    pytest.param("deployed", Status.DEPLOYED, id="deployed"),
    pytest.param("deployed", Status.ALREADY_DEPLOYED, id="deployed before"),
    pytest.param("deployed", Status.FINISHED, id="finished"),
    pytest.param("not_deployed", Status.NOT_DEPLOYED, id="not deployed"),
]


@pytest.mark.parametrize(("template", "status"), TEMPLATES)
def test_a_built_in_page_cannot_be_changed_by_its_values(template: str, status: Status) -> None:
    hostile_text = render.render_template(template, **page(status, HOSTILE_TEXT).to_values())
    plain = render.render_template(template, **page(status, "x").to_values())

    assert form(hostile_text) == form(plain)
    links = [str(one.attrs["href"]) for one in tokens(hostile_text) if one.type == "link_open"]
    known = ("https://sentry.test/release", "https://github.test/", "https://shop.test/")
    assert [link for link in links if not link.startswith(known)] == []
    assert HOSTILE_TEXT.split("\n", maxsplit=1)[0] in visible(hostile_text)


@pytest.mark.parametrize(("template", "status"), TEMPLATES)
def test_no_markup_is_visible_and_every_name_can_be_copied(template: str, status: Status) -> None:
    note = "shop@1.4.0+27 is not in `web-*`: set `environment`, or `permissions: {checks: read}`."
    facts = replace(
        page(status, "shop-1_x@1.4.0+27"),
        authors=("Zoë (ci)",),
        notes=(note,),
        run_name="#129",
        actor="mira",
        deploy_url="https://shop.test/a?b=c#d",
    )

    text = render.render_template(template, **facts.to_values())

    observed = [one.content for one in tokens(text) if one.type == "text"]
    assert [one for one in observed if re.search(r"[\\`]", one)] == []
    assert "`shop@1.4.0+27` is not in `web-*`: set `environment`, or" in text
    assert "\u200b" not in text


@pytest.mark.parametrize(("template", "status"), TEMPLATES)
def test_a_built_in_page_omits_unknown_values(template: str, status: Status) -> None:
    needed = {"environment": "production", "release_url": "https://sentry.test/r"}
    facts = SummaryPage(status=status, release="shop@1", dart_define_file="").to_values()

    text = render.render_template(template, **(facts | (needed if template == "deployed" else {})))

    assert "shop@" in text
    assert "None" not in text


def test_a_users_page_may_use_what_built_in_pages_use() -> None:
    template = (
        "{{ status }}: {{ release | code }} {{ projects | join(', ') }} {{ took_s | duration }}"
    )

    texts = render.render_texts(template, "mine.j2", [page(Status.DEPLOYED, "x").to_values()])

    assert texts == ("deployed: `x` x, x 10 min 0 s",)


@pytest.mark.parametrize("hidden", ["\x1b[8m", "\x00", "\x7f", "\u202e", "\u2066"])
@pytest.mark.parametrize(
    "render",
    [
        markdown.escape_markdown,
        markdown.escape_subject,
        markdown.render_message,
        markdown.format_code,
        markdown.format_code_block,
    ],
)
def test_markdown_hides_and_reorders_nothing(render: Callable[[object], str], hidden: str) -> None:
    assert hidden[0] not in render(f"feat: {hidden}text")
