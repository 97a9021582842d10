"""Release notes, if the inputs request them; other jobs import nothing for them."""

from pathlib import PurePosixPath

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.model.commits import CommitHistory, CommitRange
from sentry_release.release.commit_details import find_commit_times
from sentry_release.release.post_state import PostState
from sentry_release.services import Services


def write_notes_if_wanted(
    config: Config,
    context: Context,
    services: Services,
    state: PostState,
    commits: CommitRange | None,
    history: CommitHistory | None = None,
) -> tuple[PurePosixPath | None, PostState]:
    """
    Write the release notes; return their folder, None without any, and the state with lead times.

    Args:
        config: The inputs.
        context: The run.
        services: The adapters.
        state: The release and the environment.
        commits: The commits since the last deploy to the environment.
        history: These commits, if they have been read already.
    """
    folder = config.notes_dir
    if folder is not None:
        from sentry_release.commands.steps.write_notes import build_request, create_notes

        request = build_request(config, context, state, commits)
        history = create_notes(request, services, history)
    if history is None:
        return None, state
    return folder, state.with_commit_times(find_commit_times(history))


def report_missing_notes(folder: PurePosixPath | None, runner: ActionsRunner, reason: str) -> None:
    """Log that there are no notes, if there should be some."""
    if folder is not None:
        runner.log_line(f"No release notes were written: {reason}.")
