#!/usr/bin/env python3
"""Write the table of release names in docs/names.md, for a small app with each kind of version."""

import io
import json
import re
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from sentry_release.cli.main import run  # noqa: E402 - sys.path is set above
from sentry_release.flutter.pubspec import parse_pubspec  # noqa: E402 - as above
from sentry_release.release.sdk_default import build_plugin_release  # noqa: E402 - as above

PAGE = ROOT / "docs/names.md"
APP = ROOT / "tests/fixtures/flutter/shop"
VERSIONS = (
    "1.2.3",
    "1.2.3+45",
    "1.2.3-beta.4+5",
    "1.2.3-rc+7",
    "1.2.3+rc.5",
    "1.2.3+0",
    "2.0.0+20240131.2",
    "1.2.3+abc",
    None,
)
COLUMNS = {
    "Android": ("android",),
    "iOS, macOS": ("ios", "macos"),
    "Windows": ("windows",),
    "Linux, web": ("linux", "web"),
}


def with_table(page: str) -> str:
    """Return the page with the current table."""
    return re.sub(
        r"(<!-- names -->\n).*?(<!-- /names -->)",
        lambda found: found[1] + table() + found[2],
        page,
        flags=re.DOTALL,
    )


def table() -> str:
    """Return a row for each version: the names that the app and the Dart plugin would use."""
    heads = ["`version:`", *COLUMNS, "sentry_dart_plugin"]
    rows = [heads, ["---"] * len(heads)]
    pubspec = (APP / "pubspec.yaml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        app = Path(shutil.copytree(APP, Path(folder) / "app"))
        for version in VERSIONS:
            line = f"version: {version}\n" if version else ""
            text = re.sub(r"version: .*\n", line, pubspec, count=1)
            (app / "pubspec.yaml").write_text(text)
            names = [*_reported(app), build_plugin_release(parse_pubspec(text)) or ""]
            rows.append([f"`{version}`" if version else "none", *(f"`{name}`" for name in names)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _reported(app: Path) -> list[str]:
    """Return the release name in each column, the same for all platforms of the column."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        run(["name", "name", "--json", "--release", "any"], {"GITHUB_WORKSPACE": str(app)})
    defaults = json.loads(printed.getvalue())["sdk_defaults"]
    columns = [{defaults[one]["release"] for one in platforms} for platforms in COLUMNS.values()]
    return [name for (name,) in columns]


def main() -> None:
    """Write the table; with `--check`, fail if it differs."""
    before = PAGE.read_text()
    after = with_table(before)
    if "--check" in sys.argv:
        sys.exit(before != after and "docs/names.md is not in step: run scripts/names_table.py")
    PAGE.write_text(after)


if __name__ == "__main__":
    main()
