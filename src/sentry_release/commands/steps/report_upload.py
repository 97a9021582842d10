"""Build the request of an upload from the inputs, and report its result."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.commands.steps.upload_build import UploadRequest
from sentry_release.config.config import Config
from sentry_release.config.outputs import find_exported_variable
from sentry_release.errors import ActionError
from sentry_release.flutter.artifacts import ARTIFACTS, Artifact, read_artifact_identity
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.platform import Identity, Platform
from sentry_release.model.upload import ByteReader
from sentry_release.release.release_name import parse_release_name
from sentry_release.release.sdk_default import build_sdk_default
from sentry_release.upload.app_images import lacks_name
from sentry_release.upload.build_contents import BuildContents
from sentry_release.upload.byte_readers import ObjectFormatError
from sentry_release.upload.locations import find_named_maps, find_web_folders
from sentry_release.upload.upload_report import UploadReport, count_states, describe_missing

_TITLE = "Sentry release: uploads"
_MAX_NAMED = 5  # files in one annotation
_MAX_BYTES = 4 * 1024 * 1024  # of a file that names a build
_MAX_FILES = 20  # of one platform
_MAIN_SCRIPT = re.compile(r"main\.dart[^/]*\.js")
_NAMED_BY_ID = {Platform.ANDROID, Platform.IOS, Platform.MACOS}


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

    `workflows` are the texts of the workflows of the job, which may name obfuscation maps and
    folders of web builds.
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
        web_folders=find_web_folders(workflows, config.working_directory),
    )


def show_report(report: UploadReport, runner: ActionsRunner) -> None:
    """Write the report to the log and the job summary, and its problems as annotations."""
    if report.is_empty:
        return
    runner.log_line(f"Uploads: {count_states(report.rows) or 'no file'}.")
    for row in report.rows:
        detail = f": {row.detail}" if row.detail else ""
        name = " ".join(filter(None, (row.kind.value, row.path, row.arch, row.debug_id)))
        show_row = runner.log_debug if runner.on_actions else runner.log_line
        show_row(f"  {name}: {row.state.label}{detail}")
    from sentry_release.adapters.templates import render

    runner.add_summary(render.render_template("upload", **report.build_summary_values()))
    _warn(runner, [describe_missing(image) for image in report.completeness.missing])
    if not report.errors:
        _warn(runner, [f"{row.path} was not uploaded: {row.detail}" for row in report.failed])
    _warn(runner, report.notes)


def show_unsent(report: UploadReport, runner: ActionsRunner, reason: str) -> None:
    """Write to the log why nothing is sent, before the list of what would be."""
    if not report.is_empty:
        runner.log_line(f"Nothing was sent to Sentry: {reason}. These files would be uploaded.")


def show_nothing_found(
    runner: ActionsRunner, directory: PurePosixPath, platforms: Collection[Platform]
) -> None:
    """Warn that the upload action found no build output; `platforms` are those of `uploads`."""
    listed = ", ".join(one for one in Platform if one in platforms)
    of_platforms = "" if {*platforms} == {*Platform} else f" of {listed}"
    text = (
        "`uploads` is `none`, so nothing was uploaded."
        if not platforms
        else f"There is no build output{of_platforms} below {str(directory)!r}, so nothing was uploaded.\n"
        "Upload after the build, or set `symbols-path` to the folder of the symbols."
    )
    runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text=text))


def _warn(runner: ActionsRunner, texts: "list[str] | tuple[str, ...]") -> None:
    if texts:
        more = len(texts) - _MAX_NAMED
        lines = [*texts[:_MAX_NAMED], *([f"… and {more} more."] if more > 0 else [])]
        runner.annotate(
            Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text="\n".join(lines))
        )


def add_build_notes(
    report: UploadReport,
    request: UploadRequest,
    found: BuildContents,
    workspace: Workspace,
    exported_env: str | None,
) -> UploadReport:
    """
    Return the report with a note for each build of the job that is not of the uploaded release.

    Args:
        report: The result of the upload.
        request: What was uploaded.
        found: The build output.
        workspace: The workspace, from which the built apps are read.
        exported_env: What the steps of the job have exported, the variable EXPORT_MARKER.
    """
    unnamed = tuple(_list_unnamed(request, found, workspace, exported_env))
    if report.is_empty and not unnamed:
        return report
    notes = (*_list_named(request, exported_env), *_list_built(request, workspace), *unnamed)
    return replace(report, notes=(*report.notes, *notes))


def _list_unnamed(
    request: UploadRequest, found: BuildContents, workspace: Workspace, exported_env: str | None
) -> Iterator[str]:
    """
    Return a note for each built app without the release name, if no app of the job has it.

    Some other app may belong to another step of the job that uses this action.
    """
    other = find_exported_variable(exported_env, request.directory, "SENTRY_RELEASE")
    if other not in {None, request.release}:
        return
    code = _list_compiled_code(found)
    without = [app for app, (_, readers) in code.items() if _lacks_name(readers, request.release)]
    if len(without) < len(code):
        return
    for app in without:
        if not _may_default_be_name(request, workspace, code[app][0]):
            yield (
                f"`{app}` has the Sentry SDK, but not the release name `{request.release}`: it "
                "reports another one, unless its code composes the name. Pass the dart-defines of "
                "this action to that build, as the last `--dart-define-from-file`, and no other "
                "SENTRY_RELEASE."
            )


def _list_compiled_code(
    found: BuildContents,
) -> dict[str, tuple[Platform, tuple[ByteReader, ...]]]:
    """Return platform and compiled code of each app."""
    code: dict[str, tuple[Platform, tuple[ByteReader, ...]]] = {
        app: (found.app_platforms[app], (one,)) for app, one in found.dart_code.items()
    }
    scripts = tuple(one for path, one in found.web_files.items() if path.endswith(".js"))
    if any(_MAIN_SCRIPT.fullmatch(path) for path in found.web_files):
        code[found.web_folder] = (Platform.WEB, scripts)
    return code


def _lacks_name(readers: tuple[ByteReader, ...], name: str) -> bool:
    try:
        return lacks_name(readers, name)
    except (ObjectFormatError, OSError):
        return False  # what cannot be read is reported by the upload itself


def _may_default_be_name(request: UploadRequest, workspace: Workspace, platform: Platform) -> bool:
    """
    Return whether the SDK may report the release on a platform without any define.

    An app id has a dot, which the name of a Dart package has not.
    """
    defaults = {
        build_sdk_default(identity).release
        for artifact, _, identity in _list_identities(request, workspace)
        if artifact.platform is platform
    }
    if defaults:
        return request.release in defaults
    is_app_id = "." in (parse_release_name(request.release).package or ".")
    return is_app_id or platform not in _NAMED_BY_ID


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
    for _, path, identity in _list_identities(request, workspace):
        if isinstance(identity.build, str) and identity.build != request.dist:
            yield (
                f"`{path}` has the build number {identity.build}, and was uploaded for the "
                f"dist `{request.dist}`. Build with `--build-number={request.dist}`, or set "
                "`build-number` to that of the build."
            )


def _list_identities(
    request: UploadRequest, workspace: Workspace
) -> Iterator[tuple[Artifact, PurePosixPath, Identity]]:
    """Return the identities of the built apps, with the files that contain them."""
    for artifact in ARTIFACTS:
        if artifact.platform not in request.platforms:
            continue
        for path in workspace.glob(artifact.pattern, below=request.directory)[:_MAX_FILES]:
            content = _read(workspace, path, request.newer_than)
            identity = read_artifact_identity(artifact, content) if content else None
            if identity:
                yield artifact, path, identity


def _read(workspace: Workspace, path: PurePosixPath, newer_than: float | None) -> bytes | None:
    """Return the content of a file of this job; None if it is older, or not readable."""
    try:
        if newer_than is not None and workspace.resolve(path).stat().st_mtime < newer_than:
            return None
        return workspace.read_bytes(path, limit=_MAX_BYTES)
    except (ActionError, OSError):
        return None
