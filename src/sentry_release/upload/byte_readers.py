"""Readers of bytes in memory, of a part of another reader, and of several parts in a row."""

import struct
from dataclasses import dataclass, field
from typing import Any

from sentry_release.model.upload import ByteReader


class ObjectFormatError(ValueError):
    """The file contradicts its own format, or is cut short."""


@dataclass(frozen=True, slots=True)
class BytesReader:
    """Bytes in memory."""

    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self.content)

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes from an offset; fewer than `length` only at the end."""
        return self.content[offset : offset + length]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReader:
    """A part of another reader, such as one architecture of a universal binary."""

    whole: ByteReader = field(repr=False)
    start: int
    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes from an offset within the part; fewer than `length` only at its end."""
        length = min(length, self.size - offset)
        return self.whole.read_at(self.start + offset, length) if length > 0 else b""


@dataclass(frozen=True, slots=True)
class JoinedReader:
    """Several readers, one after the other."""

    parts: tuple[ByteReader, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """The number of bytes of all parts."""
        return sum(part.size for part in self.parts)

    def read_at(self, offset: int, length: int) -> bytes:
        """Bytes from an offset, across parts; fewer than `length` only at the end."""
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
    Bytes that a format promises.

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
