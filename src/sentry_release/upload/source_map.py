"""JavaScript and its source map: how they refer to each other, and embedding Dart sources."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from uuid import UUID

MAX_BYTES_TO_EMBED = 64 * 1024 * 1024  # of a map that sources are embedded in
TAIL = 2048  # bytes at the end of a JavaScript file in which it names its map
_MAP_REFERENCE = re.compile(rb"^//[#@]\s*sourceMappingURL=(\S{1,1024})\s*$", re.MULTILINE)
_DEBUG_ID = re.compile(rb"^//#\s*debugId=([0-9a-fA-F-]{32,36})\s*$", re.MULTILINE)
_SPACE = re.compile(r"[ \t\n\r]*")  # JSON knows no others
_DECODER = json.JSONDecoder()

ReadSource = Callable[[PurePosixPath], str | None]


def find_map_name(tail: bytes) -> str | None:
    """The name of the map beside a JavaScript file, from the file's end; None for any other."""
    references = _MAP_REFERENCE.findall(tail)
    try:
        name = references[-1].decode() if references else ""
    except UnicodeDecodeError:
        return None
    return name if name.endswith(".map") and "/" not in name and "\\" not in name else None


def find_debug_id(tail: bytes) -> str | None:
    """The debug id that another tool has injected into a JavaScript file, from the file's end."""
    found = _DEBUG_ID.findall(tail)
    try:
        return str(UUID(found[-1].decode())) if found else None
    except ValueError:
        return None


def embed_sources(content: bytes, read_source: ReadSource) -> bytes:
    """
    A copy of a source map with the text of the app's own sources in `sourcesContent`.

    The compiler of Dart names sources relative to its own temporary folder, so the leading `../`
    say nothing, and only what is below `lib/` then is the app's. Everything else in the map
    stays as it is. A map that already has contents, has no sources of the app or is no map is
    returned unchanged.

    Args:
        content: The source map.
        read_source: The text of a file of the app, by its path from the app's folder; None if
            there is none.
    """
    if len(content) > MAX_BYTES_TO_EMBED:
        return content
    sources = _find_sources(content)
    if sources is None:
        return content
    texts = [_read_app_source(source, read_source) for source in sources]
    if not any(text is not None for text in texts):
        return content
    start = content.index(b"{") + 1
    member = b'"sourcesContent":' + json.dumps(texts, separators=(",", ":")).encode() + b","
    return b"".join((content[:start], member, content[start:]))


def _find_sources(content: bytes) -> Sequence[object] | None:
    """`sources` of a map; None if it has `sourcesContent`, or is no map of format 3."""
    try:
        text = content.decode()
        found = dict(_members(text, expected={"version", "sources", "sourcesContent", "sections"}))
    except (ValueError, RecursionError):
        return None
    sources = found.get("sources")
    if found.get("version") != 3 or not isinstance(sources, list):  # noqa: PLR2004
        return None
    return None if "sourcesContent" in found or "sections" in found else sources


def _members(text: str, *, expected: set[str]) -> list[tuple[str, object]]:
    """
    Some members of a JSON object; the others are only stepped over.

    Raises:
        ValueError: It is no JSON object.
    """
    found: list[tuple[str, object]] = []
    at = _skip(text, 0, "{")
    while True:
        key, at = _DECODER.raw_decode(text, _skip_space(text, at))
        if not isinstance(key, str):
            raise ValueError("the name of a member is no string")  # noqa: TRY004
        value, at = _DECODER.raw_decode(text, _skip_space(text, _skip(text, at, ":")))
        found += [(key, value)] if key in expected else []
        at = _skip_space(text, at)
        if text[at : at + 1] != ",":
            break
        at += 1
    if _skip_space(text, _skip(text, at, "}")) != len(text):
        raise ValueError("something follows the object")
    return found


def _skip(text: str, at: int, expected: str) -> int:
    at = _skip_space(text, at)
    if text[at : at + 1] != expected:
        raise ValueError(f"no {expected!r} at {at}")
    return at + 1


def _skip_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _read_app_source(source: object, read_source: ReadSource) -> str | None:
    if not isinstance(source, str) or "\\" in source or "\0" in source:
        return None
    parts = PurePosixPath(source).parts
    while parts and parts[0] == "..":
        parts = parts[1:]
    if parts[:1] != ("lib",) or ".." in parts or not source.endswith(".dart"):
        return None
    return read_source(PurePosixPath(*parts))
