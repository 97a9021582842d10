"""Send chunks to Sentry: compressed, in batches, over concurrent requests."""

import gzip
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from sentry_release.adapters.sentry.transport import SentryTransport
from sentry_release.adapters.sentry.upload_client import UploadClient
from sentry_release.errors import ActionError, ApiError, ProjectError
from sentry_release.model.upload import ByteReader, Chunk, ChunkedFile, UploadOptions

_MAX_THREADS = 2  # requests of one upload; each holds a batch of chunks in memory
_MAX_BATCH = 8 * 1024 * 1024  # bytes before compression; each request is a step of progress
_LEVEL = 4  # of compression; higher levels take much longer and save one per cent
_TOO_LARGE = 413


@dataclass(slots=True, kw_only=True)
class SentChunks:
    """The bytes of sent chunks after compression, and the error of each failed chunk."""

    size: int = 0
    errors: dict[str, ActionError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A chunk, and the reader of its file."""

    chunk: Chunk
    reader: ByteReader = field(repr=False)
    is_compressed: bool


def send_missing_chunks(
    client: UploadClient,
    options: UploadOptions,
    files: Iterable[ChunkedFile],
    missing: Collection[str],
) -> SentChunks:
    """
    Send each missing chunk once, within the limits of the server.

    If a chunk fails, the others are still sent, unless Sentry is unavailable.
    """
    sender = _Sender(client, options)
    parts = {
        chunk.checksum: _Part(chunk, file.reader, file.is_compressed)
        for file in files
        for chunk in file.chunks
        if chunk.checksum in missing
    }
    sender.send_all(list(_split_into_batches(list(parts.values()), options)))
    return sender.sent


def _split_into_batches(parts: Sequence[_Part], options: UploadOptions) -> Iterator[list[_Part]]:
    limit = min(options.max_request_size, _MAX_BATCH)
    batch: list[_Part] = []
    size = 0
    for part in parts:
        is_full = size + part.chunk.size > limit or len(batch) >= options.chunks_per_request
        if batch and is_full:
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += part.chunk.size
    if batch:
        yield batch


class _Sender:
    """Sends batches from a queue on threads, each with its own connection."""

    def __init__(self, client: UploadClient, options: UploadOptions) -> None:
        self.sent = SentChunks()
        self._client, self._options = client, options
        self._lock = Lock()  # files are read, and results written, by one thread at a time
        self._queue: SimpleQueue[list[_Part]] = SimpleQueue()
        self._outage: ActionError | None = None

    def send_all(self, batches: Sequence[list[_Part]]) -> None:
        """Send the batches, and return when all are sent or have failed."""
        for batch in batches:
            self._queue.put(batch)
        count = min(len(batches), self._options.concurrency, _MAX_THREADS)
        threads = [Thread(target=self._send_batches, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send_batches(self) -> None:
        transport = self._client.open_transport()
        while True:
            try:
                batch = self._queue.get_nowait()
            except Empty:
                return
            self._send(transport, batch)

    def _send(self, transport: SentryTransport, batch: list[_Part]) -> None:
        if self._outage is not None:
            self._report(batch, self._outage)
            return
        try:
            boundary = os.urandom(16).hex()
            body = self._build_body(batch, boundary)
            self._client.send_chunks(transport, self._options, body, boundary)
        except ApiError as error:
            if error.status == _TOO_LARGE and len(batch) > 1:
                for part in batch:
                    self._send(transport, [part])
            else:
                self._report(
                    batch, _build_too_large_error(error) if error.status == _TOO_LARGE else error
                )
        except ActionError as error:
            self._outage = error
            self._report(batch, error)
        except (OSError, ValueError) as error:
            self._report(batch, _build_unreadable_error(error))
        else:
            with self._lock:
                self.sent.size += len(body)

    def _report(self, batch: list[_Part], error: ActionError) -> None:
        with self._lock:
            for part in batch:
                self.sent.errors[part.chunk.checksum] = error

    def _build_body(self, batch: list[_Part], boundary: str) -> bytes:
        may_compress = "gzip" in self._options.compression
        body = BytesIO()
        for part in batch:
            compress = may_compress and not part.is_compressed
            name = "file_gzip" if compress else "file"
            body.write(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
                f'filename="{part.chunk.checksum}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n".encode()
            )
            content = self._read(part)
            body.write(gzip.compress(content, _LEVEL, mtime=0) if compress else content)
            body.write(b"\r\n")
        body.write(f"--{boundary}--\r\n".encode())
        return body.getvalue()

    def _read(self, part: _Part) -> bytes:
        with self._lock:
            content = part.reader.read_at(part.chunk.offset, part.chunk.size)
        if len(content) != part.chunk.size:
            raise ValueError("the file has changed since it was found")
        return content


def _build_too_large_error(error: ApiError) -> ApiError:
    return ApiError(
        "A proxy before Sentry refuses chunks of 8 MiB.",
        reason=error.reason,
        hint="Allow request bodies of at least 33 MB there (nginx: client_max_body_size).",
        status=error.status,
        answer=error.answer,
    )


def _build_unreadable_error(error: Exception) -> ProjectError:
    return ProjectError(
        "A file could not be read while it was uploaded.",
        reason=f"Reading it failed: {error}.",
        hint="Do not change or delete build files while they are uploaded.",
    )
