"""What was found -> what to upload: debug files, copies of maps, and one bundle for the web."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from sentry_release.model.upload import ByteReader, Chunk, ChunkedFile
from sentry_release.upload.build_contents import BuildContents, DebugMap, find_dart_ids
from sentry_release.upload.byte_readers import MIB, BytesReader, ObjectFormatError
from sentry_release.upload.debug_files import (
    DebugFileCandidate,
    build_mapping_name,
    mark_obfuscation_map,
    select_debug_files,
)
from sentry_release.upload.locations import WEB_FOLDER
from sentry_release.upload.web_bundle import (
    MAX_BYTES_TO_EMBED,
    TAIL,
    ArtifactType,
    BundledFile,
    ReadSource,
    embed_sources,
    find_debug_id,
    find_map_name,
)

CHUNK_SIZE = 8 * MIB  # bytes; what servers ask for, unless their options say otherwise


class FileKind(StrEnum):
    """What a file is, in the words of the summary."""

    DEBUG_FILE = "debug file"
    OBFUSCATION_MAP = "obfuscation map"
    R8_MAPPING = "R8 mapping"
    SOURCE_MAPS = "source maps"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file to upload; `path` is where it was found, `arch` its architecture if it has one."""

    kind: FileKind
    path: str
    arch: str | None
    file: ChunkedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPlan:
    """
    What to upload.

    `web_files` of `web_folder` become one bundle. `of_other_builds` are debug files that were left out,
    `without_map` scripts of the web build that have no source map.
    """

    files: tuple[PlannedFile, ...] = ()
    web_files: tuple[BundledFile, ...] = ()
    web_folder: str = WEB_FOLDER
    of_other_builds: tuple[DebugFileCandidate, ...] = ()
    without_map: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def plan_upload(
    found: BuildContents, *, chunk_size: int, read_source: ReadSource | None
) -> UploadPlan:
    """
    Decide what to upload; the files are read once, for their checksums.

    Args:
        found: The contents of the build.
        chunk_size: What the server asks for, in bytes.
        read_source: Gives the app's Dart sources if they are to be embedded in source maps.
    """
    selection = select_debug_files(found.candidates, found.images)
    files = [_plan_debug_file(one, chunk_size) for one in selection.chosen]
    files += [
        planned
        for one in found.obfuscation_maps
        for planned in _plan_obfuscation_map(found, one, chunk_size)
    ]
    notes = [f"{path} could not be opened." for path in found.unreadable]
    if found.r8_mappings and found.mapping_ids:
        files += [_plan_r8_mapping(found, chunk_size)]
    web_files, without_map = _plan_web(found.web_files, read_source)
    return UploadPlan(
        files=tuple(one for one in files if one is not None),
        web_files=web_files,
        web_folder=found.web_folder,
        of_other_builds=selection.of_other_builds,
        without_map=without_map,
        notes=tuple(notes),
    )


def _plan_debug_file(candidate: DebugFileCandidate, chunk_size: int) -> PlannedFile | None:
    name = PurePosixPath(candidate.path).name
    return _plan(
        FileKind.DEBUG_FILE,
        candidate.path,
        candidate.object.arch,
        lambda: split_into_chunks(
            name, candidate.content, chunk_size=chunk_size, debug_id=candidate.object.debug_id
        ),
    )


def _plan_obfuscation_map(
    found: BuildContents, obfuscation_map: DebugMap, chunk_size: int
) -> list[PlannedFile | None]:
    reader = obfuscation_map.reader
    content = reader.read_at(0, reader.size)
    architectures = {one.object.debug_id: one.object.arch for one in found.images}
    return [
        _plan(
            FileKind.OBFUSCATION_MAP,
            obfuscation_map.path,
            architectures.get(debug_id),
            lambda debug_id=debug_id: split_into_chunks(  # type: ignore[misc]
                PurePosixPath(obfuscation_map.path).name,
                mark_obfuscation_map(content, debug_id),
                chunk_size=chunk_size,
                debug_id=debug_id,
                requires="dartsymbolmap",
            ),
        )
        for debug_id in find_dart_ids(found, obfuscation_map)
    ]


def _plan_r8_mapping(found: BuildContents, chunk_size: int) -> PlannedFile | None:
    """Return the newest mapping, under the id that the app asks for."""
    newest = max(found.r8_mappings, key=lambda one: one.modified)
    return _plan(
        FileKind.R8_MAPPING,
        newest.path,
        None,
        lambda: split_into_chunks(
            build_mapping_name(found.mapping_ids[-1]),
            newest.reader,
            chunk_size=chunk_size,
            requires="proguard",
        ),
    )


def _plan(
    kind: FileKind, path: str, arch: str | None, split: Callable[[], ChunkedFile]
) -> PlannedFile | None:
    try:
        return PlannedFile(kind=kind, path=path, arch=arch, file=split())
    except (ObjectFormatError, OSError):
        return None  # gone again, or an archive that unpacks to too much


def _plan_web(
    files: Mapping[str, ByteReader], read_source: ReadSource | None
) -> tuple[tuple[BundledFile, ...], tuple[str, ...]]:
    """Return the scripts that have a map with their maps, and the Dart scripts that have none."""
    bundled: list[BundledFile] = []
    without_map: list[str] = []
    for path, reader in sorted(files.items()):
        if not path.endswith(".js"):
            continue
        tail = reader.read_at(max(reader.size - TAIL, 0), TAIL)
        name = find_map_name(tail) or f"{PurePosixPath(path).name}.map"
        map_path = str(PurePosixPath(path).with_name(name))
        if map_path not in files:
            without_map += [path] if ".dart" in PurePosixPath(path).name else []
            continue
        debug_id = find_debug_id(tail)
        bundled.append(
            BundledFile(
                path=path,
                type=ArtifactType.SOURCE,
                reader=reader,
                source_map=name,
                debug_id=debug_id,
            )
        )
        source_map = files[map_path]
        if read_source is not None and source_map.size <= MAX_BYTES_TO_EMBED:
            content = source_map.read_at(0, source_map.size)
            source_map = BytesReader(embed_sources(content, read_source))
        bundled.append(
            BundledFile(
                path=map_path,
                type=ArtifactType.SOURCE_MAP,
                reader=source_map,
                debug_id=debug_id,
            )
        )
    return tuple(bundled), tuple(without_map)


def split_into_chunks(
    name: str,
    reader: ByteReader,
    *,
    chunk_size: int = CHUNK_SIZE,
    debug_id: str | None = None,
    requires: str | None = None,
    is_compressed: bool = False,
) -> ChunkedFile:
    """
    Return the file with its SHA-1 and those of its chunks; it is read once, a chunk at a time.

    Args:
        name: What Sentry shows, with `/` between folders.
        reader: Its bytes.
        chunk_size: Bytes of each chunk but the last one.
        debug_id: What Sentry files it under; None for an artifact bundle.
        requires: The kind of file that the server must accept.
        is_compressed: Whether its bytes are compressed already.
    """
    whole = hashlib.sha1(usedforsecurity=False)
    chunks = []
    for offset in range(0, reader.size, chunk_size):
        content = reader.read_at(offset, chunk_size)
        whole.update(content)
        checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        chunks.append(Chunk(offset=offset, size=len(content), checksum=checksum))
    return ChunkedFile(
        name=name,
        checksum=whole.hexdigest(),
        chunks=tuple(chunks),
        debug_id=debug_id,
        requires=requires,
        is_compressed=is_compressed,
        reader=reader,
    )
