"""The pictures of our pages show what the program says today."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from job import ROOT
from photograph import html, inscription
from pictures import PICTURES, texts

MAX_BYTES = 150_000  # bytes
PAGES = [ROOT / "README.md", *ROOT.glob("docs/*.md")]


def test_what_is_shown_is_what_the_program_writes() -> None:
    written = texts()

    kept = {name: (PICTURES / name).read_text() for name in written}
    assert kept == written, "run `make pictures`"


@pytest.mark.parametrize("picture", sorted(PICTURES.glob("*.png")), ids=lambda path: path.name)
def test_a_photograph_is_of_the_text_beside_it_and_small(picture: Path) -> None:
    drawn = picture.read_bytes()

    text = picture.with_suffix(".md").read_text()
    assert inscription(text) in drawn, "run `make pictures`"
    assert inscription(text + "x") not in drawn
    assert len(drawn) <= MAX_BYTES


def test_every_picture_is_on_a_page_and_has_an_alternative_text() -> None:
    shown = set()
    for page in PAGES:
        for token in MarkdownIt().parse(page.read_text()):
            for one in token.children or ():
                if one.type == "image":
                    assert len(one.content) > 40
                    shown.add((page.parent / str(one.attrs["src"])).resolve())

    assert {one for one in PICTURES.iterdir() if one.suffix != ".md"} <= shown


def test_the_picture_of_a_summary_has_its_charts_and_emoji() -> None:
    page = html("| a |\n|---|\n| ✅ passed |\n\n```mermaid\npie <b>\n```\n\n```sh\nls\n```\n")

    assert '<svg class="mark"' in page
    assert '<div class="mermaid">pie &lt;b&gt;\n</div>' in page
    assert '<code class="language-sh">ls' in page
