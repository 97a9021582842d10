"""pip -> the packages of the lock in an environment: exactly these, and nothing is built."""

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from host.environment import NOT_FIT, python_in
from host.verifying import WHEELS, find_foreign_package
from sentry_release.errors import ServiceUnavailableError

_REACHING = {
    "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL",
    "PIP_NO_CACHE_DIR", "PIP_NO_INDEX", "PIP_PROXY", "PIP_RETRIES", "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}  # fmt: skip
"""What may say how the registry is reached; where to, and what, is said by us."""
_FOREIGN = ("PIP_", "PYTHON", "INPUT_", "STATE_", "SENTRY_", "ACTIONS_", "GITHUB_TOKEN")
_EXACTLY = (
    "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes",
    "--only-binary=:all:",
)  # fmt: skip
_PROOF = "import jinja2, urllib3, yaml"
_MAX_S = 300.0


def install(lock: Path, python: Path, environ: Mapping[str, str]) -> None:
    """
    Install exactly what the lock holds, and prove that it can be imported.

    The wheels are kept, so that what was installed can be compared with the lock at any time.

    Raises:
        OutageError: The registry is out of reach, or has no wheel for this machine; or what was
            installed is not what the lock says.
    """
    values = variables(environ)
    environment = python.parents[1]
    wheels, requirement = str(environment / WHEELS), ("--requirement", str(lock))
    with pip_for(python, values) as pip:
        _run((*pip, "download", *_EXACTLY, "--dest", wheels, *requirement), values)
        local = ("--no-index", "--find-links", wheels, "--no-compile", "--no-user")
        own = {name: value for name, value in values.items() if name not in _REACHING}
        _run((*pip, "install", *_EXACTLY, *local, *requirement), own)
    if difference := find_foreign_package(environment, lock):
        raise cannot(f"what it has installed differs from the lock: {difference}")
    _run((str(python), "-I", "-B", "-c", _PROOF), values)


def variables(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    For pip: how to reach the registry, no other wishes, and no secrets that we are given.

    It reads no file of settings: with one of them it would install whatever that names.
    Source: https://pip.pypa.io/en/stable/topics/configuration/
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in _REACHING or not name.upper().startswith(_FOREIGN)
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1"}


@contextmanager
def pip_for(python: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """
    The pip that we run under, working on another Python; else one that is there for a while.

    An environment is made without pip, which would take longer than all the packages.
    """
    if find_spec("pip"):
        yield (sys.executable, "-I", "-m", "pip", "--python", str(python))
        return
    if find_spec("ensurepip") is None:
        sys.exit(NOT_FIT)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=os.name != "nt")
        other = python_in(Path(folder))
        _run((str(other), "-I", "-m", "ensurepip"), environ)
        yield (str(other), "-I", "-m", "pip", "--python", str(python))


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
            timeout=_MAX_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise cannot(f"it has not ended within {_MAX_S:.0f} seconds") from error
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        outputs = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
        raise cannot(f"it ended with {done.returncode}: {' '.join(outputs)[:1000]}")


def cannot(cause: str) -> ServiceUnavailableError:
    """The packages are not there, for this cause."""
    version = ".".join(map(str, sys.version_info[:3]))
    return ServiceUnavailableError(
        f"The packages that this action needs cannot be installed for Python {version}.",
        reason=f"They come from the package registry once for each machine, by pip: {cause}.",
        hint="Run the job again; where no registry can be reached, name a mirror in PIP_INDEX_URL, "
        "or a folder of wheels in PIP_FIND_LINKS with PIP_NO_INDEX=1.",
    )
