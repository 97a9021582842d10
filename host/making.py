"""Create an environment with the packages of the lock file: in a draft, renamed when complete."""

import os
import shutil
import signal
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from host.environment import FOLDERS, is_complete, python_path
from host.installing import install, installation_error
from host.verifying import find_difference
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.errors import ActionError, ServiceUnavailableError, WorkflowError
from sentry_release.model.job import AnnotationLevel

OUT_OF_REACH, NO_FOLDER, CANCELLED = 5, 6, 130
"""Exit codes of environment.py; not 2, with which an old Python rejects the option -I."""
_MAX_DRAFT_AGE_S = 24 * 60 * 60
_RENAME_DELAYS_S = (0.1, 0.5, 2.0)
"""Delays before renaming again: on Windows a virus scanner may hold a new file open."""


def create_or_print(
    places: Sequence[Path], lock: Path, stage: str, environ: Mapping[str, str]
) -> int:
    """
    Create an environment and print the path of its Python, or report why not; return the exit code.

    Args:
        places: Possible paths of the environment, the preferred one first.
        lock: The lock file: packages with their hashes.
        stage: `main` or `post` of the root action, or the name of another action.
        environ: The process environment.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runner = ActionsRunner.from_env(environ, log=sys.stderr)
    began = time.monotonic()
    try:
        place = create_environment(places, lock, environ)
    except KeyboardInterrupt:
        return CANCELLED
    except ActionError as error:
        outage = isinstance(error, ServiceUnavailableError)
        is_warning = continues_in_outage(stage, environ) if outage else stage == "post"
        runner.report_error(
            error, level=AnnotationLevel.WARNING if is_warning else AnnotationLevel.ERROR
        )
        if is_warning:
            return 0
        return OUT_OF_REACH if outage else NO_FOLDER
    runner.log_line(f"Installed the packages in {time.monotonic() - began:.0f} s: {place}")
    print(python_path(place), sys.executable, sep="\n")
    return 0


def continues_in_outage(stage: str, environ: Mapping[str, str]) -> bool:
    """Return whether the job continues in an outage: no build needs a name, and `on-outage` allows it."""
    return stage != "main" and environ.get("INPUT_ON-OUTAGE", "").strip().lower() != "fail"


def create_environment(places: Sequence[Path], lock: Path, environ: Mapping[str, str]) -> Path:
    """
    Create the environment in the first writable folder, and return its path.

    Raises:
        ServiceUnavailableError: It cannot be created; nothing incomplete remains.
        WorkflowError: No folder is writable.
    """
    with create_draft(places) as (draft, place):
        try:
            venv.create(draft, symlinks=os.name != "nt")
            install(lock, python_path(draft), environ)
            return rename_draft(draft, place, lock)
        except OSError as error:
            raise installation_error(f"{error.strerror or error}") from error


@contextmanager
def create_draft(places: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """
    Yield a new folder beside the first writable path, and that path; remove the folder afterwards.

    Raises:
        WorkflowError: No folder is writable.
    """
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
        except OSError:
            continue
        remove_old_drafts(place.parent)
        draft.chmod(0o755)  # the next job may run as another user
        try:
            yield draft, place
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return
    raise WorkflowError(
        "There is no writable folder for the packages of this action.",
        reason=f"None of {', '.join(FOLDERS)} names a writable folder.",
        hint="Give the user of the runner write access to its tool cache.",
    )


def remove_old_drafts(root: Path) -> None:
    """Remove the drafts of killed jobs."""
    for remaining in root.glob(".*"):
        try:
            old = time.time() - remaining.stat().st_mtime > _MAX_DRAFT_AGE_S
        except OSError:  # its own job has just removed it
            continue
        if old:
            shutil.rmtree(remaining, ignore_errors=True)


def rename_draft(draft: Path, place: Path, lock: Path) -> Path:
    """
    Rename a draft to its final path and return that; an environment of a concurrent job is kept.

    Raises:
        OSError: Something else has that path, or the draft stays locked.
    """
    for wait_s in (*_RENAME_DELAYS_S, None):
        try:
            if place.exists() and not _is_usable(place, lock):
                place.rename(draft.with_suffix(".replaced"))  # removed by a later job
            draft.rename(place)
        except OSError:
            if _is_usable(place, lock):
                break
            if wait_s is None:
                raise
            time.sleep(wait_s)
        else:
            break
    return place


def _is_usable(place: Path, lock: Path) -> bool:
    return is_complete(place) and find_difference(place, lock) is None
