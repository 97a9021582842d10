"""An object file as Sentry sees it: format, architecture, debug id, code id, and what it holds."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

NO_ID = UUID(int=0)
_UUID_BYTES = 16


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
    has_symbols: bool = False
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


def debug_id_from_build_id(build_id: bytes, *, little_endian: bool) -> str:
    """
    Return the debug id of an ELF build id.

    The first 16 bytes are a GUID, whose first three fields are numbers in the byte order of
    the file. A shorter build id is filled up with zeros.
    Source: https://docs.sentry.io/platforms/native/data-management/debug-files/identifiers/
    """
    content = build_id[:_UUID_BYTES].ljust(_UUID_BYTES, b"\0")
    return str(UUID(bytes_le=content) if little_endian else UUID(bytes=content))


def debug_id_from_guid(guid: bytes, age: int) -> str:
    """Return the debug id of a PE or PDB file: its GUID in Windows' byte order, and its age."""
    text = str(UUID(bytes_le=guid))
    return f"{text}-{age:x}" if age else text
