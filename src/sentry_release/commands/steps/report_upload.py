"""Build the request of an upload from the inputs, and report its result."""

from pathlib import PurePosixPath

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.commands.steps.upload_build import UploadRequest
from sentry_release.config.config import Config
from sentry_release.model.outputs import Annotation, AnnotationLevel
from sentry_release.upload.locations import find_named_maps
from sentry_release.upload.upload_report import UploadReport, count_states, describe_missing

_TITLE = "Sentry release: uploads"
_MAX_NAMED = 5  # files in one annotation


def build_request(
    config: Config,
    *,
    release: str,
    dist: str | None,
    newer_than: float | None,
    workflows: tuple[str, ...] = (),
) -> UploadRequest:
    """
    Return what to upload by the inputs, for this release and dist; see UploadRequest.

    `workflows` are the texts of the workflows of the job, which may name obfuscation maps.
    """
    return UploadRequest(
        directory=config.working_directory,
        platforms=config.uploads,
        symbols_paths=config.symbols_path,
        include_sources=config.include_sources,
        newer_than=newer_than,
        organization=config.org or "",
        projects=config.projects,
        release=release,
        dist=dist,
        dry_run=config.dry_run,
        named_maps=find_named_maps(workflows, config.working_directory),
    )


def show_report(report: UploadReport, runner: ActionsRunner) -> None:
    """Write the report to the log and the job summary, and its problems as annotations."""
    if report.is_empty:
        return
    runner.log_line(f"Uploads: {count_states(report.rows) or 'no file'}.")
    for row in report.rows:
        detail = f": {row.detail}" if row.detail else ""
        runner.log_debug(f"{row.kind.value} {row.path} {row.debug_id}: {row.state.value}{detail}")
    from sentry_release.adapters.templates import render

    runner.add_summary(render.render_template("upload", **report.summary_values()))
    _warn(runner, [describe_missing(image) for image in report.completeness.missing])
    if not report.errors:
        _warn(runner, [f"{row.path} was not uploaded: {row.detail}" for row in report.failed])
    _warn(runner, report.notes)


def show_unsent(report: UploadReport, runner: ActionsRunner, reason: str) -> None:
    """Write to the log why nothing is sent, before the list of what would be."""
    if not report.is_empty:
        runner.log_line(f"Nothing was sent to Sentry: {reason}. These files would be uploaded:")


def show_nothing_found(runner: ActionsRunner, directory: PurePosixPath) -> None:
    """Warn that the upload action found no build output."""
    text = (
        f"There is no build output below {str(directory)!r}, so nothing was uploaded.\n"
        "Run this step after the build, or set `symbols-path` to the folder of the symbols."
    )
    runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text=text))


def _warn(runner: ActionsRunner, texts: "list[str] | tuple[str, ...]") -> None:
    if texts:
        more = len(texts) - _MAX_NAMED
        lines = [*texts[:_MAX_NAMED], *([f"… and {more} more."] if more > 0 else [])]
        runner.annotate(
            Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text="\n".join(lines))
        )
