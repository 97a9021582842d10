"""What users read is plain English: words of a private dialect stay out of pages and messages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from job import ROOT

SOURCE = ROOT / "src/sentry_release"
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
    if not {".venv", "node_modules", "lab", "tests"} & set(page.relative_to(ROOT).parts)
)


def lines_with_a_word(path: Path, text: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), start=1)
        if WORDS.search(re.sub(r"`test_\w+`", "", line))
    ]


def messages_of(path: Path) -> Iterator[ast.Constant]:
    """Every text in the source but docstrings."""
    tree = ast.parse(path.read_text())
    statements = (one.value for one in ast.walk(tree) if isinstance(one, ast.Expr))
    docstrings = {id(one) for one in statements if isinstance(one, ast.Constant)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node


@pytest.mark.parametrize(
    "page", [pytest.param(one, id=str(one.relative_to(ROOT))) for one in PAGES]
)
def test_pages_action_files_and_templates_are_in_plain_words(page: Path) -> None:
    assert lines_with_a_word(page, GENERATED.sub("", page.read_text())) == []


def test_messages_are_in_plain_words() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for path in sorted(SOURCE.rglob("*.py"))
        for node in messages_of(path)
        if WORDS.search(str(node.value))
    ]

    assert found == []


def test_a_word_of_the_dialect_would_be_found() -> None:
    page = ROOT / "README.md"

    assert {page, ROOT / "action.yml", ROOT / "docs/doctor.md"} <= set(PAGES)
    assert lines_with_a_word(page, "Fix it.\nMend it.") == ["README.md:2: Mend it."]
