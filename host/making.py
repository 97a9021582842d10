"""An environment with the packages of the lock, made beside its place and renamed when it is whole."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from host.environment import FOLDERS, NOT_FIT, is_whole, python_in
from sentry_release.doors.runner import Runner
from sentry_release.words.errors import ActionError, OutageError, WorkflowError
from sentry_release.words.told import Level

CANCELLED = 130
NAMING = {"", "main", "plan"}
"""The phases that a build waits for: it must not go on under a name that we do not know."""
_REACHING = {
    "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_CONFIG_FILE", "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_KEYRING_PROVIDER",
    "PIP_NO_CACHE_DIR", "PIP_NO_INDEX", "PIP_PROXY", "PIP_RETRIES", "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}  # fmt: skip
"""What may say how the registry is reached; where to, and what, is said by us."""
_FOREIGN = ("PIP_", "PYTHON", "INPUT_", "STATE_", "SENTRY_", "ACTIONS_", "GITHUB_TOKEN")
_INSTALL = (
    "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-compile", "--no-deps",
    "--require-hashes", "--only-binary=:all:", "--no-user",
)  # fmt: skip
_PROOF = "import jinja2, urllib3, yaml"
_MOST_S = 300.0
_DRAFTS_LIVE_S = 24 * 60 * 60
_WAITS_S = (0.1, 0.5, 2.0)
"""On Windows a file that has just been written may be held open by who looks for viruses."""


def made_or_said(places: Sequence[Path], lock: Path, stage: str, environ: Mapping[str, str]) -> int:
    """
    Make an environment and print its Python, or say why there is none; gives the exit code.

    Args:
        places: Where it may lie, the best first.
        lock: The packages with their hashes.
        stage: `main` or `post`.
        environ: The process environment.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runner = Runner.from_env(environ, log=sys.stderr)
    began = time.monotonic()
    try:
        place = made(places, lock, environ)
    except KeyboardInterrupt:
        return CANCELLED
    except ActionError as error:
        mild = goes_on(stage, environ)
        runner.fail(error, level=Level.WARNING if mild else Level.ERROR)
        return 0 if mild else OutageError.exit_code
    runner.say(f"The packages were installed in {time.monotonic() - began:.0f} s: {place}")
    print(python_in(place))
    return 0


def goes_on(stage: str, environ: Mapping[str, str]) -> bool:
    """Whether the job goes on without us: nothing waits for a name, and nobody asked to fail."""
    named = stage == "post" or environ.get("INPUT_PHASE", "").strip() not in NAMING
    return named and environ.get("INPUT_ON-OUTAGE", "").strip() != "fail"


def made(places: Sequence[Path], lock: Path, environ: Mapping[str, str]) -> Path:
    """
    Make the environment in the first place that can be written to.

    Raises:
        ActionError: It cannot be made; nothing is left half made.
    """
    with drafted(places) as (draft, place):
        try:
            venv.create(draft, symlinks=os.name != "nt")
            install(lock, python_in(draft), environ)
            return take_place(draft, place)
        except OSError as error:
            raise _cannot(f"the system says: {error.strerror or error}") from error


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
        why=f"None of {', '.join(FOLDERS)} names a folder that can be written to.",
        mend="Let the user of the runner write to its tool cache.",
    )


def sweep(root: Path) -> None:
    """Remove the drafts of jobs that were killed."""
    for left in root.glob(".*"):
        try:
            old = time.time() - left.stat().st_mtime > _DRAFTS_LIVE_S
        except OSError:  # its job has just removed it
            continue
        if old:
            shutil.rmtree(left, ignore_errors=True)


def install(lock: Path, python: Path, environ: Mapping[str, str]) -> None:
    """
    Install exactly what the lock holds, and prove that it can be imported.

    Raises:
        OutageError: The registry is out of reach, or has no wheel for this machine.
    """
    given = variables(environ)
    _run((*pip_for(python, given), *_INSTALL, "--requirement", str(lock)), given)
    _run((str(python), "-I", "-c", _PROOF), given)


def variables(environ: Mapping[str, str]) -> Mapping[str, str]:
    """For pip: how to reach the registry, no other wishes, and no secrets of the job."""
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in _REACHING or not name.upper().startswith(_FOREIGN)
    }
    return {**kept, "PYTHONUTF8": "1"}


def pip_for(python: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """
    The pip that we run under, working on another Python; else one of that Python's own.

    An environment is made without pip, which would take longer than all the packages.
    """
    if find_spec("pip"):
        return (sys.executable, "-I", "-m", "pip", "--python", str(python))
    if find_spec("ensurepip") is None:
        sys.exit(NOT_FIT)
    _run((str(python), "-I", "-m", "ensurepip"), environ)
    return (str(python), "-I", "-m", "pip")


def take_place(draft: Path, place: Path) -> Path:
    """
    Give a draft its name, all at once; where another job was first, its work is as good.

    Raises:
        OSError: Something else is in the way, or the system does not let go of the draft.
    """
    for wait_s in (*_WAITS_S, None):
        try:
            if place.exists() and not is_whole(place):
                place.rename(draft.with_suffix(".replaced"))  # which a later sweep removes
            draft.rename(place)
        except OSError:
            if is_whole(place):
                break
            if wait_s is None:
                raise
            time.sleep(wait_s)
        else:
            break
    return place


def _run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_MOST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _cannot(f"it has not ended within {_MOST_S:.0f} seconds") from error
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
        raise _cannot(f"it ended with {done.returncode}: {' '.join(told)[:1000]}")


def _cannot(cause: str) -> OutageError:
    version = ".".join(map(str, sys.version_info[:3]))
    return OutageError(
        f"The packages that this action needs cannot be installed for Python {version}.",
        why=f"They come from the package registry once for each machine, by pip: {cause}.",
        mend="Run the job again; where no registry can be reached, name a mirror in PIP_INDEX_URL, "
        "or a folder of wheels in PIP_FIND_LINKS with PIP_NO_INDEX=1.",
    )
