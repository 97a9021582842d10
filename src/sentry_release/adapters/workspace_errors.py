"""Errors for files of the workspace that cannot be read, written or replaced."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from sentry_release.errors import ActionError, ProjectError, WorkflowError


@contextmanager
def translate_write_errors(path: PurePosixPath) -> Iterator[None]:
    """
    Translate an OSError from writing `path` into an error with a hint.

    Raises:
        WorkflowError: The file could not be written.
    """
    try:
        yield
    except OSError as error:
        raise WorkflowError(
            f"{str(path)!r} cannot be written.",
            reason=f"The system reports: {error.strerror or 'something else is in its place'}.",
            hint="Free disk space on the runner."
            if error.errno in {errno.ENOSPC, errno.EDQUOT}
            else "Use another path, or remove what is there.",
        ) from error


def not_ours_error(path: PurePosixPath, reason: str) -> WorkflowError:
    """Return the error for a file that the action did not write, and so does not replace."""
    return WorkflowError(
        f"{str(path)!r} is not overwritten.",
        reason=f"{reason}.",
        hint="Use the path of a new file, or remove this one if it is not needed.",
    )


def unreadable_error(path: PurePosixPath, cause: str) -> ActionError:
    """Return the error for a file that cannot be read."""
    return ProjectError(
        f"{str(path)!r} cannot be read: {cause}.",
        reason="The file is required to name the release or to report it.",
        hint="Replace it by a valid file, and save text as UTF-8.",
    )
