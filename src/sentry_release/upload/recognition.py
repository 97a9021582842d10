"""Any file -> the objects in it, recognised by its content and never by its name."""

from collections.abc import Callable

from sentry_release.model.upload import ByteReader
from sentry_release.upload import elf, macho, pe
from sentry_release.upload.byte_readers import ObjectFormatError
from sentry_release.upload.object_file import NO_ID, ObjectFile

_PARSERS: tuple[tuple[bytes, Callable[[ByteReader], tuple[ObjectFile, ...]]], ...] = (
    (elf.MAGIC, elf.parse_elf),
    (pe.PDB_MAGIC, pe.parse_pdb),
    (pe.PE_MAGIC, pe.parse_pe),
    *((magic, macho.parse_macho) for magic in sorted(macho.MAGICS)),
)


def parse_objects(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    Return the objects of a file that have a debug id; none if it is of another kind, or broken.

    A file that only begins like one of the formats is no mistake of the build: Flutter writes
    `.symbols` for iOS that nothing can read, and class files of Java begin like Mach-O.
    """
    head = reader.read_at(0, len(pe.PDB_MAGIC))
    for magic, parse in _PARSERS:
        if head.startswith(magic):
            try:
                found = parse(reader)
            except ObjectFormatError:
                return ()
            return tuple(one for one in found if not one.debug_id.startswith(str(NO_ID)))
    return ()
