"""pip -> the packages of the lock in an environment: exactly these, and nothing is built."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from host.environment import NOT_FIT
from sentry_release.words.errors import OutageError

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
    """For pip: how to reach the registry, no other wishes, and no secrets that we are given."""
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
        raise cannot(f"it has not ended within {_MOST_S:.0f} seconds") from error
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
        raise cannot(f"it ended with {done.returncode}: {' '.join(told)[:1000]}")


def cannot(cause: str) -> OutageError:
    """The packages are not there, for this cause."""
    version = ".".join(map(str, sys.version_info[:3]))
    return OutageError(
        f"The packages that this action needs cannot be installed for Python {version}.",
        why=f"They come from the package registry once for each machine, by pip: {cause}.",
        mend="Run the job again; where no registry can be reached, name a mirror in PIP_INDEX_URL, "
        "or a folder of wheels in PIP_FIND_LINKS with PIP_NO_INDEX=1.",
    )
