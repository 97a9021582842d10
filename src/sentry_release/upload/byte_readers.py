"""Readers of bytes: in memory, of a part, of several files, and of what is in a zip archive."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sentry_release.model.upload import ByteReader

ARCHIVE_MAGIC = b"PK\x03\x04"
MIB = 1024 * 1024  # bytes; also what is read or unpacked at once
MAX_TABLE = 8 * MIB  # that is read as a whole; a hostile file may promise any number of bytes
_MAX_ENTRIES_SIZE = 4 * MIB  # of the list of entries of an archive: some 40,000 files
_MAX_UNPACKED = 4096 * MIB  # that are unpacked from one archive in all
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1


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

    whole: ByteReader
    start: int
    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from an offset within the part; fewer than `length` only at its end."""
        length = min(length, self.size - offset)
        return self.whole.read_at(self.start + offset, length) if length > 0 else b""


@dataclass(frozen=True, slots=True)
class JoinedReader:
    """Several readers, one after the other."""

    parts: tuple[ByteReader, ...]

    @property
    def size(self) -> int:
        """Return the number of bytes of all parts."""
        return sum(part.size for part in self.parts)

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from an offset, across parts; fewer than `length` only at the end."""
        found = []
        for part in self.parts:
            if offset < part.size:
                piece = part.read_at(offset, length)
                found.append(piece)
                length -= len(piece)
            offset = max(offset - part.size, 0)
        return b"".join(found)


def read_exactly(reader: ByteReader, offset: int, length: int) -> bytes:
    """
    Return bytes that a format promises.

    Args:
        reader: The file.
        offset: Where they begin, as the file says.
        length: How many there are, as the file says.

    Raises:
        ObjectFormatError: There are fewer, or more are promised than 8 MiB.
    """
    if length > MAX_TABLE:
        raise ObjectFormatError("a table is larger than the limit")
    content = reader.read_at(offset, length)
    if len(content) != length:
        raise ObjectFormatError("the file is cut short")
    return content


def unpack_at(reader: ByteReader, layout: str, offset: int) -> tuple[Any, ...]:
    """Values at an offset, by a format of `struct`. Raises ObjectFormatError if the file ends."""
    size = struct.calcsize(layout)
    return struct.unpack(layout, read_exactly(reader, offset, size))


def unpack_from(layout: str, content: bytes, offset: int) -> tuple[Any, ...]:
    """Values within bytes, by a format of `struct`. Raises ObjectFormatError if they end."""
    try:
        return struct.unpack_from(layout, content, offset)
    except struct.error as error:
        raise ObjectFormatError("a structure is cut short") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """A file of an archive; its path may be hostile, and is only for comparing and showing."""

    path: str
    reader: ByteReader


def open_archive(
    reader: ByteReader, *, max_unpacked: int = _MAX_UNPACKED
) -> tuple[ArchiveEntry, ...]:
    """
    Return the files of an archive, none of which is unpacked before it is read.

    Encrypted entries, those with a rare compression and folders are left out. What is in the
    archive is never opened as an archive itself.

    Args:
        reader: The archive.
        max_unpacked: Bytes that may be unpacked from it in all, so that a small archive cannot
            cost any amount of time.

    Raises:
        ObjectFormatError: It is no archive, is broken, or has too many entries.
    """
    if reader.read_at(0, len(ARCHIVE_MAGIC)) != ARCHIVE_MAGIC:
        raise ObjectFormatError("no archive")
    with _translate_errors():
        archive = zipfile.ZipFile(_ArchiveFile(reader))
    opened = _OpenArchive(archive=archive, remaining=max_unpacked)
    return tuple(
        ArchiveEntry(path=entry.filename, reader=_EntryReader(opened, entry))
        for entry in archive.infolist()
        if entry.compress_type in _READABLE
        and not entry.flag_bits & _ENCRYPTED
        and not entry.filename.endswith("/")
    )


class _ArchiveFile:
    """What `zipfile` reads from; the list of entries may not be larger than the limit."""

    def __init__(self, reader: ByteReader) -> None:
        self._reader = reader
        self._position = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0, /) -> int:
        start = (0, self._position, self._reader.size)[whence]
        if start + offset < 0:
            raise ObjectFormatError("the archive points before its beginning")
        self._position = start + offset
        return self._position

    def read(self, length: int = _MAX_ENTRIES_SIZE, /) -> bytes:
        if length > _MAX_ENTRIES_SIZE:
            raise ObjectFormatError("the archive has too many entries")
        content = self._reader.read_at(self._position, length)
        self._position += len(content)
        return content


class _OpenArchive:
    """An archive, and the bytes that may still be unpacked from it."""

    def __init__(self, *, archive: zipfile.ZipFile, remaining: int) -> None:
        self.archive = archive
        self.left = remaining


class _EntryReader:
    """One entry, unpacked from its start up to the requested offset; not thread-safe."""

    def __init__(self, opened: _OpenArchive, entry: zipfile.ZipInfo) -> None:
        self._opened = opened
        self._entry = entry
        self._stream: zipfile.ZipExtFile | None = None

    @property
    def size(self) -> int:
        return self._entry.file_size

    def read_at(self, offset: int, length: int) -> bytes:
        with _translate_errors():
            if self._stream is None or offset < self._stream.tell():
                self._stream = self._open()
            for _ in self._unpack(self._stream, offset - self._stream.tell()):
                pass
            return b"".join(self._unpack(self._stream, length))

    def _open(self) -> zipfile.ZipExtFile:
        stream = self._opened.archive.open(self._entry)
        if not isinstance(stream, zipfile.ZipExtFile):
            raise ObjectFormatError("the entry cannot be read")
        return stream

    def _unpack(self, stream: zipfile.ZipExtFile, length: int) -> Iterator[bytes]:
        """Yield the next bytes in pieces."""
        while length:
            piece = stream.read(min(length, MIB, self._opened.left))
            if not piece:
                break
            self._opened.left -= len(piece)
            length -= len(piece)
            yield piece
        if length and not self._opened.left:
            raise ObjectFormatError("the archive unpacks to more than the limit")


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Yield what a broken archive raises, as one kind of error."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise ObjectFormatError(f"the archive is broken: {error}") from error
    except (OverflowError, IndexError, UnicodeError) as error:
        raise ObjectFormatError("the archive is broken") from error
