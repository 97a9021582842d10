"""Compare an environment with the lock file."""

import base64
import csv
import os
import re
import sys
import sysconfig
import venv
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from host.environment import python_path

WHEELS = "wheels"
"""Folder in an environment that keeps its wheels."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)([^\n]*)((?:\n[ \t]+--hash=[^\n]*)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_WRITTEN_BY_PIP = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_CFG_KEYS = {"home", "include-system-site-packages", "version", "executable", "command", "prompt"}


def find_difference(environment: Path, lock: Path) -> str | None:
    """
    Return how an environment differs from the lock file; None if it does not.

    Its interpreter must be the running one, without packages of the system, and its packages
    must be those of the lock file: see `find_foreign_package`.
    """
    try:
        if not _is_own_python(python_path(environment)):
            return "its interpreter is not the one that created it"
        if not _is_own_setting(environment / "pyvenv.cfg"):
            return "pyvenv.cfg was changed"
        return find_foreign_package(environment, lock)
    except (OSError, ValueError, RecursionError) as error:  # then the action did not create it
        return f"it cannot be read: {error}"


def find_foreign_package(environment: Path, lock: Path) -> str | None:
    """
    Return what in an environment's packages is not from the lock file; None if everything is.

    The kept wheels must have the hashes of the lock file, and every file that Python could import
    must have the hash in its wheel's RECORD. No other file is allowed, such as `.pth` or bytecode.

    Raises:
        OSError: A file cannot be read.
    """
    pins = _parse_pins(lock)
    expected: dict[str, str] = {}
    found: set[str] = set()
    for wheel in sorted((environment / WHEELS).iterdir()):
        name = _normalize(wheel.name.partition("-")[0])
        if sha256(wheel.read_bytes()).hexdigest() not in pins.get(name, ((), False))[0]:
            return f"the wheel {wheel.name[:100]!r} is not in the lock file"
        found.add(name)
        try:
            expected |= _read_record(wheel)
        except (BadZipFile, KeyError, ValueError):
            return f"the wheel {wheel.name[:100]!r} cannot be read"
    if missing := sorted({name for name, (_, needed) in pins.items() if needed} - found):
        return f"{', '.join(missing)[:200]} is missing"
    return _compare_files(_packages_folder(environment), expected)


def _parse_pins(lock: Path) -> Mapping[str, tuple[frozenset[str], bool]]:
    """Return for each package the hashes of its wheels, and whether every machine needs it."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", "\n")
    return {
        _normalize(name): (frozenset(_HASH.findall(rest + hashes)), ";" not in rest)
        for name, _, rest, hashes in _PIN.findall(text)
    }


def _normalize(name: str) -> str:
    """Return a normalized package name: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_record(wheel: Path) -> Mapping[str, str]:
    """Return the hash of each file of a wheel by its installed path, from its RECORD."""
    with ZipFile(wheel) as archive:
        [record] = [one for one in archive.namelist() if one.endswith(".dist-info/RECORD")]
        rows = list(csv.reader(archive.read(record).decode("utf-8").splitlines()))
    return {_installed_path(path): stated for path, stated, *_ in rows if path != record}


def _installed_path(path: str) -> str:
    """Return the path at which pip installs a file of a wheel; scripts and data are unchanged."""
    first, *rest = PurePosixPath(path).parts
    if first.endswith(".data") and rest and rest[0] in {"purelib", "platlib"}:
        return "/".join(rest[1:])
    return path


def _packages_folder(environment: Path) -> Path:
    base = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", vars=base))


def _compare_files(packages: Path, expected: Mapping[str, str]) -> str | None:
    missing = {path for path in expected if not PurePosixPath(path).parts[0].endswith(".data")}
    folders = {path.partition("/")[0] for path in expected}
    for place in _walk_files(packages):
        path = place.relative_to(packages).as_posix()
        folder, _, name = path.partition("/")
        if folder in folders and folder.endswith(".dist-info") and name in _WRITTEN_BY_PIP:
            continue
        if path not in expected:
            return f"{path[:100]!r} is in no wheel of the lock file"
        if place.is_symlink() or _hash_file(place) != expected[path]:
            return f"{path[:100]!r} is not as in its wheel"
        missing.discard(path)
    return f"{min(missing)[:100]!r} is missing" if missing else None


def _walk_files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk_files(entry)
        else:
            yield entry


def _hash_file(place: Path) -> str:
    digest = base64.urlsafe_b64encode(sha256(place.read_bytes()).digest()).decode()
    return f"sha256={digest.rstrip('=')}"


def _is_own_python(python: Path) -> bool:
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    if python.resolve() == base.resolve():
        return True
    if os.name != "nt":
        return False
    # On Windows it is a copy of a launcher that is part of Python.
    launchers = (Path(venv.__file__).parent / "scripts/nt").glob("*.exe")
    content = python.read_bytes()
    return any(content == one.read_bytes() for one in (base, *launchers))


def _is_own_setting(file: Path) -> bool:
    lines = file.read_text(encoding="utf-8").splitlines()
    values = {key.strip(): value.strip() for key, _, value in (one.partition("=") for one in lines)}
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    homes = {base.absolute().parent, base.resolve().parent}
    return (
        values.keys() <= _CFG_KEYS
        and Path(values.get("home", "")) in homes
        and values.get("include-system-site-packages") == "false"
    )
