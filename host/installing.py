"""Install exactly the packages of the lock file into an environment with pip, from wheels only."""

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from host.environment import NOT_FIT, python_path
from host.verifying import WHEELS, find_foreign_package
from sentry_release.errors import ServiceUnavailableError

_REGISTRY_SETTINGS = {
    "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL",
    "PIP_NO_CACHE_DIR", "PIP_NO_INDEX", "PIP_PROXY", "PIP_RETRIES", "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}  # fmt: skip
"""Settings of pip that the job may pass: how to reach the registry. All others are set here."""
_FOREIGN = ("PIP_", "PYTHON", "INPUT_", "STATE_", "SENTRY_", "ACTIONS_", "GITHUB_TOKEN")
_EXACT_OPTIONS = (
    "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes",
    "--only-binary=:all:",
)  # fmt: skip
_IMPORT_CHECK = "import jinja2, urllib3, yaml"
_MAX_S = 300.0


def install(lock: Path, python: Path, environ: Mapping[str, str]) -> None:
    """
    Install exactly the packages of the lock file, and check that they can be imported.

    The wheels are kept, so that later jobs can compare the environment with the lock file.

    Raises:
        ServiceUnavailableError: The registry cannot be reached or has no wheel for this machine,
            or the installed packages differ from the lock file.
    """
    values = pip_variables(environ)
    environment = python.parents[1]
    wheels, requirement = str(environment / WHEELS), ("--requirement", str(lock))
    with pip_command(python, values) as pip:
        _run((*pip, "download", *_EXACT_OPTIONS, "--dest", wheels, *requirement), values)
        local = ("--no-index", "--find-links", wheels, "--no-compile", "--no-user")
        own = {name: value for name, value in values.items() if name not in _REGISTRY_SETTINGS}
        _run((*pip, "install", *_EXACT_OPTIONS, *local, *requirement), own)
    if difference := find_foreign_package(environment, lock):
        raise installation_error(f"the installed packages differ from the lock file: {difference}")
    _run((str(python), "-I", "-B", "-c", _IMPORT_CHECK), values)


def pip_variables(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the pip_variables for pip: how to reach the registry, no other settings, no secrets.

    pip reads no configuration file, because one could name other packages to install.
    Source: https://pip.pypa.io/en/stable/topics/configuration/
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name.upper() in _REGISTRY_SETTINGS or not name.upper().startswith(_FOREIGN)
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1"}


@contextmanager
def pip_command(python: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """
    Yield the command of the running Python's pip for another Python, else of a temporary pip.

    The environment itself has no pip: installing it would take longer than all the packages.
    """
    if find_spec("pip"):
        yield (sys.executable, "-I", "-m", "pip", "--python", str(python))
        return
    if find_spec("ensurepip") is None:
        sys.exit(NOT_FIT)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=os.name != "nt")
        other = python_path(Path(folder))
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
        raise installation_error(f"it did not finish within {_MAX_S:.0f} seconds") from error
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        outputs = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
        raise installation_error(
            f"it failed with exit code {done.returncode}: {' '.join(outputs)[:1000]}"
        )


def installation_error(cause: str) -> ServiceUnavailableError:
    """Return the error for packages that cannot be installed, with its cause."""
    version = ".".join(map(str, sys.version_info[:3]))
    return ServiceUnavailableError(
        f"The packages of this action cannot be installed for Python {version}.",
        reason=f"pip installs them from the package registry once per machine: {cause}.",
        hint="Run the job again. If the registry cannot be reached, set PIP_INDEX_URL to a mirror, "
        "or PIP_FIND_LINKS to a folder of wheels with PIP_NO_INDEX=1.",
    )
