#!/usr/bin/env python3
"""
Find or create a Python environment that has the packages of the program.

launch.js starts this file with one Python after the other. If the environment matches the lock
file, it prints the path of the environment's Python and, on a second line, the path of its own
interpreter; it prints nothing if the job should continue without the action. Exit codes: 0, 5 if
the packages cannot be downloaded, 6 if no folder is writable, 130 when cancelled. Any other code
means that this Python is not supported.
"""

import os
import re
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

NOT_FIT = 3


def is_supported() -> bool:
    """Return whether the lock file has a wheel of every package for this Python; nothing is built."""
    # The suffix of extension modules; free-threaded builds have a `t` after the version number.
    usual = re.match(r"\.cp(ython-)?\d+-", EXTENSION_SUFFIXES[0]) is not None
    oldest = (3, 12) if sysconfig.get_platform() == "win-arm64" else (3, 11)
    return usual and oldest <= sys.version_info[:2] <= (3, 14)


if not is_supported():
    sys.exit(NOT_FIT)

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from collections.abc import Mapping  # noqa: E402 - unsupported Pythons have exited above
from hashlib import sha256  # noqa: E402 - the same

from sentry_release import __version__  # noqa: E402 - sys.path is set above

LOCK = ROOT / "requirements-image.txt"
NAME = "sentry-release-flutter"
FOLDERS = ("RUNNER_TOOL_CACHE", "RUNNER_TEMP")
"""Variables with the parent folders of environments; the one that outlasts the job comes first."""


def main() -> int:
    """Print the path of the Python to use; return the exit code."""
    places = [root / environment_name(LOCK) for root in environment_roots(os.environ)]
    from host.verifying import find_difference

    for place in places:
        if is_complete(place) and find_difference(place, LOCK) is None:
            print(python_path(place), sys.executable, sep="\n")
            return 0
    from host.making import create_or_print

    return create_or_print(places, LOCK, sys.argv[-1], os.environ)


def environment_roots(environ: Mapping[str, str]) -> list[Path]:
    """Return the folders that may contain environments of this version."""
    return [Path(environ[name]) / NAME / __version__ for name in FOLDERS if environ.get(name)]


def environment_name(lock: Path) -> str:
    """Return a folder name that is unique on this machine for this Python and this lock file."""
    machine = os.uname().machine if hasattr(os, "uname") else ""  # universal builds run on several
    parts = (sys.version, sys.base_prefix, EXTENSION_SUFFIXES[0], machine)
    sign = sha256("\n".join(parts).encode() + lock.read_bytes()).hexdigest()[:10]
    version = ".".join(map(str, sys.version_info[:3]))
    return f"python{version}-{sysconfig.get_platform()}-{sign}"


def python_path(environment: Path) -> Path:
    """Return the path of an environment's Python."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_complete(environment: Path) -> bool:
    """Return whether an environment is complete: it is renamed last, but its base Python may be gone."""
    return python_path(environment).exists()


if __name__ == "__main__":
    sys.exit(main())
