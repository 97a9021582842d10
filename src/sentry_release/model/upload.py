"""What is uploaded to Sentry: readers of files, object files, chunks, and the result for each file."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sentry_release.errors import ActionError

NO_DEBUG_ID = UUID(int=0)
"""The debug id of an object file that has none."""


class ByteReader(Protocol):
    """The bytes of one file, wherever they are; reading needs no order."""

    @property
    def size(self) -> int:
        """Return the number of bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return bytes from an offset; fewer than `length` only at the end of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a file that is sent on its own: where it is, and its SHA-1 in hexadecimal."""

    offset: int
    size: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkedFile:
    """
    A file with the checksums that Sentry identifies it by.

    `name` is shown in Sentry, `checksum` is the SHA-1 of the whole file, `debug_id` the id that
    Sentry files it under (None for an artifact bundle), `requires` what the server must accept
    for it (one of `UploadOptions.accept`), `is_compressed` whether compressing it again gains
    nothing.
    """

    name: str
    checksum: str
    chunks: tuple[Chunk, ...]
    debug_id: str | None = None
    requires: str | None = None
    is_compressed: bool = False
    reader: ByteReader

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return self.reader.size


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """
    What a Sentry server accepts.

    `path` is where chunks are sent; sizes are bytes; `accept` names the kinds of files.
    Source: `src/sentry/api/endpoints/chunk.py`
    """

    path: str
    chunk_size: int
    chunks_per_request: int
    max_request_size: int
    max_file_size: int
    concurrency: int
    compression: tuple[str, ...]
    accept: frozenset[str]


class UploadState(StrEnum):
    """How the upload of one file ended."""

    NEW = "new"
    """It was sent, and Sentry has processed it."""
    PRESENT = "present"
    """Sentry had it already."""
    MISSING = "missing"
    """Sentry does not have it, and nothing was sent (dry run)."""
    UNSENT = "unsent"
    """It would be sent, but there is no token, so Sentry was not queried either."""
    UNPROCESSED = "unprocessed"
    """It was sent, and Sentry was still processing it when the time was up."""
    FAILED = "failed"
    """Sentry refused it, or it could not be sent."""

    @property
    def label(self) -> str:
        """Return the state as log and summary show it."""
        return _LABELS[self]


_LABELS = {
    UploadState.NEW: "uploaded",
    UploadState.PRESENT: "already in Sentry",
    UploadState.MISSING: "not in Sentry",
    UploadState.UNSENT: "not sent",
    UploadState.UNPROCESSED: "still being processed",
    UploadState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """How the upload of one file ended in one project; `detail` is why it failed."""

    file: ChunkedFile
    state: UploadState
    project: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSummary:
    """
    All results of an upload, and the bytes that were sent after compression.

    `errors` are those that concern more than a single file: a refusal, or an outage.
    """

    results: tuple[FileResult, ...] = ()
    errors: tuple[ActionError, ...] = ()
    sent_bytes: int


class ObjectFormat(StrEnum):
    """The file formats of executables and debug information."""

    ELF = "elf"
    MACHO = "macho"
    PE = "pe"
    PDB = "pdb"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFile:
    """
    One image of one architecture.

    `arch` is named as Sentry names it: arm64, x86_64, arm, x86 or unknown. `debug_id` connects
    the image of a crash report with its debug information. `has_debug_info` means functions,
    files and lines; `has_symbols` only names, perhaps only of what is exported; `has_static_symbols` names
    of all functions; `has_unwind_info` only stack frames.
    `start` and `size` are the part of the file that it occupies.
    """

    format: ObjectFormat
    arch: str
    debug_id: str
    code_id: str | None = None
    has_debug_info: bool = False
    has_symbols: bool
    has_unwind_info: bool = False
    has_static_symbols: bool = False
    start: int = 0
    size: int

    @property
    def is_useful(self) -> bool:
        """Return whether Sentry can gain anything from it."""
        return self.has_debug_info or self.has_symbols or self.has_unwind_info

    @property
    def explains_functions(self) -> bool:
        """Return whether a stack trace can be read with it; what is shipped is stripped of that."""
        return self.has_debug_info or self.has_static_symbols or self.format is ObjectFormat.PDB

    @property
    def features(self) -> tuple[bool, bool, bool]:
        """Return what it holds, the most useful first; greater is better."""
        return self.has_debug_info, self.has_symbols, self.has_unwind_info
