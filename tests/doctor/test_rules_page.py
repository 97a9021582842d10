"""docs/doctor.md says what the rules say."""

import re
from importlib import import_module

from job import ROOT
from sentry_release.doctor.run_rules import ALL_CHECKS

PAGE = (ROOT / "docs/doctor.md").read_text()


def test_the_rules_of_the_page_are_in_step() -> None:
    assert import_module("doctor_page").replace_rules(PAGE) == PAGE


def test_a_page_that_is_out_of_step_would_be_seen() -> None:
    stale = PAGE.replace("### FD07 sessions-off", "### FD07 something-else")

    assert stale != PAGE
    assert import_module("doctor_page").replace_rules(stale) == PAGE


def test_every_rule_of_the_table_leads_to_its_section() -> None:
    anchors = re.findall(r"\| \[FD\d\d\]\(#([\w-]+)\)", PAGE)
    heads = [
        head.lower().replace(" ", "-") for head in re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
    ]

    assert len(anchors) == len(ALL_CHECKS)
    assert set(anchors) <= set(heads)


def test_each_rule_is_reported_in_whole_sentences_with_a_link_and_code_to_copy() -> None:
    for rule, _ in ALL_CHECKS:
        assert re.fullmatch(r"FD\d\d", rule.id)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name), rule.id
        assert all(text.endswith(".") for text in (rule.title, rule.reason, rule.fix)), rule.id
        assert rule.link.startswith("https://"), rule.id
        assert rule.snippet.strip() == rule.snippet != "", rule.id


def test_ids_and_names_are_given_once() -> None:
    assert (
        len({rule.id for rule, _ in ALL_CHECKS})
        == len({rule.name for rule, _ in ALL_CHECKS})
        == len(ALL_CHECKS)
    )


def test_how_many_rules_there_are_is_reported_right() -> None:
    readme = (ROOT / "README.md").read_text()

    assert f"looks for {len(ALL_CHECKS)} mistakes" in readme
