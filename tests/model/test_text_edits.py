"""Which edits of the doctor exclude each other, so that only one of them is applied."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from sentry_release.model.finding import (
    Finding,
    Rule,
    Severity,
    TextEdit,
    find_line_end,
    find_line_ending,
    find_line_start,
)

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


TEXT = "a\nbc\r\n\nd"


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [(1, 0, 1), (2, 2, 4), (3, 6, 6), (4, 7, 8), (5, 8, 8), (9, 8, 8)],
)
def test_a_line_is_found_without_its_line_ending(line: int, start: int, end: int) -> None:
    at = find_line_start(TEXT, line)

    assert (at, find_line_end(TEXT, at)) == (start, end)


def test_the_end_of_a_line_is_found_from_anywhere_in_it() -> None:
    assert [find_line_end("ab\r\nc", at) for at in range(3)] == [2, 2, 2]
    assert find_line_end("\nb", 0) == 0
    assert find_line_end("a\r\n", 2) == 2


@pytest.mark.parametrize(
    ("text", "ending"),
    [("", "\n"), ("a", "\n"), ("a\nb\r\n", "\n"), ("a\r\nb\n", "\r\n"), ("\r\n", "\r\n"),
     ("\n\r", "\n"), ("\nb\r", "\n")],
)  # fmt: skip
def test_the_line_ending_of_a_text_is_that_of_its_first_line(text: str, ending: str) -> None:
    assert find_line_ending(text) == ending
