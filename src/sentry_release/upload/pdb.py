"""PDB files (debug information of Windows) -> ObjectFile."""

from dataclasses import dataclass, field

from sentry_release.model.upload import ByteReader
from sentry_release.upload.byte_readers import (
    ObjectFormatError,
    read_exactly,
    unpack_at,
    unpack_from,
)
from sentry_release.upload.object_file import ObjectFile, ObjectFormat, debug_id_from_guid
from sentry_release.upload.pe import MACHINES

MAGIC = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"
_INFO, _DBI = 1, 3  # numbers of streams
_DBI_HEADER = 64
_BLOCK_SIZES = {512, 1024, 2048, 4096, 8192, 16384, 32768}
_MAX_DIRECTORY = 16 * 1024 * 1024  # bytes
_NO_STREAM = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class _Streams:
    """The directory of a multi-stream file: sizes of the streams, and the blocks of all."""

    reader: ByteReader = field(repr=False)
    block_size: int
    directory: bytes = field(repr=False)
    sizes: tuple[int, ...]

    def read(self, number: int, length: int) -> bytes:
        """The first bytes of a stream. Raises ObjectFormatError if it is shorter."""
        if number >= len(self.sizes) or length > min(self.sizes[number], self.block_size):
            raise ObjectFormatError(f"stream {number} is cut short")
        before = sum(self._blocks(size) for size in self.sizes[:number])
        (block,) = unpack_from("<I", self.directory, 4 + 4 * (len(self.sizes) + before))
        return read_exactly(self.reader, block * self.block_size, length, limit=length)

    def _blocks(self, size: int) -> int:
        return -(-size // self.block_size)


def parse_pdb(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    The one object of a PDB file.

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
            debug_id=debug_id_from_guid(guid, age),
            has_debug_info=has_lines,
            has_symbols=True,
            size=reader.size,
        ),
    )


def _read_directory(reader: ByteReader) -> _Streams:
    magic, block_size, _, _, size, _, index_block = unpack_at(reader, "<32s6I", 0)
    if magic != MAGIC or block_size not in _BLOCK_SIZES or size > _MAX_DIRECTORY:
        raise ObjectFormatError("no PDB header")
    count = -(-size // block_size)
    index = read_exactly(reader, index_block * block_size, 4 * count, limit=_MAX_DIRECTORY)
    pieces = [
        read_exactly(
            reader,
            unpack_from("<I", index, 4 * number)[0] * block_size,
            min(block_size, size - number * block_size),
            limit=block_size,
        )
        for number in range(count)
    ]
    directory = b"".join(pieces)
    (streams,) = unpack_from("<I", directory, 0)
    sizes = unpack_from(f"<{min(streams, len(directory))}I", directory, 4)
    return _Streams(
        reader=reader,
        block_size=block_size,
        directory=directory,
        sizes=tuple(0 if one == _NO_STREAM else one for one in sizes),
    )
