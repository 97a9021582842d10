"""Find the output of a build, upload it, and check that Sentry has everything that ships."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO

from sentry_release.adapters.file_search import find_files, has_build_output
from sentry_release.adapters.sentry.upload_client import UploadClient
from sentry_release.adapters.sentry.upload_files import BundleTarget, Uploader
from sentry_release.adapters.threads import map_concurrently
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError, ProjectError
from sentry_release.model.platform import Platform
from sentry_release.model.upload import UploadState, UploadSummary
from sentry_release.upload.build_contents import BuildContents, collect_build, collect_requested
from sentry_release.upload.byte_readers import ObjectFormatError
from sentry_release.upload.debug_files import Completeness, check_completeness, list_ids_to_look_up
from sentry_release.upload.locations import SKIPPED_FOLDERS
from sentry_release.upload.upload_plan import (
    CHUNK_SIZE,
    FileKind,
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
    choose_worst_result,
    collect_notes,
)
from sentry_release.upload.web_bundle import BundleOwner, ReadSource, write_artifact_bundle

_MAX_SOURCE = 1024 * 1024  # bytes of one Dart source file
_MAX_LOOK_UPS = 20  # requests for debug ids that no uploaded file has


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    """
    What to upload, and for which release.

    `directory` is the app's folder, `symbols_paths` further folders relative to it.
    `newer_than` are seconds since 1970; older files are of another job, unless a symbols path
    names them. None counts files of any age. `named_maps` are obfuscation maps that the workflow
    names, and `web_folders` those of web builds, relative to that folder.
    """

    directory: PurePosixPath
    platforms: frozenset[Platform]
    symbols_paths: tuple[PurePosixPath, ...]
    include_sources: bool
    newer_than: float | None
    organization: str
    projects: tuple[str, ...]
    release: str
    dist: str | None
    dry_run: bool
    named_maps: frozenset[str] = frozenset()
    web_folders: frozenset[str] = frozenset()


class _SpooledReader:
    """A temporary file, read by one thread at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def read_at(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)


def find_build(request: UploadRequest, workspace: Workspace) -> BuildContents:
    """
    Return the build output in the app's folder, and the files of the symbols paths.

    Raises:
        ProjectError: A symbols path does not exist.
        WorkflowError: A path leads out of the workspace.
    """
    root = workspace.resolve(request.directory)
    found = collect_build(
        find_files(root, skip=SKIPPED_FOLDERS) if has_build_output(root) else (),
        platforms=request.platforms,
        newer_than=request.newer_than,
        named_maps=request.named_maps,
        web_folders=request.web_folders,
    )
    for path in request.symbols_paths:
        folder = workspace.resolve(request.directory / path)
        if not folder.is_dir():
            raise _build_symbols_path_error(path)
        collect_requested(found, str(path), list(find_files(folder, skip={".git"})))
    return found


def upload_build(
    request: UploadRequest,
    found: BuildContents,
    workspace: Workspace,
    connect: Callable[[], UploadClient] | None,
) -> UploadReport:
    """
    Upload the build output, and report whether Sentry has everything that ships.

    Errors are part of the report, so that a caller can show them and go on.

    Args:
        request: What to upload.
        found: The result of find_build().
        workspace: The workspace, from which sources are read.
        connect: Opens the connection; None if there is no token, so that nothing is sent.
    """
    read_source = _create_source_reader(request, workspace) if request.include_sources else None
    plan = plan_upload(found, chunk_size=CHUNK_SIZE, read_source=read_source)
    if connect is None or not (plan.files or plan.web_files or found.images):
        return build_unsent_report(plan, found)
    client = connect()
    try:
        transport = client.open_transport()
        options = client.read_options(transport)
    except ActionError as error:
        return build_unsent_report(plan, found, error)
    if options.chunk_size != CHUNK_SIZE:
        plan = plan_upload(found, chunk_size=options.chunk_size, read_source=read_source)
    uploader = Uploader(
        client=client, options=options, transport=transport, dry_run=request.dry_run
    )
    return _upload(request, found, plan, uploader)


def _upload(
    request: UploadRequest, found: BuildContents, plan: UploadPlan, uploader: Uploader
) -> UploadReport:
    tasks: list[Callable[[], tuple[list[ReportRow], UploadSummary]]] = []
    if plan.web_files:  # concurrently: packing them takes about as long as sending the others
        tasks.append(partial(_upload_web, request, plan, uploader.fork()))
    if plan.files:
        tasks.append(partial(_upload_files, plan, uploader))
    done = map_concurrently(lambda task: task(), tasks, at_once=len(tasks))
    rows = [row for some, _ in done for row in some]
    return UploadReport(
        rows=tuple(rows),
        completeness=_check_completeness(found, rows, uploader),
        sent_bytes=sum(summary.sent_bytes for _, summary in done),
        errors=tuple(dict.fromkeys(error for _, summary in done for error in summary.errors)),
        notes=collect_notes(plan, found),
    )


def _upload_files(plan: UploadPlan, uploader: Uploader) -> tuple[list[ReportRow], UploadSummary]:
    summary = uploader.upload_debug_files([one.file for one in plan.files])
    return build_rows(plan.files, summary.results), summary


def _upload_web(
    request: UploadRequest, plan: UploadPlan, uploader: Uploader
) -> tuple[list[ReportRow], UploadSummary]:
    owner = BundleOwner(
        organization=request.organization,
        projects=request.projects,
        release=request.release,
        dist=request.dist,
    )
    with tempfile.TemporaryFile() as file:
        try:
            bundle_id = write_artifact_bundle(plan.web_files, owner, file)
        except (OSError, ObjectFormatError) as error:
            problem = _build_unreadable_error(error)
            row = build_web_row(
                plan, None, UploadState.FAILED, f"{problem.message} {problem.reason}"
            )
            return [row], UploadSummary(errors=(problem,), sent_bytes=0)
        bundle = split_into_chunks(
            plan.web_folder,
            _SpooledReader(file),
            chunk_size=uploader.options.chunk_size,
            is_compressed=True,
        )
        target = BundleTarget(release=request.release, dist=request.dist, bundle_id=bundle_id)
        summary = uploader.upload_bundle(bundle, target)
    worst = choose_worst_result(summary.results)
    return [build_web_row(plan, bundle, worst.state, worst.detail, bundle_id)], summary


def _check_completeness(
    found: BuildContents, rows: Sequence[ReportRow], uploader: Uploader
) -> Completeness:
    """Compare what ships with what was uploaded, and look up missing ids in Sentry."""
    in_sentry = {
        row.debug_id
        for row in rows
        if row.kind is FileKind.DEBUG_FILE
        and row.state in {UploadState.NEW, UploadState.PRESENT, UploadState.UNPROCESSED}
    }
    explained = {one.object.debug_id for one in found.candidates if one.object.explains_functions}
    known = {one for one in explained if one in in_sentry}
    unknown_ids = list_ids_to_look_up(found.images, known)
    is_certain = len(unknown_ids) <= _MAX_LOOK_UPS
    client = uploader.client
    for debug_id in unknown_ids[:_MAX_LOOK_UPS]:
        try:
            if all(
                client.has_debug_info(uploader.transport, project, debug_id)
                for project in client.projects
            ):
                known.add(debug_id)
        except ActionError:  # the uploads, if any, have reported it
            is_certain = False
            break
    return check_completeness(found.images, known, is_certain=is_certain)


def _create_source_reader(request: UploadRequest, workspace: Workspace) -> ReadSource:
    def read(path: PurePosixPath) -> str | None:
        try:
            return workspace.read_text(request.directory / path, limit=_MAX_SOURCE)
        except ActionError:
            return None  # not UTF-8, too large, or a link out of the workspace

    return read


def _build_symbols_path_error(path: PurePosixPath) -> ProjectError:
    return ProjectError(
        f"{str(path)!r} in `symbols-path` is not a folder.",
        reason="The path is relative to `working-directory`.",
        hint="Correct the path, or download the artifact with the symbols before this step.",
        shell_hint="Correct the path, or copy the symbols there first.",
    )


def _build_unreadable_error(error: Exception) -> ProjectError:
    return ProjectError(
        "The files of the web build could not be packed.",
        reason=f"Reading or writing failed: {error}.",
        hint="Make sure that no other process changes build/web and that the disk is not full.",
    )
