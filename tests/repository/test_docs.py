"""The pages agree: every link has a target, and every message exists in the source."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from job import ROOT
from sentry_release import errors
from sentry_release.cli.error_report import CANCELLED_EXIT_CODE
from source_texts import is_message_in_source

README, DOCS = ROOT / "README.md", ROOT / "docs"
WRITTEN_BY_PROGRAM = {DOCS / "pictures", ROOT / "tests/expected"}
FOLDERS = ("docs", "bench", "examples", "fuzz", "lab", "tests")
FOUND = (*ROOT.glob("*.md"), *(page for one in FOLDERS for page in (ROOT / one).rglob("*.md")))
PAGES = tuple(
    sorted(
        page
        for page in FOUND
        if not WRITTEN_BY_PROGRAM & set(page.parents) and ".venv" not in page.parts
    )
)
NAMED = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES]
TROUBLES = [(README, "Troubleshooting"), (DOCS / "troubleshooting.md", "")]
KB = 1000
_PARSER = MarkdownIt("commonmark").enable("table")


@cache
def parsed(page: Path) -> list[Token]:
    return _PARSER.parse(page.read_text())


def tokens(page: Path) -> Iterator[Token]:
    """The page as a CommonMark parser reads it, what stands within lines included."""
    for token in parsed(page):
        yield token
        yield from token.children or ()


def links(page: Path) -> list[str]:
    """Where its links and pictures lead to."""
    found = (token.attrs.get("href") or token.attrs.get("src") for token in tokens(page))
    return [str(one) for one in found if one]


@cache
def anchors(page: Path) -> set[str]:
    """What its headings are called, by GitHub's rule; a name that is there twice gets a number."""
    found: dict[str, int] = {}
    names = set()
    for opening, inline in pairwise(parsed(page)):
        if opening.type != "heading_open":
            continue
        text = "".join(one.content for one in inline.children or () if one.type != "html_inline")
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if name in found else name)
        found[name] = found.get(name, 0) + 1
    return names


@pytest.mark.parametrize("page", NAMED)
def test_every_link_to_our_own_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_a_link_to_nowhere_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text(
        "# Why not …\n\n## Gradle without Flutter's tool\n\n## Two `x`\n"
    )

    assert anchors(tmp_path / "b.md") == {"why-not-", "gradle-without-flutters-tool", "two-x"}
    (tmp_path / "a.md").write_text("[a](b.md#two-x) [b](b.md#two)\n")
    with pytest.raises(AssertionError, match=r"b\.md#two"):
        test_every_link_to_our_own_leads_somewhere(tmp_path / "a.md")


def test_every_page_of_the_docs_is_led_to_from_the_readme() -> None:
    reached, waiting = set(), {README}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = {(page.parent / unquote(link).partition("#")[0]).resolve() for link in links(page)}
        found |= {one / "README.md" for one in found if (one / "README.md").is_file()}
        waiting |= {one for one in found if one.suffix == ".md" and one.is_file()} - reached

    assert {page for page in PAGES if DOCS in page.parents} <= reached


@pytest.mark.parametrize("page", NAMED)
def test_prose_has_one_sentence_on_a_line(page: Path) -> None:
    crowded = []
    for opening, token in pairwise(parsed(page)):
        if token.type == "inline" and opening.type not in {"td_open", "th_open"}:
            crowded += re.findall(
                r".*[a-z`)][.?!] [A-Z].*", "".join(map(as_read, token.children or ()))
            )

    assert crowded == []


def as_read(token: Token) -> str:
    """What a piece of a line reads like; code is only a mark, since it may hold anything."""
    if token.type == "code_inline":
        return "`"
    return "\n" if "break" in token.type else token.content


def troubles() -> Iterator[tuple[str, str]]:
    """The messages that our pages explain, each with the page that does."""
    for page, heading in TROUBLES:
        text = page.read_text()
        section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0] if heading else text
        for message in re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE):
            yield message, page.name


@pytest.mark.parametrize(
    "message", [pytest.param(text, id=f"{page}: {text}") for text, page in troubles()]
)
def test_every_documented_message_is_in_the_source(message: str) -> None:
    assert is_message_in_source(message)
    assert len(re.findall(r"\w+", message)) >= 2


def test_a_message_that_is_not_in_the_source_is_detected() -> None:
    assert list(troubles())
    assert not is_message_in_source("Sentry … is asleep")
    assert is_message_in_source("auth-token … is empty")


def test_the_readme_explains_no_message_that_the_page_of_them_all_does_not() -> None:
    by_page = {page: {text for text, name in troubles() if name == page} for _, page in troubles()}

    assert by_page["README.md"] <= by_page["troubleshooting.md"]


def test_contributing_lists_every_make_target() -> None:
    makefile, page = (ROOT / "Makefile").read_text(), (ROOT / "CONTRIBUTING.md").read_text()
    verbs = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert verbs == set(re.findall(r"`make ([a-z]+)\b", page))


def test_both_pages_have_the_same_exit_codes() -> None:
    tables = [
        re.findall(r"^\| (\d+) \| (.+) \|$", page.read_text(), re.MULTILINE) for page, _ in TROUBLES
    ]

    assert tables[0] == tables[1]
    classes = {one.exit_code for one in errors.ActionError.__subclasses__()}
    known = {0, errors.BUG_EXIT_CODE, CANCELLED_EXIT_CODE} | classes
    assert {int(code) for code, _ in tables[0]} == known
