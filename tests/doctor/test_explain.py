"""Claims about `sentry-release doctor explain`: it prints what docs/doctor.md says of a rule."""

import pytest

from job import ROOT
from sentry_release.cli.main import run
from sentry_release.doctor.explain import build_suppression
from sentry_release.doctor.fixes.fixers import FIXERS
from sentry_release.doctor.run_rules import ALL_CHECKS

RULES = [rule for rule, _ in ALL_CHECKS]
PAGE = (ROOT / "docs/doctor.md").read_text()


def explain(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of the command."""
    code = run(["/usr/bin/sentry-release", "doctor", "explain", *words], {})
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_explained_with_its_reason_fix_example_and_suppression(
    capsys: pytest.CaptureFixture[str], rule: object
) -> None:
    [known] = [one for one in RULES if one is rule]

    code, printed, errors = explain(capsys, known.id)

    assert (code, errors) == (0, "")
    assert printed.startswith(f"{known.id} {known.name} ({known.severity}")
    assert f"{known.title} {known.reason}" in printed
    assert f"Fix: {known.fix}" in printed
    assert ("; `doctor --fix` fixes it" in printed.partition("\n")[0]) is (known.id in FIXERS)
    for code_lines in (known.before, known.snippet):
        assert "\n".join(f"    {line}".rstrip() for line in code_lines.split("\n")) in printed
    assert f"Suppress: {build_suppression(known)}\n" in printed


@pytest.mark.parametrize("word", ["FD07", "fd07", "FD7", "7", "sessions-off", "Sessions-Off"])
def test_a_rule_is_found_by_id_number_or_name_in_any_case(
    capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert explain(capsys, word)[1].startswith("FD07 sessions-off (error")


def test_several_rules_are_explained_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    printed = explain(capsys, "FD13", "FD07")[1]

    assert printed.index("FD13 first-route-renamed") < printed.index("FD07 sessions-off")


def test_without_an_id_every_rule_is_listed_on_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = explain(capsys)[1].splitlines()

    assert [line.split(" ")[0] for line in lines] == [rule.id for rule in RULES]


@pytest.mark.parametrize(
    ("word", "nearest"),
    [("FD077", "FD07"), ("sesions-off", "sessions-off"), ("web-sdk-to-old", "web-sdk-too-old")],
)
def test_an_unknown_rule_ends_with_2_and_names_the_nearest_one(
    capsys: pytest.CaptureFixture[str], word: str, nearest: str
) -> None:
    code, printed, errors = explain(capsys, word)

    assert (code, printed) == (2, "")
    assert f"Unknown rule {word!r}." in errors
    assert f"Did you mean {nearest!r}?" in errors


def test_a_word_that_resembles_no_rule_leads_to_the_list(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, errors = explain(capsys, "xyzzy")

    assert code == 2
    assert "Did you mean" not in errors
    assert f"Rules have the ids {RULES[0].id} to {RULES[-1].id}" in errors
    assert "sentry-release doctor explain" in errors


def test_an_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, errors = explain(capsys, "FD07", "--fix")

    assert code == 2
    assert "Unknown option '--fix' of `doctor explain`." in errors


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_shows_before_and_after_and_how_to_suppress(rule: object) -> None:
    [known] = [one for one in RULES if one is rule]
    section = PAGE.partition(f"### {known.id} ")[2].partition("\n### ")[0]

    before, _, after = section.partition("\nAfter:\n")
    assert known.before in before
    assert known.snippet in after
    assert f"Suppress: `{build_suppression(known)}`" in section
