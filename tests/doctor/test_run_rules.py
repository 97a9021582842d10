"""Claims about a run of the rules: comments that suppress, levels, broken rules, and the order of findings."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from doctor_app import app_facts
from sentry_release.doctor.app import App, Check
from sentry_release.doctor.run_rules import (
    DoctorReport,
    describe_limits,
    parse_suppressions,
    run_rules,
)
from sentry_release.model.finding import Finding, Rule, Severity

FILE = PurePosixPath("lib/a.dart")
KNOWN = {"FD07", "FD11"}
APP = app_facts({"lib/a.dart": ""})


def rule(
    name: str, *, severity: Severity = Severity.WARNING, worst: Severity | None = None
) -> Rule:
    return Rule(
        id=name, name=name.lower(), severity=severity, title="A.", reason="B.", link="https://c",
        fix="D.", before="e", snippet="f", worst=worst,
    )  # fmt: skip


def at(one: Rule, *places: tuple[str, int], severity: Severity | None = None) -> Check:
    """A check that finds these places."""

    def check(_: App) -> Iterator[Finding]:
        for path, line in places:
            yield one.build_finding(PurePosixPath(path), line, "so it is", severity=severity)

    return check


@pytest.mark.parametrize(
    ("text", "lines", "files"),
    [
        ("a; // sentry-release: ignore FD11 because b", {(1, "FD11")}, set()),
        ("// sentry-release: ignore FD11 because b\na;", {(2, "FD11")}, set()),
        ("# sentry-release: ignore fd07, FD11 because b\na", {(2, "FD07"), (2, "FD11")}, set()),
        ("<!-- sentry-release: ignore FD07 because b -->\na", {(2, "FD07")}, set()),
        ("a /* sentry-release: ignore FD07 because b */", {(1, "FD07")}, set()),
        ("a ; sentry-release: ignore FD07 because b", {(1, "FD07")}, set()),
        ("// sentry-release: ignore FD07 because b\n# sentry-release: ignore FD11 because c\na",
         {(3, "FD07"), (3, "FD11")}, set()),
        ("a\n\n// sentry-release: ignore FD07 because b", {(4, "FD07")}, set()),
        ("// sentry-release: ignore FD07 because b\na\nb // sentry-release: ignore FD07 because c",
         {(2, "FD07"), (3, "FD07")}, set()),
        ("a\n// sentry-release: ignore-file FD07 because b", set(), {"FD07"}),
        (" " * 900 + "// sentry-release: ignore FD07 because b\na", {(2, "FD07")}, set()),
        (" " * 1000 + "// sentry-release: ignore FD07 because b\na", set(), set()),
        ("sentry-release: ignore FD07 because b", set(), set()),
        ("/// sentry-release: ignore FD07 because b", {(2, "FD07")}, set()),
    ],
)  # fmt: skip
def test_a_comment_applies_to_its_line_or_alone_to_the_next_one_or_to_the_file(
    text: str, lines: set[tuple[int, str]], files: set[str]
) -> None:
    found = parse_suppressions({FILE: text}, KNOWN)

    assert found.lines == {(FILE, line, rule) for line, rule in lines}
    assert found.files == {(FILE, rule) for rule in files}
    assert found.notes == []


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        ("ignore FD07", "ignore` for FD07 has no reason; add `because …`."),
        ("ignore FD07 because ", "ignore` for FD07 has no reason; add `because …`."),
        ("ignore FD07, FD11", "ignore` for FD07, FD11 has no reason; add `because …`."),
        ("ignore because b", "ignore` names no rule; write `ignore FD11 because …`."),
        ("ignore all because b", "ignore` names no rule; write `ignore FD11 because …`."),
        ("ignore-line FD07 because b",
         "ignore-line` is unknown; write `ignore` or `ignore-file`."),
        ("ignore FD99 because b", "ignore` names FD99, which does not exist."),
    ],
)  # fmt: skip
def test_an_invalid_comment_suppresses_nothing_and_a_note_says_why(comment: str, note: str) -> None:
    found = parse_suppressions({FILE: f"a; // sentry-release: {comment}\n"}, KNOWN)

    assert (found.lines, found.files) == (set(), set())
    assert found.notes == [f"lib/a.dart: the comment `sentry-release: {note}"]


def test_findings_are_sorted_by_level_file_and_line_and_each_is_reported_once() -> None:
    info, warning = rule("FD01", severity=Severity.INFO), rule("FD02")
    checks = [
        (info, at(info, ("a", 1))),
        (warning, at(warning, ("b", 10), ("b", 9), ("a", 12), ("b", 9))),
        (warning, at(warning, ("z", 1), severity=Severity.ERROR)),
    ]

    report = run_rules(APP, checks, {})

    found = [(str(one.severity), str(one.path), one.line) for one in report.findings]
    assert found == [
        ("error", "z", 1),
        ("warning", "a", 12),
        ("warning", "b", 9),
        ("warning", "b", 10),
        ("info", "a", 1),
    ]
    assert report.counts_text == "1 error, 3 warnings, 1 info"
    assert report.ignored == 0


def test_a_level_of_the_user_replaces_that_of_a_rule_and_a_rule_that_is_off_does_not_run() -> None:
    one, other = rule("FD01"), rule("FD02")
    checks = [(one, at(one, ("a", 1), ("a", 2))), (other, at(other, ("a", 3)))]

    raised = run_rules(APP, checks, {}, levels=(("FD01", Severity.ERROR),))
    off = run_rules(APP, checks, {}, levels=(("FD01", None),))

    assert [str(one.severity) for one in raised.findings] == ["error", "error", "warning"]
    assert [one.rule for one in off.findings] == ["FD02"]
    assert off.ignored == 0


def test_a_suppressed_finding_is_counted_and_not_reported() -> None:
    one = rule("FD01")
    text = "a; // sentry-release: ignore FD01 because b\nc;\n"

    report = run_rules(APP, [(one, at(one, ("lib/a.dart", 1), ("lib/a.dart", 2)))], {FILE: text})

    assert [one.line for one in report.findings] == [2]
    assert report.counts_text == "1 warning, 1 ignored"


@pytest.mark.parametrize(
    ("one", "levels", "runs"),
    [
        (rule("FD01", severity=Severity.ERROR), (), True),
        (rule("FD01"), (), False),
        (rule("FD01", worst=Severity.ERROR), (), True),
        (rule("FD01"), (("FD01", Severity.ERROR),), True),
        (rule("FD01", severity=Severity.ERROR), (("FD01", Severity.INFO),), False),
        (rule("FD01", severity=Severity.ERROR), (("FD01", None),), False),
    ],
)
def test_only_rules_that_can_find_errors_run_if_only_errors_count(
    one: Rule,
    levels: tuple[tuple[str, Severity | None], ...],
    runs: bool,  # noqa: FBT001 - a column of a table
) -> None:
    report = run_rules(APP, [(one, at(one, ("a", 1)))], {}, levels=levels, only_errors=True)

    assert bool(report.findings) is runs


def test_a_rule_that_raises_is_reported_and_hides_no_other() -> None:
    one, other = rule("FD01"), rule("FD02")

    def fail(_: App) -> Iterator[Finding]:
        raise ValueError("a bug")

    report = run_rules(APP, [(one, fail), (other, at(other, ("a", 1)))], {})

    assert [one.rule for one in report.findings] == ["FD02"]
    assert [(rule, str(error)) for rule, error in report.broken] == [("FD01", "a bug")]


def test_time_is_checked_before_each_rule_that_runs() -> None:
    one = rule("FD01")
    times: list[int] = []

    run_rules(APP, [(one, at(one))] * 3, {}, check_time=lambda: times.append(1))

    assert len(times) == 3


@pytest.mark.parametrize(
    ("severities", "ignored", "text"),
    [
        ([], 0, "nothing found"),
        ([], 2, "2 ignored"),
        ([Severity.ERROR], 0, "1 error"),
        ([Severity.ERROR] * 2 + [Severity.INFO] * 2, 1, "2 errors, 2 infos, 1 ignored"),
        ([Severity.WARNING], 0, "1 warning"),
    ],
)
def test_findings_are_counted_in_words(severities: list[Severity], ignored: int, text: str) -> None:
    findings = tuple(
        rule("FD01").build_finding(FILE, number, "a", severity=one)
        for number, one in enumerate(severities)
    )

    assert DoctorReport(findings=findings, ignored=ignored).counts_text == text


@pytest.mark.parametrize(
    ("version", "release", "is_limited"),
    [
        ("version: 1.0.0\n", "shop@1.0.0", False),
        ("version: 1.0.0\n", None, False),
        ("", "shop@1.0.0", False),
        ("", None, True),
    ],
)
def test_without_a_version_and_a_release_there_is_no_name_to_compare_with(
    version: str,
    release: str | None,
    is_limited: bool,  # noqa: FBT001 - a table
) -> None:
    one = app_facts({"pubspec.yaml": f"name: shop\n{version}"}, release=release)

    assert any("no release name" in limit for limit in describe_limits(one)) is is_limited


def test_a_message_is_one_printable_line_of_at_most_400_characters() -> None:
    one = rule("FD01")

    def check(_: App) -> Iterator[Finding]:
        yield one.build_finding(FILE, 1, "a\nb\x1b" + "c" * 500)

    (found,) = run_rules(APP, [(one, check)], {}).findings

    assert len(found.message) == 400
    assert found.message.isprintable()
