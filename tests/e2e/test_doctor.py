"""The action doctor in the container, on whole projects of its corpus: places, limits, report, main."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from broken_app import FOUND, write_broken_app
from corpus import CORPUS, expected_of
from e2e.app import App
from e2e.between import between
from e2e.runner import Job, Report
from job import ROOT
from large_app import large_app

SCHEMA = json.loads((ROOT / "tests/sarif/sarif-2.1.0.json").read_text())
LEVELS = {"error": "error", "warning": "warning", "notice": "info"}


@pytest.fixture
def job(app: App) -> Job:
    """A job whose checkout is an app with an error, a warning and a hint."""
    job = app.job()
    write_broken_app(job.workspace)
    return job


def places(report: Report) -> list[str]:
    """The annotations of files, as `FD07 error lib/main.dart:6`."""
    return [
        f"{note.properties['title'].split(' ')[0]} {LEVELS[note.kind]} "
        f"{note.properties['file']}:{note.properties['line']}"
        for note in report.annotations
        if "file" in note.properties
    ]


def test_findings_are_annotated_at_their_places_and_errors_fail_the_step(
    app: App, job: Job
) -> None:
    with between(app.lab.url) as sentry:
        report = app.play(job, env={"SENTRY_URL": sentry.url}, sub_action="doctor")

    assert report.main.exit_code == 3
    assert places(report) == list(FOUND)
    assert sentry.methods == set()
    assert (report.outputs["doctor-errors"], report.outputs["doctor-warnings"]) == ("1", "1")
    assert "### ❌ Doctor for `shop`: 1 error, 1 warning, 1 info" in report.main.summary


def test_rules_whose_level_is_off_are_not_reported(app: App, job: Job) -> None:
    report = app.play(job, sub_action="doctor", doctor_levels="FD07=off FD08=off FD35=off")

    assert [stage.exit_code for stage in report.stages] == [0]
    assert report.annotations == ()


def test_the_report_is_there_for_later_steps_and_is_theirs(app: App, job: Job) -> None:
    app.play(job, sub_action="doctor", report_dir="out/doctor")

    folder = job.workspace / "out/doctor"
    sarif = json.loads((folder / "doctor.sarif").read_text())
    assert list(Draft202012Validator(SCHEMA).iter_errors(sarif)) == []
    assert len(json.loads((folder / "doctor.json").read_text())["findings"]) == len(FOUND)
    assert (folder / "doctor.json").stat().st_uid == job.workspace.stat().st_uid


def test_main_reports_errors_and_still_creates_the_release(app: App, job: Job) -> None:
    report = app.play(job)

    assert report.main.exit_code == 0
    assert places(report) == ["FD07 warning lib/main.dart:6"]
    assert report.outputs["release"] == "shop@1.4.0+27"


def test_main_fails_if_requested_and_sentry_gets_no_request(app: App, job: Job) -> None:
    with between(app.lab.url) as sentry:
        report = app.play(job, env={"SENTRY_URL": sentry.url}, doctor="fail")

    assert report.main.exit_code == 3
    assert report.outputs["release"] == "shop@1.4.0+27"
    assert sentry.methods == set()


@pytest.mark.parametrize(
    "name",
    sorted(path.parent.name for path in CORPUS.glob("*/expected.txt"))[::40],
)
def test_projects_of_the_corpus_are_checked_in_the_container_as_outside(
    app: App, name: str
) -> None:
    job = app.job()
    for path in job.workspace.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(CORPUS / name, job.workspace, dirs_exist_ok=True)
    expected, _ = expected_of(CORPUS / name)

    report = app.play(job, sub_action="doctor")

    assert sorted(places(report)) == sorted(expected.elements())


def test_a_hostile_project_writes_nothing_into_the_log_of_the_job(app: App, job: Job) -> None:
    hostile_text = "::error::pwned%0A::set-output name=x::y"
    text = (job.workspace / "lib/main.dart").read_text()
    write_hostile_text(job.workspace, hostile_text, text)

    report = app.play(job, sub_action="doctor")

    assert not any(note.message.startswith("pwned") for note in report.annotations)
    assert "x" not in report.outputs


def write_hostile_text(workspace: Path, hostile_text: str, text: str) -> None:
    lib = workspace / "lib"
    (lib / f"a\n{hostile_text.replace('/', '')}.dart").write_text(text)
    (lib / "release.dart").write_text(
        text.replace("options.dsn = dsn;", f"options.release = '{hostile_text}\\n{hostile_text}';")
    )


def test_from_the_command_line_the_container_fixes_and_files_keep_owner_and_rights(
    app: App, job: Job
) -> None:
    main, folder = job.workspace / "lib/main.dart", job.workspace.stat()
    os.chown(main, folder.st_uid, folder.st_gid)
    main.chmod(0o664)
    before = main.read_text()
    command = ["docker", "run", "--rm", "--network=none", "-v", f"{job.workspace}:/app"]
    command += ["-e", "GITHUB_WORKSPACE=/app", app.image, "doctor", "--fix"]

    visible = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell
    unchanged = main.read_text()
    fixed = subprocess.run([*command, "--write"], capture_output=True, text=True, check=False)  # noqa: S603 - the same

    assert (visible.returncode, unchanged) == (3, before)
    assert "+    options.enableAutoSessionTracking = true;" in visible.stdout
    assert fixed.returncode == 0, fixed.stdout
    assert "3 fixed, 0 manual." in fixed.stdout
    assert main.read_text() == before.replace("false", "true").replace("final dsn", "const dsn")
    after = main.stat()
    assert (after.st_uid, after.st_gid) == (folder.st_uid, folder.st_gid)
    assert after.st_mode & 0o777 == 0o664


def test_20_000_files_are_looked_at_in_the_container(app: App) -> None:
    job = app.job()
    large_app(job.workspace, files=20_000, rows=10)

    report = app.play(job, sub_action="doctor")

    assert report.main.exit_code == 0
    assert report.annotations == ()
