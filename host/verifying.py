"""An environment and the lock -> what in it is not as the lock says."""

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

from host.environment import python_in

WHEELS = "wheels"
"""The folder of an environment in which the wheels are kept that it was made of."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)([^\n]*)((?:\n[ \t]+--hash=[^\n]*)*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_WRITTEN_BY_PIP = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_SETTINGS = {"home", "include-system-site-packages", "version", "executable", "command", "prompt"}


def find_difference(environment: Path, lock: Path) -> str | None:
    """
    What makes an environment another one than the lock describes; None where it is the same.

    Its interpreter has to be the one that runs this, without packages of the system, and its
    packages those of the lock: see `find_foreign_package`.
    """
    try:
        if not _is_own_python(python_in(environment)):
            return "its interpreter is not the one that it was made with"
        if not _is_own_setting(environment / "pyvenv.cfg"):
            return "pyvenv.cfg is not as it was made"
        return find_foreign_package(environment, lock)
    except (OSError, ValueError, RecursionError) as error:  # whatever it is, we have not made it
        return f"it cannot be read: {error}"


def find_foreign_package(environment: Path, lock: Path) -> str | None:
    """
    What in the packages of an environment is not from the lock; None where there is nothing.

    The wheels that are kept have the hashes of the lock, and every file that Python could import
    has the hash that the RECORD in its wheel says. There is nothing else, no `.pth` and no
    bytecode.

    Raises:
        OSError: Something in it cannot be read.
    """
    pins = _pins(lock)
    expected: dict[str, str] = {}
    found: set[str] = set()
    for wheel in sorted((environment / WHEELS).iterdir()):
        name = _normalized(wheel.name.partition("-")[0])
        if sha256(wheel.read_bytes()).hexdigest() not in pins.get(name, ((), False))[0]:
            return f"the wheel {wheel.name[:100]!r} is none of the lock"
        found.add(name)
        try:
            expected |= _recorded(wheel)
        except (BadZipFile, KeyError, ValueError):
            return f"the wheel {wheel.name[:100]!r} cannot be read"
    if missing := sorted({name for name, (_, needed) in pins.items() if needed} - found):
        return f"{', '.join(missing)[:200]} is missing"
    return _compared(_packages_of(environment), expected)


def _pins(lock: Path) -> Mapping[str, tuple[frozenset[str], bool]]:
    """By name, the hashes of the wheels, and whether every machine needs the package."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", "\n")
    return {
        _normalized(name): (frozenset(_HASH.findall(rest + hashes)), ";" not in rest)
        for name, _, rest, hashes in _PIN.findall(text)
    }


def _normalized(name: str) -> str:
    """Source: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _recorded(wheel: Path) -> Mapping[str, str]:
    """By its path below the packages, the hash of each file of a wheel, as its RECORD says."""
    with ZipFile(wheel) as archive:
        [record] = [one for one in archive.namelist() if one.endswith(".dist-info/RECORD")]
        rows = list(csv.reader(archive.read(record).decode("utf-8").splitlines()))
    return {_placed(path): stated for path, stated, *_ in rows if path != record}


def _placed(path: str) -> str:
    """Where pip puts a file of a wheel; what it puts outside of the packages stays as it is."""
    first, *rest = PurePosixPath(path).parts
    if first.endswith(".data") and rest and rest[0] in {"purelib", "platlib"}:
        return "/".join(rest[1:])
    return path


def _packages_of(environment: Path) -> Path:
    base = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", vars=base))


def _compared(packages: Path, expected: Mapping[str, str]) -> str | None:
    missing = {path for path in expected if not PurePosixPath(path).parts[0].endswith(".data")}
    folders = {path.partition("/")[0] for path in expected}
    for place in _files_below(packages):
        path = place.relative_to(packages).as_posix()
        folder, _, name = path.partition("/")
        if folder in folders and folder.endswith(".dist-info") and name in _WRITTEN_BY_PIP:
            continue
        if path not in expected:
            return f"{path[:100]!r} is in no wheel of the lock"
        if place.is_symlink() or _hash_of(place) != expected[path]:
            return f"{path[:100]!r} is not as in its wheel"
        missing.discard(path)
    return f"{min(missing)[:100]!r} is missing" if missing else None


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_below(entry)
        else:
            yield entry


def _hash_of(place: Path) -> str:
    digest = base64.urlsafe_b64encode(sha256(place.read_bytes()).digest()).decode()
    return f"sha256={digest.rstrip('=')}"


def _is_own_python(python: Path) -> bool:
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    if python.resolve() == base.resolve():
        return True
    if os.name != "nt":
        return False
    # On Windows it is a copy of a launcher that Python brings along.
    launchers = (Path(venv.__file__).parent / "scripts/nt").glob("*.exe")
    content = python.read_bytes()
    return any(content == one.read_bytes() for one in (base, *launchers))


def _is_own_setting(file: Path) -> bool:
    lines = file.read_text(encoding="utf-8").splitlines()
    values = {key.strip(): value.strip() for key, _, value in (one.partition("=") for one in lines)}
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    homes = {base.absolute().parent, base.resolve().parent}
    return (
        values.keys() <= _SETTINGS
        and Path(values.get("home", "")) in homes
        and values.get("include-system-site-packages") == "false"
    )
