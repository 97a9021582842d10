"""Write release notes of the commits since the last deploy into the folder `notes-dir`."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.ci.git_repository import build_commit_url, build_compare_url
from sentry_release.commands.steps.verify_commits import read_range, require_github
from sentry_release.config.config import Config
from sentry_release.errors import ActionError
from sentry_release.model.commits import CommitHistory, CommitRange, RangeRelation
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.release.commit_details import find_commit_times
from sentry_release.release.post_state import PostState
from sentry_release.services import Services

if TYPE_CHECKING:  # most jobs write no notes
    from sentry_release.release.release_notes import Change, ReleaseNotes

_TITLE = "Sentry release: release notes"
_MAX_CHANGES = 300  # in Markdown; GitHub accepts 125,000 characters as the text of a release
_RANGES = {RangeRelation.AHEAD, RangeRelation.DIVERGED}
_RECORD = ".sentry-release.json"
_MAX_RECORD = 64 * 1024  # bytes
_KEPT = 2  # hashes of a file: the new content, and the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesRequest:
    """
    The notes of a release to write.

    Attributes:
        folder: The folder for them.
        range_url: The page that compares the range.
        get_commit_url: Returns the page of a commit by its sha.
        commits: The range; None if it is unknown.
        commit_paths: Only commits that change these paths count, if there are any.
    """

    folder: PurePosixPath
    release: str
    environment: str | None
    previous_release: str | None
    range_url: str | None
    get_commit_url: Callable[[str], str | None]
    commits: CommitRange | None
    commit_paths: Sequence[str]


def request_notes(
    config: Config, context: Context, state: PostState, commits: CommitRange | None
) -> NotesRequest | None:
    """Return the request for notes about the release and its commits; None without `notes-dir`."""
    if config.notes_dir is None:
        return None
    server, repository = context.server_url, commits.source if commits else None

    def get_commit_url(sha: str) -> str | None:
        if not (server and repository):
            return None
        return build_commit_url(server, repository, sha, context.forge)

    return NotesRequest(
        folder=config.notes_dir,
        release=state.release,
        environment=state.environment,
        previous_release=state.previous_release,
        range_url=build_compare_url(server, commits, context.forge)
        if server and commits and commits.previous
        else None,
        get_commit_url=get_commit_url,
        commits=commits,
        commit_paths=config.commit_paths,
    )


def write_requested_notes(
    request: NotesRequest | None,
    services: Services,
    state: PostState,
    history: CommitHistory | None = None,
) -> tuple[PurePosixPath | None, PostState]:
    """
    Write the release notes; return their folder, None without any, and the state with lead times.

    Args:
        request: What to write; None for no notes.
        services: The adapters.
        state: The release and the environment.
        history: The commits since the last deploy to the environment, if they have been read.
    """
    if request is not None:
        history = _create_notes(request, services, history)
    if history is None:
        return None, state
    folder = request.folder if request else None
    return folder, state.with_commit_times(find_commit_times(history))


def report_missing_notes(folder: PurePosixPath | None, runner: ActionsRunner, reason: str) -> None:
    """Log that there are no notes, if there should be some."""
    if folder is not None:
        runner.log_line(f"No release notes were written: {reason}.")


def _create_notes(
    request: NotesRequest, services: Services, history: CommitHistory | None
) -> CommitHistory | None:
    """
    Write the notes, and return the commits that they are of; None if there are no notes.

    A failure is a warning, since the build does not depend on notes.
    """
    if request.commits is None:
        report_missing_notes(request.folder, services.runner, "the commits are unknown")
        return None
    try:
        if history is None and not request.commits.is_empty:
            github = require_github(services.github())
            history = read_range(github, request.commits, request.commit_paths)
        if history is None or not history.commits:
            reason = "there are no commits since the last deploy"
            report_missing_notes(request.folder, services.runner, reason)
            return None
        _write_files(services.workspace, request.folder, _render_files(request, history))
    except ActionError as error:
        text = f"No release notes were written.\n{error}"
        services.runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text=text))
        return None
    services.runner.log_line(f"Release notes of {history.total} commits are in {request.folder}.")
    return history


def _render_files(request: NotesRequest, history: CommitHistory) -> Mapping[str, str]:
    """Return the notes as Markdown and for the app stores, by path; `history` must have commits."""
    from sentry_release.release.release_notes import (
        APP_STORE_LIMIT,
        GOOGLE_PLAY_LIMIT,
        build_release_notes,
        build_store_text,
    )

    notes = build_release_notes(history.commits)
    google_play = build_store_text(notes, GOOGLE_PLAY_LIMIT)
    app_store = build_store_text(notes, APP_STORE_LIMIT)
    return {
        "notes.md": _render_markdown(request, history, notes),
        "app-store.txt": app_store,
        "whatsnew/whatsnew-en-US": google_play,
        "fastlane/android/en-US/changelogs/default.txt": google_play,
        "fastlane/ios/en-US/release_notes.txt": app_store,
    }


def _render_markdown(request: NotesRequest, history: CommitHistory, notes: "ReleaseNotes") -> str:
    from sentry_release.adapters.templates.render import render_template

    visible = frozenset(notes.changes[:_MAX_CHANGES])
    groups = [
        {
            "heading": kind.value,
            "changes": _list_changes((one for one in changes if one in visible), request),
        }
        for kind, changes in notes.groups
    ]
    return render_template(
        "release_notes",
        release=request.release,
        environment=request.environment,
        previous_release=request.previous_release,
        range_url=request.range_url,
        is_range_known=history.relation in _RANGES,
        commit_count=history.total,
        groups=[group for group in groups if group["changes"]],
        is_grouped=notes.is_grouped,
        more=len(notes.changes) - len(visible),
        internal=notes.internal,
    )


def _list_changes(
    changes: Iterable["Change"], request: NotesRequest
) -> list[Mapping[str, str | None]]:
    return [
        {
            "subject": one.subject,
            "scope": one.scope,
            "sha": one.sha,
            "url": request.get_commit_url(one.sha),
        }
        for one in changes
    ]


def _write_files(workspace: Workspace, folder: PurePosixPath, files: Mapping[str, str]) -> None:
    """
    Write the files (path in the folder -> text), and replace those that this action wrote before.

    A file that a user made or changed is never replaced. The hashes are stored first, so that a
    job that is cancelled halfway does not leave files that count as a user's.

    Raises:
        WorkflowError: A path is outside the workspace, or a file of a user is in its place.
        ProjectError: The stored hashes cannot be read.
    """
    known = _read_record(workspace, folder)
    record = {
        path: [_compute_hash(text.encode()), *known.get(path, [])][:_KEPT]
        for path, text in files.items()
    }
    workspace.write(
        folder / _RECORD,
        json.dumps({"files": record}, indent=2, sort_keys=True) + "\n",
        is_own_content=lambda content: _parse_record(content) is not None,
    )
    for path, text in files.items():
        accepted = frozenset((*known.get(path, []), *record[path]))
        workspace.write(folder / path, text, is_own_content=partial(_is_one_of, accepted))


def _is_one_of(accepted: frozenset[str], content: bytes) -> bool:
    return _compute_hash(content) in accepted


def _read_record(workspace: Workspace, folder: PurePosixPath) -> dict[str, list[str]]:
    content = workspace.read_bytes(folder / _RECORD, limit=_MAX_RECORD)
    return (_parse_record(content) if content is not None else None) or {}


def _parse_record(content: bytes) -> dict[str, list[str]] | None:
    """Return the hashes by path; None if another program wrote this content."""
    try:
        data: Any = json.loads(content)
        return {str(path): [str(one) for one in hashes] for path, hashes in data["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _compute_hash(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()
