"""Find builds of the job that have another dist than the one they are uploaded for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.commands.steps.upload_build import UploadRequest
from sentry_release.config.ignored_variables import find_exported_variable
from sentry_release.errors import ActionError
from sentry_release.flutter.artifacts import ARTIFACTS, read_artifact_identity
from sentry_release.release.release_name import parse_release_name
from sentry_release.upload.upload_report import UploadReport

_MAX_BYTES = 4 * 1024 * 1024  # of a file that names a build
_MAX_FILES = 20  # of one platform


def add_other_dists(
    report: UploadReport, request: UploadRequest, workspace: Workspace, exported_env: str | None
) -> UploadReport:
    """
    Return the report with a note for each dist of the job that is not the uploaded one.

    Args:
        report: The result of the upload.
        request: What was uploaded.
        workspace: The workspace, from which the built apps are read.
        exported_env: What the steps of the job have exported, the variable EXPORT_MARKER.
    """
    if report.is_empty:
        return report
    notes = (*_list_named(request, exported_env), *_list_built(request, workspace))
    return replace(report, notes=(*report.notes, *notes))


def _list_named(request: UploadRequest, exported_env: str | None) -> Iterator[str]:
    """Return a note if a later step of the job has named the app again."""
    other = find_exported_variable(exported_env, request.directory, "SENTRY_DIST")
    if other is not None and request.dist is not None and other != request.dist:
        yield (
            f"Another step of this job names the dist `{other}`, and these files were uploaded for "
            f"`{request.dist}`. Run the action `upload` after each build, or build in separate jobs."
        )


def _list_built(request: UploadRequest, workspace: Workspace) -> Iterator[str]:
    """Return a note for each built app whose build number is not the dist made of it."""
    if request.dist is None or parse_release_name(request.release).build != request.dist:
        return  # the dist is not the build number, so apps need not have it
    for artifact in ARTIFACTS:
        if artifact.platform not in request.platforms:
            continue
        for path in workspace.glob(artifact.pattern, below=request.directory)[:_MAX_FILES]:
            content = _read(workspace, path, request.newer_than)
            identity = read_artifact_identity(artifact, content) if content else None
            if identity and isinstance(identity.build, str) and identity.build != request.dist:
                yield (
                    f"`{path}` has the build number {identity.build}, and was uploaded for the "
                    f"dist `{request.dist}`. Build with `--build-number={request.dist}`, or set "
                    "`build-number` to that of the build."
                )


def _read(workspace: Workspace, path: PurePosixPath, newer_than: float | None) -> bytes | None:
    """Return the content of a file of this job; None if it is older, or not readable."""
    try:
        if newer_than is not None and workspace.resolve(path).stat().st_mtime < newer_than:
            return None
        return workspace.read_bytes(path, limit=_MAX_BYTES)
    except (ActionError, OSError):
        return None
