"""Claims about what an upload reports: rows, counts, sizes and what was left out."""

import json
from dataclasses import replace

import pytest

from objects import entries_of, object_bytes
from sentry_release.errors import ServiceUnavailableError
from sentry_release.model.upload import FileResult, UploadState
from sentry_release.upload.app_images import AppLayout, ShippedImage, find_images
from sentry_release.upload.build_contents import BuildContents
from sentry_release.upload.byte_readers import BytesReader
from sentry_release.upload.debug_files import Completeness
from sentry_release.upload.upload_plan import (
    FileKind,
    PlannedFile,
    UploadPlan,
    plan_upload,
    split_into_chunks,
)
from sentry_release.upload.upload_report import (
    ReportRow,
    UploadReport,
    build_rows,
    build_unsent_report,
    build_web_row,
    collect_notes,
    count_states,
    describe_missing,
    format_size,
)

ROW = ReportRow(
    kind=FileKind.DEBUG_FILE,
    path="libapp.so",
    arch="arm64",
    debug_id="1",
    size=12_345,
    state=UploadState.NEW,
)


def images(*paths: str) -> tuple[ShippedImage, ...]:
    entries = entries_of({path: object_bytes()["elf-x86_64-stripped"] for path in paths})
    return find_images("app.apk", entries, AppLayout.ANDROID)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.0 kB"),
        (949, "0.9 kB"),
        (12_345, "12.3 kB"),
        (999_949, "999.9 kB"),
        (999_999, "1000.0 kB"),
        (1_000_000, "1.0 MB"),
        (30_500_000, "30.5 MB"),
    ],
)
def test_sizes_are_in_kilobytes_or_megabytes(size: int, text: str) -> None:
    assert format_size(size) == replace(ROW, size=size).size_text == text


def test_the_summary_has_60_rows_and_the_number_of_the_others() -> None:
    shown = {
        count: UploadReport(rows=(ROW,) * count).build_summary_values() for count in (0, 60, 62)
    }

    assert [len(one["rows"]) for one in shown.values()] == [0, 60, 60]  # type: ignore[arg-type]
    assert [one["more"] for one in shown.values()] == [0, 0, 2]
    assert [one["sent_text"] for one in shown.values()] == [None] * 3


def test_the_output_lists_200_files() -> None:
    outputs = UploadReport(rows=(ROW,) * 201).build_outputs()

    listed = json.loads(outputs["uploaded"])
    assert len(listed) == 200
    assert listed[0] == {
        "file": "libapp.so",
        "kind": "debug file",
        "arch": "arm64",
        "id": "1",
        "bytes": 12_345,
        "state": UploadState.NEW.value,
    }


def test_the_summary_names_20_libraries_without_symbols_each_once() -> None:
    found = images(*(f"lib/x86_64/lib{number}.so" for number in range(21)))
    completeness = Completeness(is_complete=True, without_symbols=(found[0], *found))

    values = UploadReport(completeness=completeness, sent_bytes=1).build_summary_values()

    assert values["without_symbols"] == tuple(one.path for one in found[:20])
    assert values["sent_text"] == "0.0 kB"


@pytest.mark.parametrize(
    ("report", "is_empty"),
    [
        (UploadReport(), True),
        (UploadReport(rows=(ROW,)), False),
        (UploadReport(notes=("a",)), False),
        (UploadReport(completeness=Completeness(is_complete=False)), False),
    ],
    ids=["nothing", "file", "note", "app"],
)
def test_a_report_is_empty_without_files_notes_and_an_app(
    report: UploadReport, *, is_empty: bool
) -> None:
    assert report.is_empty is is_empty


def test_states_are_counted_the_worst_first() -> None:
    rows = [replace(ROW, state=state) for state in (UploadState.NEW, UploadState.FAILED)]

    assert count_states([*rows, rows[0]]) == "1 failed, 2 uploaded"
    assert count_states([]) == ""


def test_a_file_has_its_worst_state_among_the_projects() -> None:
    one, other = (
        PlannedFile(
            kind=FileKind.DEBUG_FILE,
            path=name,
            arch="arm64",
            file=split_into_chunks(name, BytesReader(b"content"), debug_id="1"),
        )
        for name in ("a.so", "b.so")
    )
    states = (UploadState.PRESENT, UploadState.FAILED, UploadState.NEW)
    results = [FileResult(file=one.file, state=state, detail=state.value) for state in states]

    (row,) = build_rows([one, other], results)

    assert (row.path, row.state, row.detail) == ("a.so", UploadState.FAILED, "failed")
    assert (row.size, row.debug_id) == (7, "1")


def plan_of(scripts: int, *, without_map: int = 0) -> UploadPlan:
    script = b"//# sourceMappingURL=%d.js.map"
    found = BuildContents(
        web_files={
            **{f"{n}.js": BytesReader(script % n) for n in range(scripts)},
            **{f"{n}.js.map": BytesReader(b"{}") for n in range(scripts)},
            **{f"{n}.dart.js": BytesReader(b"") for n in range(without_map)},
        }
    )
    return plan_upload(found, chunk_size=1000, read_source=None)


@pytest.mark.parametrize(("scripts", "text"), [(1, "1 script"), (2, "2 scripts")])
def test_the_row_of_the_web_build_counts_scripts(scripts: int, text: str) -> None:
    row = build_web_row(plan_of(scripts), None, UploadState.UNSENT, None)

    assert (row.path, row.size) == (f"build/web ({text})", 0)


def test_a_report_of_nothing_sent_says_why() -> None:
    error = ServiceUnavailableError("Sentry is down.", reason="It answered 503.", hint="Wait.")

    unsent = build_unsent_report(plan_of(1), BuildContents())
    failed = build_unsent_report(plan_of(1), BuildContents(), error)

    assert [(one.state, one.detail) for one in unsent.rows] == [(UploadState.UNSENT, None)]
    assert [(one.state, one.detail) for one in failed.rows] == [
        (UploadState.FAILED, "Sentry is down. It answered 503.")
    ]
    assert (unsent.errors, failed.errors, failed.failed) == ((), (error,), failed.rows)
    assert build_unsent_report(plan_of(0), BuildContents()).rows == ()


def test_the_web_build_is_the_first_row() -> None:
    (image,) = images("lib/x86_64/libapp.so")
    planned = PlannedFile(
        kind=FileKind.DEBUG_FILE,
        path=image.path,
        arch="x86_64",
        file=split_into_chunks("libapp.so", BytesReader(b"")),
    )

    report = build_unsent_report(replace(plan_of(1), files=(planned, planned)), BuildContents())

    assert [one.kind for one in report.rows] == [
        FileKind.SOURCE_MAPS,
        FileKind.DEBUG_FILE,
        FileKind.DEBUG_FILE,
    ]


def test_three_scripts_without_a_map_are_named() -> None:
    (note,) = collect_notes(plan_of(0, without_map=4), BuildContents())

    assert note.startswith("No source map for 0.dart.js, 1.dart.js, 2.dart.js. ")


def test_older_files_are_only_noted_if_no_newer_ones_were_found() -> None:
    older = BuildContents(older=["a.apk", "b.apk"])
    newer = BuildContents(older=["a.apk"], web_files={"a.js": BytesReader(b"")})
    shipped = BuildContents(older=["a.apk"], images=[*images("lib/x86_64/libapp.so")])
    (note,) = collect_notes(UploadPlan(), older)

    assert note.startswith("2 files of a build skipped: they are older than this job.")
    assert collect_notes(UploadPlan(), newer) == collect_notes(UploadPlan(), shipped) == ()
    assert collect_notes(UploadPlan(), BuildContents()) == ()


def test_what_is_missing_gets_the_hint_of_its_platform() -> None:
    (android,) = images("lib/x86_64/libapp.so")
    path = "Payload/Runner.app/Frameworks/App.framework/App"
    (apple,) = find_images(
        "shop.ipa", entries_of({path: object_bytes()["macho-arm64"]}), AppLayout.APPLE
    )

    assert describe_missing(android).startswith(
        "Sentry has no debug information for `lib/x86_64/libapp.so` (x86_64) of `app.apk`, id "
    )
    assert "--split-debug-info" in describe_missing(android)
    assert describe_missing(apple).endswith("Upload the dSYM of that build.")
