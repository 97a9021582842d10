"""Write release notes of the commits since the last deploy into the folder `notes-dir`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.adapters.own_files import write_own_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.commands.steps.verify_commits import read_range, require_github
from sentry_release.config.config import Config
from sentry_release.errors import ActionError
from sentry_release.model.commits import CommitHistory, CommitRange, RangeRelation
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.release.links import build_commit_url, build_compare_url
from sentry_release.release.post_state import PostState
from sentry_release.release.release_notes import (
    APP_STORE_LIMIT,
    GOOGLE_PLAY_LIMIT,
    Change,
    ReleaseNotes,
    build_release_notes,
    build_store_text,
)
from sentry_release.services import Services

_TITLE = "Sentry release: release notes"
_MAX_CHANGES = 300  # in Markdown; GitHub accepts 125,000 characters as the text of a release
_RANGES = {RangeRelation.AHEAD, RangeRelation.DIVERGED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesHeader:
    """
    What the notes say about their release.

    `range_url` compares the range, and `get_commit_url` returns the page of a commit by its sha.
    """

    release: str
    environment: str | None
    previous_release: str | None
    range_url: str | None
    get_commit_url: Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesRequest:
    """
    The notes to write into `folder`, None for none: of the release in `header`, from `commits`.

    Only commits that change `commit_paths` count, if there are any.
    """

    folder: PurePosixPath | None
    header: NotesHeader
    commits: CommitRange | None
    commit_paths: Sequence[str]


def build_request(
    config: Config,
    context: Context,
    state: PostState,
    commits: CommitRange | None,
) -> NotesRequest:
    """Return what the inputs ask for, about the release and the range of this run."""
    server, repository = context.server_url, commits.source if commits else None

    def get_commit_url(sha: str) -> str | None:
        if not (server and repository):
            return None
        return build_commit_url(server, repository, sha, context.forge)

    header = NotesHeader(
        release=state.release,
        environment=state.environment,
        previous_release=state.previous_release,
        range_url=build_compare_url(server, commits, context.forge)
        if server and commits and commits.previous
        else None,
        get_commit_url=get_commit_url,
    )
    return NotesRequest(
        folder=config.notes_dir, header=header, commits=commits, commit_paths=config.commit_paths
    )


def create_notes(
    request: NotesRequest, services: Services, history: CommitHistory | None = None
) -> CommitHistory | None:
    """
    Write the notes, and return the commits that they are of; None if there are no notes.

    A failure is a warning, since the build does not depend on notes.

    Args:
        request: What to write.
        services: The adapters.
        history: The commits, if they have been read already.
    """
    if request.folder is None:
        return None
    if request.commits is None:
        services.runner.log_line("No release notes were written: the commits are unknown.")
        return None
    try:
        if history is None and not request.commits.is_empty:
            github = require_github(services.github())
            history = read_range(github, request.commits, request.commit_paths)
        if history is None or not history.commits:
            services.runner.log_line(
                "No release notes were written: there are no commits since the last deploy."
            )
            return None
        write_release_notes(services.workspace, request.folder, request.header, history)
    except ActionError as error:
        services.runner.annotate(
            Annotation(
                level=AnnotationLevel.WARNING,
                title=_TITLE,
                text=f"No release notes were written.\n{error}",
            )
        )
        return None
    services.runner.log_line(f"Release notes of {history.total} commits are in {request.folder}.")
    return history


def write_release_notes(
    workspace: Workspace, folder: PurePosixPath, header: NotesHeader, history: CommitHistory
) -> None:
    """
    Write the notes as Markdown and for the app stores; `history` must have commits.

    Raises:
        WorkflowError: The folder is outside the workspace, or has files of a user in their place.
    """
    notes = build_release_notes(history.commits)
    google_play = build_store_text(notes, GOOGLE_PLAY_LIMIT)
    app_store = build_store_text(notes, APP_STORE_LIMIT)
    files = {
        "notes.md": _render_markdown(header, history, notes),
        "app-store.txt": app_store,
        "whatsnew/whatsnew-en-US": google_play,
        "fastlane/android/en-US/changelogs/default.txt": google_play,
        "fastlane/ios/en-US/release_notes.txt": app_store,
    }
    write_own_files(workspace, folder, files)


def _render_markdown(header: NotesHeader, history: CommitHistory, notes: ReleaseNotes) -> str:
    from sentry_release.adapters.templates.render import render_template

    visible = frozenset(notes.changes[:_MAX_CHANGES])
    groups = [
        {
            "heading": kind.value,
            "changes": _list_changes((one for one in changes if one in visible), header),
        }
        for kind, changes in notes.groups
    ]
    return render_template(
        "release_notes",
        release=header.release,
        environment=header.environment,
        previous_release=header.previous_release,
        range_url=header.range_url,
        is_range_known=history.relation in _RANGES,
        commit_count=history.total,
        groups=[group for group in groups if group["changes"]],
        is_grouped=notes.is_grouped,
        more=len(notes.changes) - len(visible),
        internal=notes.internal,
    )


def _list_changes(changes: Iterable[Change], header: NotesHeader) -> list[Mapping[str, str | None]]:
    return [
        {
            "subject": one.subject,
            "scope": one.scope,
            "sha": one.sha,
            "url": header.get_commit_url(one.sha),
        }
        for one in changes
    ]
