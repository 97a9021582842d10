"""Release notes, if the inputs request them; other jobs import nothing for them."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.model.commits import CommitHistory, CommitRange
from sentry_release.release.commit_details import find_commit_times
from sentry_release.release.post_state import PostState
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.commands.steps.write_notes import NotesRequest


def request_notes(
    config: Config, context: Context, state: PostState, commits: CommitRange | None
) -> "NotesRequest | None":
    """Return the request for notes about the release and its commits; None without `notes-dir`."""
    if config.notes_dir is None:
        return None
    from sentry_release.commands.steps.write_notes import build_request

    return build_request(config, context, state, commits)


def write_requested_notes(
    request: "NotesRequest | None",
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
        from sentry_release.commands.steps.write_notes import create_notes

        history = create_notes(request, services, history)
    if history is None:
        return None, state
    folder = request.folder if request else None
    return folder, state.with_commit_times(find_commit_times(history))


def report_missing_notes(folder: PurePosixPath | None, runner: ActionsRunner, reason: str) -> None:
    """Log that there are no notes, if there should be some."""
    if folder is not None:
        runner.log_line(f"No release notes were written: {reason}.")
