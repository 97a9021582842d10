"""Claims about the command doctor: its exit code, suppressions, severities, main, and its output."""

import io
import json
import re
import signal
import time
from contextlib import redirect_stdout
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from broken_app import FOUND, MAIN, PUBSPEC, doctor, healthy_app, write, write_broken_app
from fake_sentry import FakeServers
from job import Job
from sentry_release.cli.main import run
from sentry_release.doctor.run_rules import ALL_CHECKS
from sentry_release.services import create_system_clock


def commented(comment: str, *, line: int = 6, alone: bool = False) -> str:
    """The app's main file with a comment on a line of it, or alone above that line."""
    lines = MAIN.splitlines()
    if alone:
        lines.insert(line - 1, f"    {comment}")
    else:
        lines[line - 1] += f" {comment}"
    return "\n".join(lines)


# --- the exit code ---


def test_errors_end_the_phase_with_the_code_of_a_mistake_in_the_project(tmp_path: Path) -> None:
    output = doctor(write_broken_app(tmp_path), "--json")

    assert output.lines == list(FOUND)
    assert output.code == 3


def test_a_healthy_app_ends_well_and_hears_nothing_but_that(tmp_path: Path) -> None:
    output = doctor(healthy_app(tmp_path))

    assert output.code == 0
    assert output.text.strip() == f"shop: nothing found, of {len(ALL_CHECKS)} rules."


def test_warnings_alone_end_well(tmp_path: Path) -> None:
    assert doctor(write_broken_app(tmp_path), "--doctor-levels", "FD07=warning").code == 0


def test_without_a_pubspec_it_says_what_is_missing(tmp_path: Path) -> None:
    output = doctor(tmp_path)

    assert output.code == 3
    assert "No pubspec.yaml" in output.text


def test_it_needs_neither_a_token_nor_sentry(tmp_path: Path) -> None:
    output = doctor(
        write_broken_app(tmp_path),
        "--json",
        SENTRY_AUTH_TOKEN="no token at all\n",
        SENTRY_URL="https://s.invalid",
    )

    assert output.lines == list(FOUND)


def test_the_release_of_an_earlier_step_is_not_taken_for_the_name_of_the_app(
    tmp_path: Path,
) -> None:
    exported = json.dumps({"SENTRY_RELEASE": [".", "other@9.9.9"]})

    output = doctor(
        write_broken_app(tmp_path),
        "--json",
        SENTRY_RELEASE="other@9.9.9",
        SENTRY_RELEASE_EXPORTED=exported,
    )

    assert output.json["release"] == "shop@1.4.0+27"


# --- levels, and the input `ignore` ---


def test_levels_move_rules_up_down_and_out(tmp_path: Path) -> None:
    output = doctor(
        write_broken_app(tmp_path),
        "--json",
        "--doctor-levels",
        "fd07=off, FD08=error\nFD35=warning",
    )

    assert output.lines == ["FD08 error lib/main.dart:7", "FD35 warning lib/main.dart:12"]


def test_the_last_level_of_a_rule_counts(tmp_path: Path) -> None:
    output = doctor(write_broken_app(tmp_path), "--json", "--doctor-levels", "FD07=off FD07=info")

    assert "FD07 info lib/main.dart:6" in output.lines


def test_rules_that_are_off_are_left_out(tmp_path: Path) -> None:
    output = doctor(write_broken_app(tmp_path), "--json", "--doctor-levels", "FD07=off FD08=off")

    assert output.code == 0
    assert output.lines == ["FD35 info lib/main.dart:12"]
    assert output.json["counts"] == {"error": 0, "warning": 0, "info": 1, "ignored": 0}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--doctor-levels", "FD07=loud"), "it has no known level"),
        (("--doctor-levels", "FD07"), "it has no known level"),
        (("--doctor-levels", "sessions=off"), "it names no rule"),
        (("--doctor-levels", "FD99=off"), "names the rule FD99, which does not exist"),
        (("--report-dir", "../out"), "leads out of the workspace"),
    ],
)
def test_an_input_that_cannot_be_meant_is_refused(
    tmp_path: Path, words: tuple[str, str], complaint: str
) -> None:
    output = doctor(write_broken_app(tmp_path), *words)

    assert output.code == 2
    assert complaint in output.text


# --- comments ---


@pytest.mark.parametrize("alone", [False, True], ids=["on the line", "alone above it"])
def test_a_comment_with_a_reason_ignores_one_finding(tmp_path: Path, alone: bool) -> None:  # noqa: FBT001 - a case
    text = commented("// sentry-release: ignore FD07 because we count users elsewhere", alone=alone)

    output = doctor(write_broken_app(tmp_path, {"lib/main.dart": text}), "--json")

    assert [line.split()[0] for line in output.lines] == ["FD08", "FD35"]
    assert output.json["notes"] == []


def test_comments_above_each_other_all_apply_to_the_line_below(tmp_path: Path) -> None:
    above = (
        "// sentry-release: ignore FD08 because it crashes on old phones\n"
        "    // sentry-release: ignore FD07 because we count users elsewhere"
    )

    output = doctor(
        write_broken_app(tmp_path, {"lib/main.dart": commented(above, alone=True)}), "--json"
    )

    assert [line.split()[0] for line in output.lines] == [
        "FD08",
        "FD35",
    ]  # FD08 is a line further down


def test_a_comment_may_name_several_rules_and_a_whole_file(tmp_path: Path) -> None:
    text = "// sentry-release: ignore-file FD07, fd08 because this is the demo\n" + MAIN

    output = doctor(write_broken_app(tmp_path, {"lib/main.dart": text}), "--json")

    assert output.lines == ["FD35 info lib/main.dart:13"]


def test_a_comment_applies_to_no_other_rule_and_no_other_line(tmp_path: Path) -> None:
    text = commented("// sentry-release: ignore FD08 because we count users elsewhere")

    assert doctor(write_broken_app(tmp_path, {"lib/main.dart": text}), "--json").lines == list(
        FOUND
    )


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        ("// sentry-release: ignore FD07", "for FD07 has no reason; add `because …`."),
        ("// sentry-release: ignore FD07 because  ", "for FD07 has no reason; add `because …`."),
        ("// sentry-release: ignore FD99 because so", "names FD99, which does not exist."),
        ("// sentry-release: ignore because so", "names no rule; write `ignore FD11 because …`."),
        (
            "// sentry-release: ignore-next-line FD07 because so",
            "is unknown; write `ignore` or `ignore-file`.",
        ),
    ],
)
def test_an_invalid_comment_suppresses_nothing_and_adds_a_note(
    tmp_path: Path, comment: str, note: str
) -> None:
    output = doctor(write_broken_app(tmp_path, {"lib/main.dart": commented(comment)}), "--json")

    assert output.lines == list(FOUND)
    notes = output.json["notes"]
    assert isinstance(notes, list)
    assert len(notes) == 1
    assert notes[0].startswith("lib/main.dart: the comment ")
    assert note in notes[0]


WORKFLOW = """\
on: push
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: flutter build apk --dart-define=SENTRY_RELEASE={comment}
"""
PAGE = """\
<html><head>
{comment}
<meta http-equiv="Content-Security-Policy" content="script-src 'self'">
</head></html>
"""


def test_comments_of_yaml_and_html_count_as_well(tmp_path: Path) -> None:
    files = {
        ".github/workflows/ship.yml": WORKFLOW.format(comment=""),
        "web/index.html": PAGE.format(comment=""),
    }
    before = doctor(healthy_app(tmp_path, files), "--json").lines
    because = "sentry-release: ignore {} because it is a demo"
    write(
        tmp_path,
        {
            ".github/workflows/ship.yml": WORKFLOW.format(comment="  # " + because.format("FD05")),
            "web/index.html": PAGE.format(comment=f"<!-- {because.format('FD33')} -->"),
        },
    )
    after = doctor(tmp_path, "--json").lines

    gone = {line.split()[0] for line in before} - {line.split()[0] for line in after}
    assert gone == {"FD05", "FD33"}


# --- on Actions ---


def test_each_finding_is_an_annotation_at_its_file_and_line_the_worst_first(job: Job) -> None:
    write_broken_app(job.workspace)

    stage = job.play("doctor")

    places = re.findall(
        r"^::(\w+) file=([^,]+),line=(\d+),title=(FD\d\d) ", stage.log, re.MULTILINE
    )
    assert places == [
        ("error", "lib/main.dart", "6", "FD07"),
        ("warning", "lib/main.dart", "7", "FD08"),
        ("notice", "lib/main.dart", "12", "FD35"),
    ]
    assert stage.exit_code == 3
    assert (stage.outputs["doctor-errors"], stage.outputs["doctor-warnings"]) == ("1", "1")
    assert json.loads(stage.outputs["json"]) == {"doctor-errors": "1", "doctor-warnings": "1"}


def test_not_more_is_annotated_than_the_runner_shows_and_the_rest_is_in_the_summary(
    job: Job,
) -> None:
    lines = "".join(f"  o{n}.enableAutoSessionTracking = false;\n" for n in range(30))
    head = "import 'package:sentry_flutter/sentry_flutter.dart';\nvoid configure("
    params = ", ".join(f"SentryFlutterOptions o{n}" for n in range(30))
    write_broken_app(job.workspace, {"lib/many.dart": f"{head}{params}) {{\n{lines}}}\n"})

    stage = job.play("doctor")

    errors = [one for one in stage.annotations if one.startswith("error")]
    assert 0 < len(errors) < 10
    assert stage.outputs["doctor-errors"] == "31"
    assert stage.summary.count("| FD07 |") == 31


def test_the_summary_links_each_place_in_the_commit(job: Job) -> None:
    write_broken_app(job.workspace)

    summary = job.play("doctor").summary

    sha = job.environ["GITHUB_SHA"]
    assert f"(https://github.com/acme/app/blob/{sha}/lib/main.dart#L6)" in summary
    assert "### ❌ Doctor for `shop`: 1 error, 1 warning, 1 info" in summary
    assert "options.enableAutoSessionTracking = true;" in summary


def test_the_heads_of_the_summary_are_html_in_which_nothing_is_escaped_by_backslashes(
    job: Job,
) -> None:
    write_broken_app(job.workspace)

    summary = job.play("doctor").summary

    heads = re.findall("<summary>(.*)</summary>", summary)
    assert "FD07 sessions-off: Session tracking is disabled." in heads
    assert not [head for head in heads if "\\" in head]


# --- within main ---


def test_main_annotates_errors_as_warnings_and_creates_the_release(job: Job) -> None:
    write_broken_app(job.workspace)

    stage = job.main()

    assert stage.exit_code == 0
    [annotation] = [one for one in stage.annotations if "FD" in one or "ession" in one]
    assert annotation.startswith("warning: `enableAutoSessionTracking`")
    assert annotation.endswith(
        "In this step, `doctor: off` skips the check, and `doctor: fail` makes errors fail the job."
    )
    assert not [one for one in stage.annotations if one.startswith("error: ")]
    assert re.findall(r"title=(FD\d\d)", stage.log) == ["FD07"]
    assert "shop@1.4.0+27" in job.sentry.releases
    pages = MarkdownIt("commonmark").enable("table").parse(stage.summary)
    heads = [one.content for one in pages if one.type == "inline" and one.level == 1]
    assert [one for one in heads if "Doctor" in one] == ["❌ Doctor for `shop`: 1 error"]
    assert [one for one in heads if "is open" in one] == ["✅ `shop@1.4.0+27` is open in Sentry"]


def test_main_asks_sentry_nothing_more_because_of_the_doctor(
    sentry: FakeServers, tmp_path: Path
) -> None:
    ledgers = []
    for name, how in (("with", "warn"), ("without", "off")):
        (tmp_path / name).mkdir()
        job = Job.recorded("push", sentry=sentry, folder=tmp_path / name)
        write_broken_app(job.workspace)
        before = len(sentry.ledger.lines("sentry"))
        job.main(doctor=how, dry_run="true")
        ledgers.append(len(sentry.ledger.lines("sentry")) - before)

    assert ledgers[0] == ledgers[1]


def test_main_fails_on_errors_if_requested_after_the_build_has_its_name(job: Job) -> None:
    write_broken_app(job.workspace)

    stage = job.main(doctor="fail")

    assert stage.exit_code == 3
    assert stage.outputs["release"] == "shop@1.4.0+27"
    assert "The doctor found 1 error in the project." in stage.annotations[-1]
    assert [one.partition(":")[0] for one in stage.annotations] == ["error", "error"]
    assert "doctor: off" not in stage.annotations[0]
    assert job.sentry.releases == {}


def test_main_goes_on_with_doctor_error_where_there_are_only_warnings(job: Job) -> None:
    files = {
        "lib/main.dart": commented(
            "// sentry-release: ignore FD07 because it is a test", alone=True
        )
    }
    write_broken_app(job.workspace, files)

    assert job.main(doctor="fail").exit_code == 0


def test_main_runs_no_check_if_the_doctor_is_off(job: Job) -> None:
    write_broken_app(job.workspace)

    stage = job.main(doctor="off")

    assert "FD07" not in stage.log
    assert "doctor" not in stage.summary


def test_main_without_a_pubspec_has_nothing_to_check(job: Job) -> None:
    (job.workspace / "pubspec.yaml").unlink()

    stage = job.main(release="shop@1.4.0+27", doctor="fail")

    assert stage.exit_code == 0
    assert "doctor" not in stage.log


def test_main_does_not_wait_for_an_endless_project(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    write_broken_app(job.workspace, {f"lib/page_{n}.dart": "" for n in range(100)})
    ticks = count()
    clock = replace(job.time.clock(), monotonic=lambda: next(ticks) / 10)

    code = run(["/action/main"], job.environ, clock)

    log = capsys.readouterr().out
    assert code == 0
    assert "The doctor stopped after 5 seconds, so nothing was checked." in log
    assert "FD07" not in log
    assert "shop@1.4.0+27" in job.sentry.releases


# --- what it costs main ---


def test_a_check_takes_main_a_few_hundred_milliseconds_at_most(tmp_path: Path) -> None:
    healthy_app(tmp_path)
    doctor(tmp_path)  # what is imported is imported once

    began = time.process_time()
    doctor(tmp_path)

    assert time.process_time() - began < 0.3


# --- reports ---


def test_reports_are_written_to_the_requested_folder(tmp_path: Path) -> None:
    output = doctor(write_broken_app(tmp_path), "--report-dir", "out/doctor", "--json")

    assert json.loads((tmp_path / "out/doctor/doctor.json").read_text()) == output.json
    sarif = json.loads((tmp_path / "out/doctor/doctor.sarif").read_text())
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["FD07", "FD08", "FD35"]


def test_the_app_of_a_monorepo_is_reported_by_its_path_in_the_repository(tmp_path: Path) -> None:
    write(tmp_path, {"apps/shop/pubspec.yaml": PUBSPEC, "apps/shop/lib/main.dart": MAIN})

    output = doctor(tmp_path, "--working-directory=apps/shop", "--json")

    assert output.json["app"] == "apps/shop"
    assert output.lines[0] == "FD07 error apps/shop/lib/main.dart:6"


def write_large_dart_file(workspace: Path, size: int) -> None:
    """Add a Dart file of about so many bytes, in which every line concerns rules."""
    line = (
        "  options.release = 'a'; final b = const String.fromEnvironment('SENTRY_RELEASE');"
        " GoRoute(path: '/a', builder: (c, s) => MaterialPage<A>(child: A()));\n"
    )
    head = "import 'package:sentry_flutter/sentry_flutter.dart';\nvoid f(SentryOptions options) {\n"
    text = head + line * (size // len(line)) + "}\n"
    write_broken_app(workspace, {"lib/large.dart": text})


@pytest.mark.parametrize("timeout", ["60", "5"])
def test_the_doctor_never_makes_a_response_late(
    job: Job, sentry: FakeServers, timeout: str
) -> None:
    write_large_dart_file(job.workspace, 800_000)
    job.environ |= {"INPUT_DOCTOR": "warn", "INPUT_TIMEOUT": timeout}
    with redirect_stdout(io.StringIO()) as output:
        began = time.monotonic()
        code = run(["/action/main"], job.environ)
        took_s = time.monotonic() - began

    lines = sentry.ledger.lines("sentry")
    assert code == 0
    assert "could not be reached" not in output.getvalue()
    assert [line.split(" ")[0] for line in lines] == ["GET", "POST"]
    assert took_s < 15


@pytest.mark.parametrize("has_alarm", [True, False], ids=["elsewhere", "on Windows"])
def test_the_doctor_action_ends_with_an_error_if_it_takes_too_long(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    has_alarm: bool,
) -> None:
    write_large_dart_file(tmp_path, 400_000)
    monkeypatch.setattr("sentry_release.commands.doctor_command.MAX_S", 0.1)
    if not has_alarm:
        monkeypatch.delattr(signal, "setitimer")

    code = run(["sentry-release", "doctor"], {"GITHUB_WORKSPACE": str(tmp_path)})

    assert code == 3
    assert "The doctor did not finish within" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--all"], ["--fix"], ["--fix", "--write"]], ids=" ".join)
def test_slow_rules_end_the_doctor_without_an_alarm(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
) -> None:
    """There are far fewer files than rules, and each part of the work takes five seconds."""
    write_broken_app(tmp_path, {"web/index.html": ""})
    monkeypatch.delattr(signal, "setitimer")
    seconds = count(step=5)
    clock = replace(create_system_clock(), monotonic=lambda: float(next(seconds)))

    code = run(["sentry-release", "doctor", *options], {"GITHUB_WORKSPACE": str(tmp_path)}, clock)

    assert code == 3
    assert "The doctor did not finish within" in capsys.readouterr().err
    assert next(seconds) < 200


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("doctor.json", '{"name": "shop"}'),
        ("doctor.sarif", '{"$schema": "x", "version": "2.1.0", "runs": []}'),
        (
            "doctor.sarif",
            '{"$schema": "", "version": "", "runs": [{"tool": {"driver": {"name": "other"}}}]}',
        ),
    ],
)
def test_a_report_does_not_overwrite_the_file_of_another_program(
    tmp_path: Path, name: str, content: str
) -> None:
    write_broken_app(tmp_path, {f"out/{name}": content})

    output = doctor(tmp_path, "--report-dir", "out")

    assert output.code == 2
    assert f"'out/{name}' is not overwritten." in output.text
    assert (tmp_path / "out" / name).read_text() == content


def test_a_report_replaces_that_of_an_earlier_run(tmp_path: Path) -> None:
    first = doctor(write_broken_app(tmp_path), "--report-dir", "out")
    (tmp_path / "lib/main.dart").write_text("void main() {}\n")

    second = doctor(tmp_path, "--report-dir", "out")

    assert (first.code, "not overwritten" in second.text) == (3, False)
    assert '"findings": []' in (tmp_path / "out/doctor.json").read_text()
