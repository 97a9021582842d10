"""Files of Windows -> ObjectFile: PE (executables and libraries), PDB (debug information)."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sentry_release.model.upload import NO_DEBUG_ID, ByteReader, ObjectFile, ObjectFormat
from sentry_release.upload.byte_readers import (
    MAX_TABLE,
    ObjectFormatError,
    read_exactly,
    unpack_at,
    unpack_from,
)

PE_MAGIC = b"MZ"
MACHINES = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "arm64", 0x1C0: "arm"}
_SIGNATURE = b"PE\0\0"
_COFF_SIZE, _SECTION_SIZE, _DIRECTORY_SIZE = 24, 40, 8
_EXPORTS, _EXCEPTIONS, _DEBUG = 0, 3, 6  # indexes of data directories
_FIRST_DIRECTORY = {0x10B: 96, 0x20B: 112}  # where it begins, after their number; by magic
_CODE_VIEW = 2
_ENTRY_SIZE = 28
_MAX_ENTRIES = 64
PDB_MAGIC = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"
_INFO, _DBI = 1, 3  # numbers of streams
_DBI_HEADER = 64
_BLOCK_SIZES = {512, 1024, 2048, 4096, 8192, 16384, 32768}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """The parts of the headers that matter here."""

    reader: ByteReader
    machine: int
    timestamp: int
    image_size: int
    directories: tuple[tuple[int, int], ...]  # address and size
    sections: tuple[tuple[int, int, int], ...]  # address, size, offset in the file


def parse_pe(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    Return the one image of a PE file, which begins with `PE_MAGIC`.

    Its debug id is the GUID and age of its CodeView record, which its PDB file has as well. Functions
    and lines are only in the PDB file.

    Raises:
        ObjectFormatError: The file is broken or cut short.
    """
    image = _read_headers(reader)
    return (
        ObjectFile(
            format=ObjectFormat.PE,
            arch=MACHINES.get(image.machine, "unknown"),
            debug_id=_find_debug_id(image) or str(NO_DEBUG_ID),
            code_id=f"{image.timestamp:08x}{image.image_size:x}",
            has_symbols=_find_directory(image, _EXPORTS) is not None,
            has_unwind_info=_find_directory(image, _EXCEPTIONS) is not None,
            size=reader.size,
        ),
    )


def _read_headers(reader: ByteReader) -> _Image:
    (start,) = unpack_at(reader, "<60xI", 0)
    signature, machine, sections, timestamp, optional_size = unpack_at(reader, "<4sHHI8xH", start)
    if signature != _SIGNATURE:
        raise ObjectFormatError("no PE header")
    optional = read_exactly(reader, start + _COFF_SIZE, optional_size)
    kind, image_size = unpack_from("<H54xI", optional, 0)
    first = _FIRST_DIRECTORY.get(kind)
    if first is None:
        raise ObjectFormatError("an unknown kind of optional header")
    (count,) = unpack_from("<I", optional, first - 4)
    count = min(count, (optional_size - first) // _DIRECTORY_SIZE)
    table = start + _COFF_SIZE + optional_size
    rows = read_exactly(reader, table, sections * _SECTION_SIZE)
    return _Image(
        reader=reader,
        machine=machine,
        timestamp=timestamp,
        image_size=image_size,
        directories=tuple(
            (one[0], one[1])
            for one in (
                unpack_from("<II", optional, first + index * _DIRECTORY_SIZE)
                for index in range(count)
            )
        ),
        sections=tuple(_read_sections(rows)),
    )


def _read_sections(rows: bytes) -> Iterator[tuple[int, int, int]]:
    for at in range(0, len(rows), _SECTION_SIZE):
        virtual_size, address, raw_size, offset = unpack_from("<8xIIII", rows, at)
        yield address, max(virtual_size, raw_size), offset


def _find_directory(image: _Image, index: int) -> tuple[int, int] | None:
    """Return address and size of a data directory; None if it is empty."""
    found = image.directories[index] if index < len(image.directories) else None
    return found if found and found[1] else None


def _find_debug_id(image: _Image) -> str | None:
    directory = _find_directory(image, _DEBUG)
    start = _find_offset(image, directory[0]) if directory else None
    if directory is None or start is None:
        return None
    for index in range(min(directory[1] // _ENTRY_SIZE, _MAX_ENTRIES)):
        kind, length, offset = unpack_at(image.reader, "<12xII4xI", start + index * _ENTRY_SIZE)
        if kind == _CODE_VIEW and length >= 24:  # noqa: PLR2004 - the part that is read
            magic, guid, age = unpack_at(image.reader, "<4s16sI", offset)
            if magic == b"RSDS":
                return _debug_id_from_guid(guid, age)
    return None


def _find_offset(image: _Image, address: int) -> int | None:
    """Where an address of the loaded image is in the file."""
    for start, size, offset in image.sections:
        if start <= address < start + size:
            return offset + address - start
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Streams:
    """The directory of a multi-stream file: sizes of the streams, and the blocks of all."""

    reader: ByteReader
    block_size: int
    directory: bytes
    sizes: tuple[int, ...]

    def read(self, number: int, length: int) -> bytes:
        """Return the first bytes of a stream. Raises ObjectFormatError if it is shorter."""
        if number >= len(self.sizes) or length > self.sizes[number]:
            raise ObjectFormatError(f"stream {number} is cut short")
        before = sum(self._read_blocks(size) for size in self.sizes[:number])
        (block,) = unpack_from("<I", self.directory, 4 + 4 * (len(self.sizes) + before))
        return read_exactly(self.reader, block * self.block_size, length)

    def _read_blocks(self, size: int) -> int:
        return -(-size // self.block_size)


def parse_pdb(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    Return the one object of a PDB file, which begins with `PDB_MAGIC`.

    The GUID of its debug id is that of stream 1, the age that of the stream of debug
    information, which linkers raise; without that stream, of stream 1.

    Raises:
        ObjectFormatError: The file is broken or cut short.
    """
    streams = _read_directory(reader)
    age, guid = unpack_from("<8xI16s", streams.read(_INFO, 28), 0)
    arch, has_lines = "unknown", False
    if len(streams.sizes) > _DBI and streams.sizes[_DBI] >= _DBI_HEADER:
        age, modules, machine = unpack_from("<8xI12xI30xH", streams.read(_DBI, _DBI_HEADER), 0)
        arch, has_lines = MACHINES.get(machine, "unknown"), modules > 0
    return (
        ObjectFile(
            format=ObjectFormat.PDB,
            arch=arch,
            debug_id=_debug_id_from_guid(guid, age),
            has_debug_info=has_lines,
            has_symbols=True,
            size=reader.size,
        ),
    )


def _read_directory(reader: ByteReader) -> _Streams:
    block_size, _, _, size, _, index_block = unpack_at(reader, "<6I", len(PDB_MAGIC))
    if block_size not in _BLOCK_SIZES or size > MAX_TABLE:
        raise ObjectFormatError("no PDB header")
    count = -(-size // block_size)
    index = read_exactly(reader, index_block * block_size, 4 * count)
    blocks = unpack_from(f"<{count}I", index, 0)
    directory = b"".join(read_exactly(reader, one * block_size, block_size) for one in blocks)
    (streams,) = unpack_from("<I", directory, 0)
    sizes = unpack_from(f"<{streams}i", directory, 4)  # -1 for no stream, which takes no block
    return _Streams(reader=reader, block_size=block_size, directory=directory, sizes=sizes)


def _debug_id_from_guid(guid: bytes, age: int) -> str:
    """Return the debug id of a PE or PDB file: its GUID in Windows' byte order, and its age."""
    text = str(UUID(bytes_le=guid))
    return f"{text}-{age:x}" if age else text
