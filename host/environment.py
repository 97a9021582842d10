#!/usr/bin/env python3
"""
A Python that has the packages of the program: found where an earlier job has made it ready.

launch.js starts this file with one Python after the other. It prints the path of a Python that
has the packages and is as the lock says, and in a second line its own path; or nothing, where
the job had better go on without us. It ends with 0, with
5 where the packages are out of reach, with 6 where there is no folder for them, with 130 when
cancelled, and else is no Python for us.
"""

import os
import re
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

NOT_FIT = 3


def is_for_us() -> bool:
    """Whether the lock has a wheel of every package for this Python; we build nothing."""
    # What is built for it is called so; without the global lock there is a `t` behind the number.
    usual = re.match(r"\.cp(ython-)?\d+-", EXTENSION_SUFFIXES[0]) is not None
    oldest = (3, 12) if sysconfig.get_platform() == "win-arm64" else (3, 11)
    return usual and oldest <= sys.version_info[:2] <= (3, 14)


if not is_for_us():
    sys.exit(NOT_FIT)

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from collections.abc import Mapping  # noqa: E402 - an old Python has ended by now
from hashlib import sha256  # noqa: E402 - the same

from sentry_release import __version__  # noqa: E402 - it is found only now

LOCK = ROOT / "requirements-image.txt"
NAME = "sentry-release-flutter"
FOLDERS = ("RUNNER_TOOL_CACHE", "RUNNER_TEMP")
"""Where environments may lie: what outlasts the job comes first."""


def main() -> int:
    """Print the Python to use."""
    places = [root / name_of(LOCK) for root in roots(os.environ)]
    from host.verifying import find_difference  # noqa: PLC0415 - it imports from here

    for place in places:
        if is_whole(place) and find_difference(place, LOCK) is None:
            print(python_in(place), sys.executable, sep="\n")
            return 0
    from host.making import create_or_print  # noqa: PLC0415 - most jobs find what they need

    return create_or_print(places, LOCK, sys.argv[-1], os.environ)


def roots(environ: Mapping[str, str]) -> list[Path]:
    """The folders that environments of this version may lie in."""
    return [Path(environ[name]) / NAME / __version__ for name in FOLDERS if environ.get(name)]


def name_of(lock: Path) -> str:
    """A name that no other Python, and no other lock, has on this machine."""
    machine = os.uname().machine if hasattr(os, "uname") else ""  # of a Python that has several
    parts = (sys.version, sys.base_prefix, EXTENSION_SUFFIXES[0], machine)
    sign = sha256("\n".join(parts).encode() + lock.read_bytes()).hexdigest()[:10]
    version = ".".join(map(str, sys.version_info[:3]))
    return f"python{version}-{sysconfig.get_platform()}-{sign}"


def python_in(environment: Path) -> Path:
    """Where the Python of an environment lies."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_whole(environment: Path) -> bool:
    """It gets its name when all of it is there; the Python that it stands on may have gone."""
    return python_in(environment).exists()


if __name__ == "__main__":
    sys.exit(main())
