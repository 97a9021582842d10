"""JavaScript and source maps of a web build -> the artifact bundle, the same bytes each time."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from sentry_release.model.upload import ByteReader
from sentry_release.upload.byte_readers import MIB

MAX_BYTES_TO_EMBED = 64 * MIB  # of a map that sources are embedded in
TAIL = 2048  # bytes at the end of a JavaScript file in which it names its map
_MAP_REFERENCE = re.compile(rb"^//[#@]\s*sourceMappingURL=(\S{1,1024})\s*$", re.MULTILINE)
_DEBUG_ID = re.compile(rb"^//#\s*debugId=([0-9a-fA-F-]{32,36})\s*$", re.MULTILINE)
_SPACE = re.compile(r"[ \t\n\r]*")  # JSON knows no others
_DECODER = json.JSONDecoder()
ReadSource = Callable[[PurePosixPath], str | None]
_MAGIC = b"SYSB\x02\x00\x00\x00"
_NAMESPACE = uuid5(NAMESPACE_URL, "https://sentry.io/artifact-bundle")
_LEVEL = 4  # of compression; the default takes more than twice as long for one per cent


def find_map_name(tail: bytes) -> str | None:
    """Return the name of the map beside a JavaScript file, by its last bytes; None for others."""
    references = _MAP_REFERENCE.findall(tail)
    try:
        name = references[-1].decode() if references else ""
    except UnicodeDecodeError:
        return None
    return name if name.endswith(".map") and "/" not in name and "\\" not in name else None


def find_debug_id(tail: bytes) -> str | None:
    """Return the debug id that another tool has injected into a file, by its last bytes."""
    found = _DEBUG_ID.findall(tail)
    try:
        return str(UUID(found[-1].decode())) if found else None
    except ValueError:
        return None


def embed_sources(content: bytes, read_source: ReadSource) -> bytes:
    """
    Return a copy of a source map with the text of the app's own sources in `sourcesContent`.

    The compiler of Dart names sources relative to its own temporary folder, so the leading `../`
    say nothing, and only what is below `lib/` then is the app's. Everything else in the map
    stays as it is. A map that already has contents, has no sources of the app or is no map is
    returned unchanged.

    Args:
        content: The source map, of at most `MAX_BYTES_TO_EMBED`.
        read_source: The text of a file of the app, by its path from the app's folder; None if
            there is none.
    """
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
        found = dict(
            _parse_members(text, expected={"version", "sources", "sourcesContent", "sections"})
        )
    except (ValueError, RecursionError):
        return None
    sources = found.get("sources")
    if found.get("version") != 3 or not isinstance(sources, list):  # noqa: PLR2004
        return None
    return None if "sourcesContent" in found or "sections" in found else sources


def _parse_members(text: str, *, expected: set[str]) -> list[tuple[str, object]]:
    """
    Return some members of a JSON object; the others are only stepped over.

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


class ArtifactType(StrEnum):
    """What a file of a bundle is to Sentry."""

    SOURCE = "minified_source"
    SOURCE_MAP = "source_map"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile:
    """
    One file of a bundle.

    `path` is its path from the folder that the web server serves, `source_map` the name of the
    map beside it, `debug_id` what another tool injected.
    """

    path: str
    type: ArtifactType
    reader: ByteReader
    source_map: str | None = None
    debug_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOwner:
    """What Sentry finds the files of a bundle by, besides their URLs."""

    organization: str
    projects: tuple[str, ...]
    release: str
    dist: str | None


class ByteSink(Protocol):
    """Where a bundle is written, from the position where it is: a file, or memory."""

    def write(self, content: bytes, /) -> int:
        """Append bytes; the number that was written."""

    def flush(self) -> None:
        """Hand on what is buffered."""

    def close(self) -> None:
        """Nothing more is written."""


def write_artifact_bundle(files: Sequence[BundledFile], owner: BundleOwner, sink: ByteSink) -> str:
    """
    Write a bundle of files that are found by release, dist and URL, and return its id.

    Dates are fixed, the order is that of the paths and the id follows from the contents, so the
    same build gives the same bundle, and Sentry already has it the second time.
    Source: symbolic, `symbolic-debuginfo/src/sourcebundle`; the manifest equals that of
    sentry-cli for the same files.
    """
    ordered = sorted(files, key=lambda file: file.path)
    digest = hashlib.sha1(repr(owner).encode(), usedforsecurity=False)
    sink.write(_MAGIC)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in ordered:
            digest.update(repr((file.path, file.source_map, file.debug_id)).encode())
            with bundle.open(_create_entry(f"files/_/_/{file.path}"), "w") as entry:
                for offset in range(0, file.reader.size, MIB):
                    piece = file.reader.read_at(offset, MIB)
                    digest.update(piece)
                    entry.write(piece)
        bundle_id = str(uuid5(_NAMESPACE, digest.hexdigest()))
        manifest = json.dumps(_build_manifest(ordered, owner, bundle_id), separators=(",", ":"))
        bundle.writestr(_create_entry("manifest.json"), manifest)
    return bundle_id


def _create_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # of 1980
    entry.compress_type = zipfile.ZIP_DEFLATED
    # Public as compress_level since Python 3.13; open() takes the level of the archive for names only.
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined] # noqa: SLF001
    return entry


def _build_manifest(
    files: Sequence[BundledFile], owner: BundleOwner, bundle_id: str
) -> dict[str, Any]:
    manifest = {
        "files": {f"files/_/_/{file.path}": _build_manifest_entry(file) for file in files},
        "debug_id": bundle_id,
        "org": owner.organization,
        "project": owner.projects[0],
        "release": owner.release,
    }
    return manifest | ({"dist": owner.dist} if owner.dist else {})


def _build_manifest_entry(file: BundledFile) -> dict[str, Any]:
    headers = {"sourcemap": file.source_map, "debug-id": file.debug_id}
    present = {name: value for name, value in headers.items() if value}
    entry: dict[str, Any] = {"type": file.type.value, "url": f"~/{file.path}"}
    return entry | ({"headers": present} if present else {})
