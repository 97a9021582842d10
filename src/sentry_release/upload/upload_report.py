"""What an upload came to, for the step outputs, the log and the job summary: rows and notes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sentry_release.errors import ActionError
from sentry_release.model.upload import ChunkedFile, FileResult, ObjectFormat, UploadState
from sentry_release.upload.app_images import ShippedImage
from sentry_release.upload.build_contents import BuildContents
from sentry_release.upload.debug_files import Completeness
from sentry_release.upload.upload_plan import FileKind, PlannedFile, UploadPlan

MAX_ROWS = 60  # of the table in the summary
_MAX_OUTPUT = 200  # files in the output `uploaded`; the runner limits all outputs of a job
_MB = 1_000_000  # bytes
_MAX_LIBRARIES = 20  # that are named
_WORST_FIRST = (
    UploadState.FAILED,
    UploadState.UNPROCESSED,
    UploadState.MISSING,
    UploadState.UNSENT,
    UploadState.NEW,
    UploadState.PRESENT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """
    One file of the report, with its worst state among the projects.

    `size` is in bytes; `detail` is why it failed.
    """

    kind: FileKind
    path: str
    arch: str | None
    debug_id: str | None
    size: int
    state: UploadState
    detail: str | None = None

    @property
    def size_text(self) -> str:
        """Return the size for people."""
        return format_size(self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReport:
    """
    What an upload came to.

    `errors` concern more than one file. `notes` are sentences on what was left out, and why.
    """

    rows: tuple[ReportRow, ...] = ()
    completeness: Completeness = field(default_factory=lambda: Completeness(is_complete=None))
    sent_bytes: int = 0
    errors: tuple[ActionError, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there was nothing to upload and nothing that ships."""
        return not self.rows and not self.notes and self.completeness.is_complete is None

    @property
    def failed(self) -> tuple[ReportRow, ...]:
        """Return the files that could not be uploaded."""
        return tuple(row for row in self.rows if row.state is UploadState.FAILED)

    def build_outputs(self) -> Mapping[str, str]:
        """Return the step outputs: `uploaded` as JSON, and `symbols-complete`."""
        complete = {True: "true", False: "false", None: "unknown"}[self.completeness.is_complete]
        files = [
            {
                "file": row.path,
                "kind": row.kind.value,
                "arch": row.arch,
                "id": row.debug_id,
                "bytes": row.size,
                "state": row.state.value,
            }
            for row in self.rows[:_MAX_OUTPUT]
        ]
        return {"uploaded": json.dumps(files), "symbols-complete": complete}

    def build_summary_values(self) -> dict[str, object]:
        """Return the values of the template `upload`."""
        return {
            "rows": self.rows[:MAX_ROWS],
            "more": max(len(self.rows) - MAX_ROWS, 0),
            "sent_text": format_size(self.sent_bytes) if self.sent_bytes else None,
            "is_complete": self.completeness.is_complete,
            "missing": tuple(map(describe_missing, self.completeness.missing)),
            "without_symbols": tuple(
                dict.fromkeys(one.path for one in self.completeness.without_symbols)
            )[:_MAX_LIBRARIES],
            "notes": self.notes,
        }


def choose_worst_result(results: Iterable[FileResult]) -> FileResult:
    """Return the result that matters most among those of one file in several projects."""
    return min(results, key=lambda one: _WORST_FIRST.index(one.state))


def describe_missing(image: ShippedImage) -> str:
    """Return one shipped image whose debug information Sentry lacks, with a hint, as a sentence."""
    hint = (
        "Upload the dSYM of that build."
        if image.object.format is ObjectFormat.MACHO
        else "Build with `--split-debug-info=build/symbols`, and upload the files of that build."
    )
    return (
        f"Sentry has no debug information for `{image.path}` ({image.object.arch}) "
        f"of `{image.app}`, id {image.object.debug_id}. {hint}"
    )


def format_size(size: int) -> str:
    """
    Return bytes in kB or MB, for people.

    >>> format_size(300), format_size(12_345), format_size(30_500_000)
    ('0.3 kB', '12.3 kB', '30.5 MB')
    """
    return f"{size / _MB:.1f} MB" if size >= _MB else f"{size / 1000:.1f} kB"


def count_states(rows: Sequence[ReportRow]) -> str:
    """Return how many files ended in which state, such as `1 failed, 3 uploaded`; worst first."""
    counts = {state: sum(row.state is state for row in rows) for state in _WORST_FIRST}
    return ", ".join(f"{count} {state.label}" for state, count in counts.items() if count)


def build_web_row(
    plan: UploadPlan,
    bundle: ChunkedFile | None,
    state: UploadState,
    detail: str | None,
    bundle_id: str | None = None,
) -> ReportRow:
    """
    Return the row of the web build, whose scripts and source maps are sent as one bundle.

    Args:
        plan: What was to be sent.
        bundle: The bundle as it was sent; None if it was not.
        state: What became of it.
        detail: Why it failed; None if it did not.
        bundle_id: The debug id of the bundle, if it was packed.
    """
    count = len(plan.web_files) // 2
    return ReportRow(
        kind=FileKind.SOURCE_MAPS,
        path=f"{plan.web_folder} ({count} {'script' if count == 1 else 'scripts'})",
        arch=None,
        debug_id=bundle_id,
        size=bundle.size if bundle else 0,
        state=state,
        detail=detail,
    )


def build_rows(files: Sequence[PlannedFile], results: Sequence[FileResult]) -> list[ReportRow]:
    """Return a row for each file that was sent, with its worst result among the projects."""
    rows = []
    for one in files:
        own = [result for result in results if result.file is one.file]
        if own:
            worst = choose_worst_result(own)
            rows.append(_build_row(one, worst.state, worst.detail))
    return rows


def _build_row(planned: PlannedFile, state: UploadState, detail: str | None = None) -> ReportRow:
    return ReportRow(
        kind=planned.kind,
        path=planned.path,
        arch=planned.arch,
        debug_id=planned.file.debug_id,
        size=planned.file.size,
        state=state,
        detail=detail,
    )


def build_unsent_report(
    plan: UploadPlan, found: BuildContents, error: ActionError | None = None
) -> UploadReport:
    """Return the report of an upload that sent nothing."""
    state = UploadState.UNSENT if error is None else UploadState.FAILED
    detail = f"{error.message} {error.reason}" if error else None
    rows = [_build_row(one, state, detail) for one in plan.files]
    if plan.web_files:
        rows.insert(0, build_web_row(plan, None, state, detail))
    return UploadReport(
        rows=tuple(rows),
        completeness=Completeness(is_complete=None),
        errors=(error,) if error else (),
        notes=collect_notes(plan, found),
    )


def collect_notes(plan: UploadPlan, found: BuildContents) -> tuple[str, ...]:
    """Return sentences on what was left out, and why."""
    notes = list(plan.notes)
    notes += [f"{one.path} skipped: it belongs to another build." for one in plan.of_other_builds]
    if plan.without_map:
        names = ", ".join(plan.without_map[:3])
        notes.append(f"No source map for {names}. Build with `flutter build web --source-maps`.")
    if found.older and not (found.images or found.candidates or found.web_files):
        notes.append(
            f"{len(found.older)} files of a build skipped: they are older than this job. "
            "To upload them, add their folder to `symbols-path`."
        )
    return tuple(notes)
