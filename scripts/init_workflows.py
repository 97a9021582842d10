#!/usr/bin/env python3
"""Write what `sentry-release init` makes for the projects of its tests into tests/expected/init."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "lab", "tests")]

from init_projects import EXPECTED, PROJECTS, created, init, write_project  # noqa: E402 - sys.path is set above


def workflows(project: str) -> Mapping[str, str]:
    """Return the workflows of a project by their names; a script if it has another CI host."""
    with tempfile.TemporaryDirectory() as folder:
        place = write_project(project, Path(folder))
        if init(place, "--write").code == 0:
            return created(place)
        return {"commands.sh": init(place).printed}


def main() -> None:
    """Write the files, and remove others."""
    for old in EXPECTED.rglob("*.*"):
        old.unlink()
    for project in PROJECTS:
        for name, text in workflows(project).items():
            (EXPECTED / project).mkdir(parents=True, exist_ok=True)
            (EXPECTED / project / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
