"""Which edits of the doctor exclude each other, so that only one of them is applied."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from sentry_release.model.finding import Finding, Rule, Severity, TextEdit

FILE = PurePosixPath("lib/main.dart")


def edit(start: int, end: int, text: str = "x") -> TextEdit:
    return TextEdit(path=FILE, start=start, end=end, text=text)


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        pytest.param((2, 5), (4, 8), True, id="both change the same text"),
        pytest.param((2, 8), (4, 5), True, id="one contains the other"),
        pytest.param((2, 5), (5, 8), False, id="one begins where the other ends"),
        pytest.param((2, 4), (5, 8), False, id="text lies between them"),
        pytest.param((3, 3), (2, 5), True, id="an insertion into text that is replaced"),
        pytest.param((2, 2), (2, 5), True, id="an insertion at the start of it"),
        pytest.param((5, 5), (2, 5), True, id="an insertion at its end"),
        pytest.param((1, 1), (2, 5), False, id="an insertion before it"),
        pytest.param((6, 6), (2, 5), False, id="an insertion after it"),
        pytest.param((3, 3), (4, 4), False, id="insertions at two places"),
    ],
)
def test_edits_exclude_each_other_if_they_touch(
    one: tuple[int, int], other: tuple[int, int], *, excluded: bool
) -> None:
    first, second = edit(*one, text="a"), edit(*other, text="b")

    assert first.overlaps(second) is excluded
    assert second.overlaps(first) is excluded


def test_different_insertions_at_one_place_exclude_each_other_and_equal_ones_do_not() -> None:
    assert edit(3, 3, "a").overlaps(edit(3, 3, "b"))
    assert not edit(3, 3, "a").overlaps(edit(3, 3, "a"))
    assert not edit(2, 5, "a").overlaps(edit(2, 5, "a"))


def test_edits_of_two_files_never_exclude_each_other() -> None:
    one = edit(2, 5)

    assert not one.overlaps(replace(one, path=PurePosixPath("lib/app.dart"), text="y"))


def test_a_finding_has_the_severity_of_its_rule_unless_it_has_its_own() -> None:
    rule = Rule(
        id="FD01",
        name="hard-coded-release",
        severity=Severity.WARNING,
        title="",
        reason="",
        link="",
        fix="",
        before="",
        snippet="",
    )

    def severity(own: Severity | None) -> Severity:
        found: Finding = rule.build_finding(FILE, 1, "message", severity=own)
        return found.severity

    assert severity(None) is Severity.WARNING
    assert severity(Severity.ERROR) is Severity.ERROR
