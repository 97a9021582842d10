"""What an upload came to, for the step outputs, the log and the job summary."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sentry_release.errors import ActionError
from sentry_release.model.upload import FileResult, UploadState
from sentry_release.upload.app_images import ShippedImage
from sentry_release.upload.debug_files import Completeness
from sentry_release.upload.object_file import ObjectFormat
from sentry_release.upload.upload_plan import FileKind

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
