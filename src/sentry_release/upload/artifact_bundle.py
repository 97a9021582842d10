"""Files of a web build -> the artifact bundle that Sentry takes, the same bytes each time."""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from sentry_release.model.upload import ByteReader

_MAGIC = b"SYSB\x02\x00\x00\x00"
_DATE = (1980, 1, 1, 0, 0, 0)
_PIECE = 1024 * 1024  # bytes that are read at once
_NAMESPACE = uuid5(NAMESPACE_URL, "https://sentry.io/artifact-bundle")
_LEVEL = 4  # of compression; the default takes more than twice as long for one per cent
_UNIX = 3
_MODE = 0o644 << 16


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
    reader: ByteReader = field(repr=False)
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
            with bundle.open(_entry(f"files/_/_/{file.path}"), "w") as entry:
                for offset in range(0, file.reader.size, _PIECE):
                    piece = file.reader.read_at(offset, _PIECE)
                    digest.update(piece)
                    entry.write(piece)
        bundle_id = str(uuid5(_NAMESPACE, digest.hexdigest()))
        manifest = json.dumps(_manifest(ordered, owner, bundle_id), separators=(",", ":"))
        bundle.writestr(_entry("manifest.json"), manifest)
    return bundle_id


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # Public as compress_level since Python 3.13; open() takes the level of the archive for names only.
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined] # noqa: SLF001
    entry.create_system, entry.external_attr = _UNIX, _MODE
    return entry


def _manifest(files: Sequence[BundledFile], owner: BundleOwner, bundle_id: str) -> dict[str, Any]:
    manifest = {
        "files": {f"files/_/_/{file.path}": _manifest_entry(file) for file in files},
        "debug_id": bundle_id,
        "org": owner.organization,
        "project": owner.projects[0],
        "release": owner.release,
    }
    return manifest | ({"dist": owner.dist} if owner.dist else {})


def _manifest_entry(file: BundledFile) -> dict[str, Any]:
    headers = {"sourcemap": file.source_map, "debug-id": file.debug_id}
    present = {name: value for name, value in headers.items() if value}
    entry: dict[str, Any] = {"type": file.type.value, "url": f"~/{file.path}"}
    return entry | ({"headers": present} if present else {})
