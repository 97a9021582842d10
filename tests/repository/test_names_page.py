"""docs/names.md says what the program says."""

import re
from importlib import import_module

from job import ROOT

PAGE = (ROOT / "docs/names.md").read_text()


def test_the_table_of_the_names_is_in_step() -> None:
    assert import_module("names_table").with_table(PAGE) == PAGE


def test_a_table_that_is_out_of_step_would_be_seen() -> None:
    stale = PAGE.replace("`com.example.shop@1.2.3.4+5`", "`com.example.shop@1.2.3-beta.4+5`")

    assert stale != PAGE
    assert import_module("names_table").with_table(stale) == PAGE


def test_the_page_has_one_sentence_on_a_line() -> None:
    prose = re.sub(r"^(\||<!--).*$", "", PAGE, flags=re.MULTILINE)

    assert [line for line in prose.splitlines() if re.search(r"[.?!] [A-Z]", line)] == []
