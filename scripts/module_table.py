#!/usr/bin/env python3
"""The docstring of every module -> the table of modules in docs/architecture.md."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/sentry_release"
PAGE = ROOT / "docs/architecture.md"
_TABLE = re.compile(r"(?<=<!-- modules -->\n).*?(?=<!-- /modules -->)", re.DOTALL)
# From top to bottom, as the layers in pyproject.toml.
_PACKAGES = [
    "cli",
    "commands",
    "init",
    "doctor",
    "upload",
    "project",
    "services.py",
    "report",
    "adapters",
    "release",
    "health",
    "ci",
    "config",
    "flutter",
    "dart",
    "model",
    "errors.py",
    "clock.py",
]


def with_modules(page: str) -> str:
    """Return the page with one line for each module, by layer, in alphabetical order."""
    rows = "".join(
        f"| `{path.relative_to(SOURCE)}` | {_first_line(path)} |\n"
        for package in _PACKAGES
        for path in _modules_of(SOURCE / package)
    )
    return _TABLE.sub(lambda _: f"| module | content |\n|---|---|\n{rows}", page)


def _modules_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(one for one in path.rglob("*.py") if one.name != "__init__.py")


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.partition("\n")[0].replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(with_modules(PAGE.read_text()))
