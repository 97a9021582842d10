"""Small Flutter apps on disk, and what the program says their names are."""

import io
import json
import shutil
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from job import ROOT
from sentry_release.cli.main import run

SHOP = ROOT / "tests/fixtures/flutter/shop"
PLATFORMS = ("android", "ios", "macos", "windows", "linux", "web")


def app(
    folder: Path,
    *,
    version: str | None = "1.4.0+27",
    on: tuple[str, ...] = PLATFORMS,
    more: str = "",
) -> Path:
    """
    Put the app shop into a folder.

    Args:
        folder: Where to; it is made if need be.
        version: As in its pubspec; None for a pubspec without one.
        on: The platforms that it has a folder for.
        more: Further lines of its pubspec.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for platform in on:
        shutil.copytree(SHOP / platform, folder / platform)
    lines = ["name: shop", f"version: {version}" * (version is not None), "dependencies:"]
    (folder / "pubspec.yaml").write_text("\n".join([*lines, "  flutter: {sdk: flutter}", more, ""]))
    return folder


def output(
    workspace: Path, *words: str, environ: Mapping[str, str] | None = None, exit_code: int = 0
) -> str:
    """What `name`, followed by these words, prints in a workspace."""
    log = io.StringIO()
    with redirect_stdout(log), redirect_stderr(log):
        code = run(
            ["sentry-release", "name", *words],
            {"GITHUB_WORKSPACE": str(workspace), **(environ or {})},
        )
    assert code == exit_code, log.getvalue()
    return log.getvalue()


def names(workspace: Path, *words: str) -> Any:  # noqa: ANN401 - whatever JSON it is
    """What `name --json` prints."""
    return json.loads(output(workspace, "--json", *words).splitlines()[-1])


def defaults(workspace: Path, *words: str) -> dict[str, Any]:
    """What the SDK would report on each platform, named by hand so that no version is needed."""
    found = names(workspace, "--release", "named-by-hand", *words)["sdk_defaults"]
    assert isinstance(found, dict)
    return found
