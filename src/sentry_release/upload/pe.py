"""PE files (Windows executables and libraries) -> ObjectFile."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sentry_release.model.upload import ByteReader
from sentry_release.upload.byte_readers import (
    ObjectFormatError,
    read_exactly,
    unpack_at,
    unpack_from,
)
from sentry_release.upload.object_file import NO_ID, ObjectFile, ObjectFormat, debug_id_from_guid

MAGIC = b"MZ"
MACHINES = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "arm64", 0x1C0: "arm", 0x1C4: "arm"}
_SIGNATURE = b"PE\0\0"
_COFF_SIZE, _SECTION_SIZE, _DIRECTORY_SIZE = 24, 40, 8
_EXPORTS, _EXCEPTIONS, _DEBUG = 0, 3, 6  # indexes of data directories
_HEADERS = {0x10B: (92, 96), 0x20B: (108, 112)}  # where the directories are counted, and begin
_CODE_VIEW = 2
_ENTRY_SIZE = 28
_MAX_ENTRIES = 64
_MAX_HEADERS = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """The parts of the headers that matter here."""

    reader: ByteReader = field(repr=False)
    machine: int
    timestamp: int
    image_size: int
    directories: tuple[tuple[int, int], ...]  # address and size
    sections: tuple[tuple[str, int, int, int], ...]  # name, address, size, offset in the file


def parse_pe(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    The one image of a PE file.

    Its debug id is the GUID and age of its CodeView record, which its PDB file has as well.

    Raises:
        ObjectFormatError: The file is broken or cut short.
    """
    image = _read_headers(reader)
    names = {section[0] for section in image.sections}
    return (
        ObjectFile(
            format=ObjectFormat.PE,
            arch=MACHINES.get(image.machine, "unknown"),
            debug_id=_find_debug_id(image) or str(NO_ID),
            code_id=f"{image.timestamp:08x}{image.image_size:x}",
            has_debug_info=".debug_info" in names,
            has_symbols=_directory(image, _EXPORTS)[1] > 0,
            has_unwind_info=_directory(image, _EXCEPTIONS)[1] > 0,
            size=reader.size,
        ),
    )


def _read_headers(reader: ByteReader) -> _Image:
    magic, start = unpack_at(reader, "<2s58xI", 0)
    if magic != MAGIC:
        raise ObjectFormatError("no PE header")
    signature, machine, sections, timestamp, optional_size = unpack_at(reader, "<4sHHI8xH", start)
    if signature != _SIGNATURE:
        raise ObjectFormatError("no PE header")
    optional = read_exactly(reader, start + _COFF_SIZE, optional_size, limit=_MAX_HEADERS)
    counts, first = _HEADERS.get(unpack_from("<H", optional, 0)[0], (0, 0))
    if not first:
        raise ObjectFormatError("an unknown kind of optional header")
    (count,) = unpack_from("<I", optional, counts)
    count = min(count, (optional_size - first) // _DIRECTORY_SIZE)
    table = start + _COFF_SIZE + optional_size
    rows = read_exactly(reader, table, sections * _SECTION_SIZE, limit=_MAX_HEADERS * 4)
    return _Image(
        reader=reader,
        machine=machine,
        timestamp=timestamp,
        image_size=unpack_from("<I", optional, 56)[0],
        directories=tuple(
            (one[0], one[1])
            for one in (
                unpack_from("<II", optional, first + index * _DIRECTORY_SIZE)
                for index in range(count)
            )
        ),
        sections=tuple(_sections(rows)),
    )


def _sections(rows: bytes) -> Iterator[tuple[str, int, int, int]]:
    for at in range(0, len(rows), _SECTION_SIZE):
        name, virtual_size, address, raw_size, offset = unpack_from("<8sIIII", rows, at)
        text = name.rstrip(b"\0").decode("latin-1")
        yield text, address, max(virtual_size, raw_size), offset


def _directory(image: _Image, index: int) -> tuple[int, int]:
    return image.directories[index] if index < len(image.directories) else (0, 0)


def _find_debug_id(image: _Image) -> str | None:
    address, size = _directory(image, _DEBUG)
    start = _offset_of(image, address)
    if start is None:
        return None
    for index in range(min(size // _ENTRY_SIZE, _MAX_ENTRIES)):
        kind, length, offset = unpack_at(image.reader, "<12xII4xI", start + index * _ENTRY_SIZE)
        if kind == _CODE_VIEW and length >= 24:  # noqa: PLR2004 - the part that is read
            magic, guid, age = unpack_at(image.reader, "<4s16sI", offset)
            if magic == b"RSDS":
                return debug_id_from_guid(guid, age)
    return None


def _offset_of(image: _Image, address: int) -> int | None:
    """Where an address of the loaded image is in the file."""
    for _, start, size, offset in image.sections:
        if start <= address < start + size:
            return offset + address - start
    return None
