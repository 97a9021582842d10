"""An environment with the packages of the lock, made beside its place and renamed when it is whole."""

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

from host.environment import FOLDERS, is_whole, python_in
from host.installing import cannot, install
from host.verifying import find_difference
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.errors import ActionError, ServiceUnavailableError, WorkflowError
from sentry_release.model.outputs import AnnotationLevel

OUT_OF_REACH, NO_FOLDER, CANCELLED = 5, 6, 130
"""What environment.py ends with; 2 is what an old Python ends with that knows no -I."""
_DRAFTS_LIVE_S = 24 * 60 * 60
_WAITS_S = (0.1, 0.5, 2.0)
"""On Windows a file that has just been written may be held open by who looks for viruses."""


def create_or_print(
    places: Sequence[Path], lock: Path, stage: str, environ: Mapping[str, str]
) -> int:
    """
    Make an environment and print its Python, or say why there is none; gives the exit code.

    Args:
        places: Where it may lie, the best first.
        lock: The packages with their hashes.
        stage: `main` or `post` of the root action, or the name of another action.
        environ: The process environment.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runner = ActionsRunner.from_env(environ, log=sys.stderr)
    began = time.monotonic()
    try:
        place = made(places, lock, environ)
    except KeyboardInterrupt:
        return CANCELLED
    except ActionError as error:
        outage = isinstance(error, ServiceUnavailableError)
        mild = goes_on(stage, environ) if outage else stage == "post"
        runner.report_error(error, level=AnnotationLevel.WARNING if mild else AnnotationLevel.ERROR)
        if mild:
            return 0
        return OUT_OF_REACH if outage else NO_FOLDER
    runner.log_line(f"The packages were installed in {time.monotonic() - began:.0f} s: {place}")
    print(python_in(place), sys.executable, sep="\n")
    return 0


def goes_on(stage: str, environ: Mapping[str, str]) -> bool:
    """Whether the job goes on in an outage: no build waits for a name, and `on-outage` allows it."""
    return stage != "main" and environ.get("INPUT_ON-OUTAGE", "").strip().lower() != "fail"


def made(places: Sequence[Path], lock: Path, environ: Mapping[str, str]) -> Path:
    """
    Make the environment in the first place that can be written to.

    Raises:
        OutageError: It cannot be made; nothing is left half made.
        WorkflowError: There is no place.
    """
    with drafted(places) as (draft, place):
        try:
            venv.create(draft, symlinks=os.name != "nt")
            install(lock, python_in(draft), environ)
            return bind_port(draft, place, lock)
        except OSError as error:
            raise cannot(f"the system says: {error.strerror or error}") from error


@contextmanager
def drafted(places: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """
    A new folder beside the first place that can be written to; what is left of it goes.

    Raises:
        WorkflowError: None of them can be written to.
    """
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
        except OSError:
            continue
        sweep(place.parent)
        draft.chmod(0o755)  # the next job may be another user's
        try:
            yield draft, place
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return
    raise WorkflowError(
        "There is no folder for the packages that this action needs.",
        reason=f"None of {', '.join(FOLDERS)} names a folder that can be written to.",
        hint="Let the user of the runner write to its tool cache.",
    )


def sweep(root: Path) -> None:
    """Remove the drafts of jobs that were killed."""
    for remaining in root.glob(".*"):
        try:
            old = time.time() - remaining.stat().st_mtime > _DRAFTS_LIVE_S
        except OSError:  # its job has just removed it
            continue
        if old:
            shutil.rmtree(remaining, ignore_errors=True)


def bind_port(draft: Path, place: Path, lock: Path) -> Path:
    """
    Give a draft its name, all at once; where another job was first, its work is as good.

    Raises:
        OSError: Something else is in the way, or the system does not let go of the draft.
    """
    for wait_s in (*_WAITS_S, None):
        try:
            if place.exists() and not _is_usable(place, lock):
                place.rename(draft.with_suffix(".replaced"))  # which a later sweep removes
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
    return is_whole(place) and find_difference(place, lock) is None
