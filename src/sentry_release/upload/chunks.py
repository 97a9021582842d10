"""A file -> the checksums of its chunks, by which Sentry knows what it already has."""

import hashlib

from sentry_release.model.upload import ByteReader, Chunk, ChunkedFile

CHUNK_SIZE = 8 * 1024 * 1024  # bytes; what servers ask for, unless their options say otherwise


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
    The file with its SHA-1 and those of its chunks; it is read once, a chunk at a time.

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
