"""Pages as Chromium renders them, and what a script finds in them then."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

FOUND = re.compile(r'<pre id="found">(.*?)</pre>', re.DOTALL)
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_TIMEOUT_S = 60


def found_in(page: Path) -> object:
    """Render a page, and give what its script has put into `<pre id="found">` as JSON."""
    dom = _run(page, "--virtual-time-budget=20000", "--dump-dom")
    found = FOUND.search(dom)
    assert found, f"the page shows nothing: {dom[:2000]}"
    return json.loads(unescape(found[1]))


def _run(page: Path, *arguments: str) -> str:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "Chromium is needed: `apt-get install chromium`"
    profile = page.parent / "profile"
    command = [program, *_QUIET, f"--user-data-dir={profile}", *arguments, page.as_uri()]
    done = subprocess.run(  # noqa: S603 - a list, no shell
        command, capture_output=True, check=True, text=True, timeout=_TIMEOUT_S
    )
    return done.stdout
