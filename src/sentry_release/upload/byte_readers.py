"""Readers of bytes in memory, in a part of a reader or in several, and the checksums of chunks."""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Any

from sentry_release.model.upload import ByteReader, Chunk, ChunkedFile

CHUNK_SIZE = 8 * 1024 * 1024  # bytes; what servers ask for, unless their options say otherwise


class ObjectFormatError(ValueError):
    """The file contradicts its own format, or is cut short."""


@dataclass(frozen=True, slots=True)
class BytesReader:
    """Bytes in memory."""

    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.content)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from an offset; fewer than `length` only at the end."""
        return self.content[offset : offset + length]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReader:
    """A part of another reader, such as one architecture of a universal binary."""

    whole: ByteReader = field(repr=False)
    start: int
    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from an offset within the part; fewer than `length` only at its end."""
        length = min(length, self.size - offset)
        return self.whole.read_at(self.start + offset, length) if length > 0 else b""


@dataclass(frozen=True, slots=True)
class JoinedReader:
    """Several readers, one after the other."""

    parts: tuple[ByteReader, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """Return the number of bytes of all parts."""
        return sum(part.size for part in self.parts)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from an offset, across parts; fewer than `length` only at the end."""
        found = []
        for part in self.parts:
            if offset < part.size and length > 0:
                piece = part.read_at(offset, min(length, part.size - offset))
                found.append(piece)
                length -= len(piece)
            offset = max(offset - part.size, 0)
        return b"".join(found)


def read_exactly(reader: ByteReader, offset: int, length: int, *, limit: int) -> bytes:
    """
    Return bytes that a format promises.

    Args:
        reader: The file.
        offset: Where they begin, as the file says.
        length: How many there are, as the file says.
        limit: How many are believed; a hostile file may promise any number.

    Raises:
        ObjectFormatError: There are fewer, or more are promised than `limit`.
    """
    if not 0 <= length <= limit or offset < 0:
        raise ObjectFormatError(f"{length} bytes at {offset} are outside the limits")
    content = reader.read_at(offset, length)
    if len(content) != length:
        raise ObjectFormatError(f"the file ends before {offset + length} bytes")
    return content


def unpack_at(reader: ByteReader, layout: str, offset: int) -> tuple[Any, ...]:
    """Values at an offset, by a format of `struct`. Raises ObjectFormatError if the file ends."""
    size = struct.calcsize(layout)
    return struct.unpack(layout, read_exactly(reader, offset, size, limit=size))


def unpack_from(layout: str, content: bytes, offset: int) -> tuple[Any, ...]:
    """Values within bytes, by a format of `struct`. Raises ObjectFormatError if they end."""
    try:
        return struct.unpack_from(layout, content, offset)
    except struct.error as error:
        raise ObjectFormatError("a structure is cut short") from error


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
