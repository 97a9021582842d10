"""Claims about what the doctor hands to tools and people: SARIF, JSON, the table, the summary."""

import io
import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from broken_app import MAIN, doctor, write_broken_app
from corpus import expected_of, projects
from job import ROOT
from properties import tried
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.templates import render
from sentry_release.doctor.app import App
from sentry_release.doctor.output import (
    MAX_ANNOTATIONS,
    build_annotations,
    build_summary_values,
    render_table,
    to_json,
    to_sarif,
)
from sentry_release.doctor.run_rules import ALL_CHECKS, DoctorReport, run_rules
from sentry_release.flutter import pubspec
from sentry_release.model.finding import Finding, Severity

RULES = tuple(rule for rule, _ in ALL_CHECKS)
SUBJECT = App(
    folder=PurePosixPath(), pubspec=pubspec.parse_pubspec("name: shop\nversion: 1.4.0+27\n")
)
MAIN_DART = PurePosixPath("lib/main.dart")
HOSTILE = st.text(max_size=60)
findings = st.builds(
    Finding,
    rule=st.sampled_from([rule.id for rule in RULES]),
    severity=st.sampled_from(Severity),
    path=st.text(st.characters(exclude_characters="\0/", codec="utf-8"), min_size=1).map(
        PurePosixPath
    ),
    line=st.integers(1, 10**6),
    message=HOSTILE,
)


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "tests/sarif/sarif-2.1.0.json").read_text()))


def sarif_of(*found: Finding, texts: dict[PurePosixPath, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    return to_sarif(DoctorReport(findings=found), RULES, texts or {}, version="1.2.3")


def finding(
    *,
    rule: str = "FD07",
    severity: Severity = Severity.ERROR,
    path: PurePosixPath = MAIN_DART,
    line: int = 6,
    message: str = "it is off",
) -> Finding:
    return Finding(rule=rule, severity=severity, path=path, line=line, message=message)


def evaluated(*found: Finding) -> DoctorReport:
    """The report of the findings of one rule."""
    rule, _ = ALL_CHECKS[0]
    return run_rules(SUBJECT, [(rule, lambda _: iter(found))], {})


# --- SARIF ---


def test_the_schema_rejects_other_json_than_sarif() -> None:
    broken = deepcopy(sarif_of(finding()))
    broken["runs"][0]["results"][0]["level"] = "fatal"

    assert list(schema().iter_errors(sarif_of(finding()))) == []
    assert list(schema().iter_errors(broken)) != []


@tried
@given(st.lists(findings, max_size=4))
def test_whatever_is_found_is_valid_sarif(found: list[Finding]) -> None:
    assert list(schema().iter_errors(sarif_of(*found))) == []


@pytest.mark.parametrize(
    "project",
    [
        pytest.param(project, marks=pytest.mark.large if number % 4 else ())
        for number, project in enumerate(projects()[::10])
    ],
    ids=lambda path: path.name,
)
def test_projects_of_the_corpus_come_out_as_valid_sarif(project: Path) -> None:
    output = doctor(project, "--sarif", *expected_of(project)[1])

    assert list(schema().iter_errors(json.loads(output.text))) == []


def test_code_scanning_gets_every_rule_with_its_help_and_level() -> None:
    rules = sarif_of()["runs"][0]["tool"]["driver"]["rules"]

    assert [one["id"] for one in rules] == [rule.id for rule in RULES]
    assert all(one["helpUri"].startswith("https://") for one in rules)
    assert {one["defaultConfiguration"]["level"] for one in rules} == {"error", "warning", "note"}


def test_places_are_relative_to_the_repository_and_encoded() -> None:
    (result,) = sarif_of(finding(path=PurePosixPath("apps/my shop/lib/mäin#1.dart")))["runs"][0][
        "results"
    ]

    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "apps/my%20shop/lib/m%C3%A4in%231.dart",
        "uriBaseId": "%SRCROOT%",
    }
    assert place["region"] == {"startLine": 6}


def prints(sarif: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [
        one["partialFingerprints"]["primaryLocationLineHash"] for one in sarif["runs"][0]["results"]
    ]


def test_a_finding_that_has_only_moved_keeps_its_fingerprint(tmp_path: Path) -> None:
    before = json.loads(doctor(write_broken_app(tmp_path), "--sarif").text)
    moved = "// a new line at the top\n\n" + MAIN
    after = json.loads(doctor(write_broken_app(tmp_path, {"lib/main.dart": moved}), "--sarif").text)

    assert prints(after) == prints(before)
    assert len(set(prints(before))) == 3


def test_equal_lines_of_a_file_have_fingerprints_of_their_own() -> None:
    texts = {PurePosixPath("lib/main.dart"): "off();\noff();\n"}

    found = prints(sarif_of(finding(line=1), finding(line=2), texts=texts))

    assert len(set(found)) == 2


def test_a_line_that_changes_gives_its_finding_another_fingerprint_and_no_other() -> None:
    before, after = (
        prints(sarif_of(finding(line=1), finding(line=2), texts={MAIN_DART: text}))
        for text in ("off();\nold();", "off();\nnew();")
    )

    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]


# --- JSON ---


def test_the_object_for_programs_has_these_keys_in_this_order(tmp_path: Path) -> None:
    output = doctor(write_broken_app(tmp_path), "--json")

    assert list(output.json) == [
        "format", "app", "package", "release", "sentry_flutter", "counts", "findings", "notes"
    ]  # fmt: skip
    assert list(output.findings[0]) == [
        "rule", "name", "level", "path", "line", "what", "title", "why", "hint", "snippet", "link"
    ]  # fmt: skip
    assert output.json["format"] == 1
    assert output.json["sentry_flutter"] == {"version": "9.6.0", "exact": True}
    assert output.json["counts"] == {"error": 1, "warning": 1, "info": 1, "ignored": 0}


def test_the_keys_are_documented() -> None:
    page = (ROOT / "docs/doctor.md").read_text()
    found = to_json(DoctorReport(findings=(finding(),)), SUBJECT, RULES)
    assert isinstance(found["findings"], list)
    first = found["findings"][0]

    assert isinstance(first, dict)
    assert [key for key in (*found, *first) if f"`{key}`" not in page] == []


# --- the table ---


def test_the_table_names_each_place_and_fixes_each_rule_once(tmp_path: Path) -> None:
    text = doctor(write_broken_app(tmp_path)).text

    lines = text.splitlines()
    assert lines[0].split()[:3] == ["error", "FD07", "lib/main.dart:6"]
    assert sum(line.startswith("FD07 sessions-off: ") for line in lines) == 1
    assert "      options.enableAutoSessionTracking = true;" in lines
    assert lines[-1] == f"shop: 1 error, 1 warning, 1 info, of {len(ALL_CHECKS)} rules."


@tried
@given(st.lists(findings, max_size=4))
def test_a_terminal_obeys_nothing_that_a_project_says(found: list[Finding]) -> None:
    lines = render_table(evaluated(*found), SUBJECT, RULES)

    assert all(line.isprintable() for line in lines)


def test_a_place_is_shown_as_it_is_but_for_control_characters() -> None:
    place = finding(path=PurePosixPath("lib/ä\x1b[2J.dart"), line=7)

    lines = render_table(evaluated(place), SUBJECT, RULES)

    assert " lib/ä?[2J.dart:7 " in lines[0]


def test_a_thousand_findings_do_not_flood_a_terminal() -> None:
    found = evaluated(*(finding(line=line) for line in range(1, 1001)))

    lines = render_table(found, SUBJECT, RULES)

    assert len(lines) < 300
    assert "… and 800 more" in lines
    assert build_summary_values(found, SUBJECT, RULES, url=None)["more"] == 800
    of_200 = evaluated(*(finding(line=line) for line in range(1, 201)))
    assert not [one for one in render_table(of_200, SUBJECT, RULES) if one.startswith("…")]


# --- annotations ---


def test_of_each_level_the_first_places_are_annotated() -> None:
    many = [
        finding(severity=severity, line=line) for severity in Severity for line in range(50, 0, -1)
    ]

    notices = list(build_annotations(evaluated(*many), RULES))

    for severity in ("error", "warning", "notice"):
        lines = [one.line for one in notices if one.level.value == severity]
        assert lines == list(range(1, MAX_ANNOTATIONS + 1))


def test_no_path_adds_a_property_or_a_command_to_an_annotation() -> None:
    log = io.StringIO()
    runner = ActionsRunner.from_env({"GITHUB_ACTIONS": "true"}, log=log)
    path = PurePosixPath("lib/a,title=x::y\n::error::pwned%0A.dart")

    (notice,) = build_annotations(
        evaluated(finding(path=path, message="it is off\n::error::pwned")), RULES
    )
    runner.annotate(notice)

    (line,) = log.getvalue().splitlines()
    properties, text = line.removeprefix("::error ").split("::", 1)
    assert [one.split("=")[0] for one in properties.split(",")] == ["file", "line", "title"]
    assert "file=lib/a%2Ctitle=x%3A%3Ay%0A%3A%3Aerror%3A%3Apwned%250A.dart," in line
    assert text.startswith("it is off ::error::pwned%0A")


def test_outside_actions_a_notice_of_a_place_begins_with_it() -> None:
    log = io.StringIO()
    runner = ActionsRunner.from_env({}, log=log)

    (notice,) = build_annotations(evaluated(finding()), RULES)
    runner.annotate(notice)

    assert log.getvalue().startswith("lib/main.dart:6: error: it is off\n")


# --- the summary ---


def test_a_summary_without_findings_says_so() -> None:
    text = render.render_template(
        "doctor", **build_summary_values(DoctorReport(), SUBJECT, RULES, url=None)
    )

    assert text.strip() == "### ✅ Doctor for `shop`: nothing found"


@tried
@given(st.lists(findings, max_size=4), st.none() | st.just("https://github.com/acme/app/blob/abc"))
def test_nothing_in_a_project_can_write_markdown(found: list[Finding], url: str | None) -> None:
    hostile_text = "<img src=x onerror=alert(1)> [x](https://evil.example) | @everyone ```"
    hostile = [
        *found,
        finding(message=hostile_text, path=PurePosixPath("a|b](https://evil.example)<b>.dart")),
    ]

    report = evaluated(*hostile)
    text = render.render_template("doctor", **build_summary_values(report, SUBJECT, RULES, url=url))

    without_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    intended = re.sub(r"\\.", "", without_code)
    assert "<img" not in intended
    assert "<b>" not in intended
    assert "](https://evil" not in intended
    assert "@everyone" not in intended
    rows = [line for line in text.splitlines() if re.match(r"\| \S+ (error|warning|info) \|", line)]
    assert len(rows) == len(report.findings)


def test_a_broken_rule_keeps_no_other_from_speaking() -> None:
    def breaks(_subject: App) -> Any:  # noqa: ANN401 - never comes back
        raise ZeroDivisionError("one by none")

    (first, _), (second, _) = ALL_CHECKS[:2]
    found = run_rules(
        SUBJECT, [(first, breaks), (second, lambda _: iter([finding(rule=second.id)]))], {}
    )

    assert [one.rule for one in found.findings] == [second.id]
    assert [(rule, str(error)) for rule, error in found.broken] == [(first.id, "one by none")]


def test_what_is_found_twice_at_a_place_is_reported_once() -> None:
    assert len(evaluated(finding(), finding()).findings) == 1


def test_no_rule_finds_anything_worse_than_it_says() -> None:
    worst = {rule.id: rule.worst or rule.severity for rule in RULES}
    order = list(Severity)
    lines = [
        line.split(" ")
        for project in projects()
        for line in (project / "expected.txt").read_text().splitlines()
        if line.startswith("FD")
    ]

    assert [
        one for one in lines if order.index(Severity(one[1])) < order.index(worst[one[0]])
    ] == []
