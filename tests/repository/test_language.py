"""What users read is plain English: words of a private dialect stay out of pages."""

import re
from pathlib import Path

import pytest

from job import ROOT

WORDS = re.compile(
    r"\b(?:parted|mend(?:s|ed|ing)?|whisper\w*|knock\w*|errands?|anew|whoever|somebody|nobody"
    r"|anybody|hurried)\b",
    re.IGNORECASE,
)
# The table of modules is written from docstrings, which are for readers of the code.
GENERATED = re.compile(r"<!-- modules -->.*?<!-- /modules -->", re.DOTALL)
PATTERNS = ("*.md", "docs/**/*.md", "**/action.yml", "templates/*.j2", "examples/workflows/*.yml")
PAGES = sorted(
    page
    for pattern in PATTERNS
    for page in ROOT.glob(pattern)
    if page.name not in {"doctor.md", "health.md.j2"}
    and not {".venv", "node_modules", "lab", "tests"} & set(page.relative_to(ROOT).parts)
)


def lines_with_a_word(path: Path, text: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), start=1)
        if WORDS.search(re.sub(r"`test_\w+`", "", line))
    ]


@pytest.mark.parametrize(
    "page", [pytest.param(one, id=str(one.relative_to(ROOT))) for one in PAGES]
)
def test_pages_action_files_and_templates_are_in_plain_words(page: Path) -> None:
    assert lines_with_a_word(page, GENERATED.sub("", page.read_text())) == []


def test_a_word_of_the_dialect_would_be_found() -> None:
    page = ROOT / "README.md"

    assert {page, ROOT / "action.yml"} <= set(PAGES)
    assert lines_with_a_word(page, "Fix it.\nMend it.") == ["README.md:2: Mend it."]
