"""Render a job summary in Markdown as a PNG in GitHub's style, with Chromium."""

import json
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Sequence
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from png_palette import use_palette

_WIDTH = 820  # CSS pixels
_SCALE = 1.25  # sharp, and small enough for a page
_TIMEOUT_S = 60
_HEADER = 33  # bytes of a PNG: its signature and the chunk with its size
_FOUND = re.compile(r'<pre id="found">(.*?)</pre>', re.DOTALL)
_QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--disable-lcd-text", "--virtual-time-budget=20000", f"--force-device-scale-factor={_SCALE}",
)  # fmt: skip
_STYLE = """
* { box-sizing: border-box }
body { margin: 0; padding: 16px; background: #fff; color: #1f2328; width: %dpx;
  font: 14px/1.5 "Liberation Sans", "Helvetica Neue", Arial, sans-serif }
.card { border: 1px solid #d1d9e0; border-radius: 6px; padding: 8px 24px 16px }
h3 { font-size: 1.2em; margin: 20px 0 14px; font-weight: 600 }
table { border-collapse: collapse; margin: 0 0 16px }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left }
th { font-weight: 600 } th:empty { padding: 0 13px }
tr:nth-child(2n) td { background: #f6f8fa }
code { background: #eff1f3; border-radius: 6px; padding: .2em .4em;
  font: 85%% "Liberation Mono", Menlo, Consolas, monospace }
a { color: #0969da; text-decoration: none }
details { margin-bottom: 16px } p { margin: 0 0 16px }
blockquote { margin: 0 0 16px; padding: 0 1em; color: #59636e; border-left: .25em solid #d1d9e0 }
.mermaid svg { max-width: 100%%; height: auto; overflow: visible }
.mark { width: 15px; height: 15px; vertical-align: -2px } td:has(.mark) { white-space: nowrap }
#found { display: none }
""".replace("%dpx", f"{_WIDTH}px").replace("%%", "%")
# Servers have no font with these characters, so they are drawn as SVG.
_MARKS = {
    "✅": ("#2da44e", "M4 8.5l3 3 5-6"),
    "❌": ("#cf222e", "M5 5l6 6M11 5l-6 6"),
    "❔": ("#8c959f", "M6 6.5a2 2 0 1 1 2 2v1.5M8 12v.5"),
    "\N{HEAVY MINUS SIGN}": ("#8c959f", "M4 8h8"),
    "⚠️": ("#bf8700", "M8 3v6M8 11v2"),
    "\N{INFORMATION SOURCE}\ufe0f": ("#0969da", "M8 7v6M8 3v2"),
    "⏳": ("#8c959f", "M8 4v4l3 2"),
}
_DRAW = """
const done = text => { document.querySelector('#found').textContent = JSON.stringify(text); };
mermaid.initialize({startOnLoad: false});
mermaid.run({querySelector: '.mermaid'})
  .then(() => done({height: Math.ceil(document.body.getBoundingClientRect().height)}))
  .catch(error => done({error: error.message || error.str || String(error)}));
"""


def of_summary(text: str, folder: Path, root: Path) -> Path:
    """
    Return the file of the picture, in `folder`; it contains the text's `inscription`.

    Raises:
        RuntimeError: Chromium is missing, or Mermaid rejects a chart.
    """
    mermaid = root / "node_modules/mermaid/dist/mermaid.min.js"
    page, picture = folder / "page.html", folder / "picture.png"
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><style>{_STYLE}</style><body>'
        f'<div class="card">{html(text)}</div><pre id="found"></pre>'
        f'<script src="{mermaid.as_uri()}"></script><script>{_DRAW}</script></body>'
    )
    found = _FOUND.search(_chromium(page, ("--dump-dom",)))
    observed: dict[str, Any] = json.loads(unescape(found[1])) if found and found[1] else {}
    if "height" not in observed:
        raise RuntimeError(observed.get("error", "Mermaid did not end; was `npm ci` run?"))
    _chromium(page, (f"--window-size={_WIDTH},{observed['height']}", f"--screenshot={picture}"))
    _inscribe(picture, text)
    return picture


def inscription(text: str) -> bytes:
    """Return the PNG chunk that identifies the text, to detect an outdated picture."""
    content = b"tEXtsummary\0" + sha256(text.encode()).hexdigest().encode()
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


def _inscribe(picture: Path, text: str) -> None:
    """Make the picture small, and insert the chunk after the header, which is always as long."""
    drawn = use_palette(picture.read_bytes())
    picture.write_bytes(drawn[:_HEADER] + inscription(text) + drawn[_HEADER:])


def html(text: str) -> str:
    """Return the text as HTML; Mermaid charts are elements of the class `mermaid`."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.add_render_rule("fence", _fence)
    made = str(parser.render(text))
    for mark, (colour, path) in _MARKS.items():
        made = made.replace(mark, _draw_emoji(colour, path))
    return made


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, *more: Any) -> str:  # noqa: ANN401 - the parser's types
    if tokens[index].info == "mermaid":
        return f'<div class="mermaid">{escape(tokens[index].content)}</div>'
    return renderer.fence(tokens, index, *more)


def _draw_emoji(colour: str, path: str) -> str:
    drawn = f'<path d="{path}" fill="none" stroke="#fff" stroke-width="2"/>'
    box = f'<rect width="16" height="16" rx="3" fill="{colour}"/>'
    return f'<svg class="mark" viewBox="0 0 16 16">{box}{drawn}</svg>'


def _chromium(page: Path, arguments: Sequence[str]) -> str:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        raise RuntimeError("Chromium is needed: `apt-get install chromium`")
    profile = f"--user-data-dir={page.parent / 'profile'}"
    done = subprocess.run(  # noqa: S603 - a list, no shell
        [program, *_QUIET, profile, *arguments, page.as_uri()],
        capture_output=True,
        check=True,
        text=True,
        timeout=_TIMEOUT_S,
    )
    return done.stdout
