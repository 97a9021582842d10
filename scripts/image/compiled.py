#!/usr/bin/env python3
"""
Compile what the image will run, and of Python's own library only what is imported then.

    compiled.py ROOT        ROOT is what is laid over the base image

Every job starts the image twice: what is compiled when it is built is not compiled then.
Bytecode of all that Python brings would be three times as much.
"""

import importlib.util
import pkgutil
import py_compile
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

OWN = Path("action/src")
LATE = ("github", "dotenv", "requests", "yaml", "encodings.idna", "traceback", "apprise")


def import_ours() -> None:
    """Import every module of the program."""
    for name in _modules("sentry_release"):
        importlib.import_module(name)


def import_late() -> None:
    """Import what the program imports only when it is needed."""
    for name in LATE:
        importlib.import_module(name)
    from github import Auth, Github  # noqa: PLC0415 - only now is it on the path

    Github(auth=Auth.Token("none"))
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415

    _ = "json" in NotificationManager()  # type: ignore[no-untyped-call]


def _modules(package: str) -> Iterator[str]:
    yield package
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        yield found.name


def sources(root: Path) -> Iterator[tuple[Path, Path]]:
    """Each source with the place it will be compiled from: ours whole, Python's as imported."""
    library = Path(sysconfig.get_path("stdlib"))
    for place in root.rglob("*.py"):
        yield place, Path("/") / place.relative_to(root)
    for module in list(sys.modules.values()):
        place = Path(getattr(module, "__file__", None) or "none")
        if place.suffix == ".py" and place.is_relative_to(library):
            yield place, place


def compile_all(root: Path) -> None:
    """Put the bytecode below the root, where Python will look for it."""
    for source, place in sources(root):
        target = root / Path(importlib.util.cache_from_source(str(place))).relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        # Never compared with its source: the files of an image do not change.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(source), str(target), str(place), doraise=True, invalidation_mode=mode
        )


def main() -> None:
    """Compile what is below the root that is given."""
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")  # they are about the code of libraries
    root = Path(sys.argv[1]).resolve()
    sys.path[:0] = [str(root / OWN), f"{root}{sysconfig.get_path('purelib')}"]
    from sentry_release.doors import ready_made  # noqa: PLC0415 - only now is it on the path

    codes = ready_made.record()
    import_ours()
    ready_made.keep(codes, root / OWN.parent)
    import_late()
    compile_all(root)


if __name__ == "__main__":
    main()
