"""ELF files (Android, Linux, and each Dart AOT snapshot but Apple's) -> ObjectFile."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sentry_release.model.upload import NO_DEBUG_ID, ByteReader, ObjectFile, ObjectFormat
from sentry_release.upload.byte_readers import (
    MIB,
    ObjectFormatError,
    read_exactly,
    unpack_at,
    unpack_from,
)

MAGIC = b"\x7fELF"
_ARCHITECTURES = {3: "x86", 62: "x86_64", 183: "arm64", 40: "arm"}
_64_BIT, _LITTLE_ENDIAN = 2, 1
_PT_NOTE, _NT_GNU_BUILD_ID = 4, 3
_SHT_PROGBITS, _SHT_SYMTAB, _SHT_NOTE, _SHT_DYNSYM = 1, 2, 7, 11
_SHT_X86_64_UNWIND = 0x70000001  # LLVM's type of .eh_frame
_SECTIONS = (
    *(b".text", b".note.gnu.build-id", b".eh_frame"),
    *(b".debug_info", b".debug_frame", b".zdebug_info", b".zdebug_frame"),
)
_MAX_NOTES = MIB  # of one segment of notes
_PAGE = 4096
_SMALLEST_ALIGNMENT = 4
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """The byte order and word size of a file, and where its headers are."""

    reader: ByteReader
    order: str
    is_64_bit: bool
    machine: int
    program_headers: tuple[int, int, int]  # offset, size of one, count
    section_headers: tuple[int, int, int]
    names_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One row of the table of sections; its name is empty if it is none of those that matter."""

    name: bytes
    type: int
    offset: int
    size: int
    alignment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Where notes are in the file, and how they are aligned."""

    offset: int
    size: int
    alignment: int


def parse_elf(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    Return the one image of an ELF file, which begins with `MAGIC`.

    Its debug id comes from the build id; without one, from the first page of the code, as Sentry
    computes it (symbolic, `ElfObject::debug_id`).

    Raises:
        ObjectFormatError: The file is broken or cut short.
    """
    layout = _read_layout(reader)
    sections = tuple(_read_sections(layout))
    build_id = _find_build_id(layout, sections)
    identifier = build_id if build_id is not None else _compute_code_hash(reader, sections)
    little = layout.order == "<"
    with_content = {_SHT_PROGBITS, _SHT_X86_64_UNWIND}  # not in what strip leaves behind
    named = {one.name for one in sections if one.type in with_content and one.offset}
    return (
        ObjectFile(
            format=ObjectFormat.ELF,
            arch=_ARCHITECTURES.get(layout.machine, "unknown"),
            debug_id=str(NO_DEBUG_ID)
            if identifier is None
            else _debug_id_from_build_id(identifier, little_endian=little),
            code_id=build_id.hex() if build_id else None,
            has_debug_info=bool(named & {b".debug_info", b".zdebug_info"}),
            has_symbols=any(
                one.type in {_SHT_SYMTAB, _SHT_DYNSYM} and one.size > 0 for one in sections
            ),
            has_static_symbols=any(one.type == _SHT_SYMTAB and one.size > 0 for one in sections),
            has_unwind_info=bool(named & {b".eh_frame", b".debug_frame", b".zdebug_frame"}),
            size=reader.size,
        ),
    )


def _read_layout(reader: ByteReader) -> _Layout:
    word, byte_order = unpack_at(reader, "<BB", len(MAGIC))
    if word not in {1, 2} or byte_order not in {1, 2}:
        raise ObjectFormatError("no ELF header")
    order = "<" if byte_order == _LITTLE_ENDIAN else ">"
    is_64_bit = word == _64_BIT
    values = unpack_at(reader, order + ("HHIQQQIHHHHHH" if is_64_bit else "HHIIIIIHHHHHH"), 16)
    machine, program_offset, section_offset = values[1], values[4], values[5]
    _, program_size, program_count, section_size, section_count, names_index = values[7:]
    return _Layout(
        reader=reader,
        order=order,
        is_64_bit=is_64_bit,
        machine=machine,
        program_headers=(program_offset, program_size, program_count),
        section_headers=(section_offset, section_size, section_count),
        names_index=names_index,
    )


def _read_sections(layout: _Layout) -> Iterator[_Section]:
    offset, size, count = layout.section_headers
    fields = "IIQQQQIIQQ" if layout.is_64_bit else "IIIIIIIIII"
    if not offset:
        return
    table = read_exactly(layout.reader, offset, size * count)
    rows = [unpack_from(layout.order + fields, table, index * size) for index in range(count)]
    names = b""
    if layout.names_index < count:
        row = rows[layout.names_index]
        names = read_exactly(layout.reader, row[4], row[5])
    for row in rows:
        name = next((one for one in _SECTIONS if names.startswith(one + b"\0", row[0])), b"")
        yield _Section(name=name, type=row[1], offset=row[4], size=row[5], alignment=row[8])


def _find_build_id(layout: _Layout, sections: tuple[_Section, ...]) -> bytes | None:
    """Return the build id in a segment of notes, else in the section that linkers make for it."""
    spans = [*_find_note_segments(layout)]
    spans += [
        _Span(offset=one.offset, size=one.size, alignment=one.alignment)
        for one in sections
        if one.type == _SHT_NOTE and one.name == b".note.gnu.build-id"
    ]
    for span in spans:
        for kind, description in _read_notes(layout, span):
            if kind == _NT_GNU_BUILD_ID:
                return description
    return None


def _find_note_segments(layout: _Layout) -> Iterator[_Span]:
    offset, size, count = layout.program_headers
    if not offset:
        return
    fields = layout.order + ("IIQQQQQQ" if layout.is_64_bit else "IIIIIIII")
    table = read_exactly(layout.reader, offset, size * count)
    for index in range(count):
        row = unpack_from(fields, table, index * size)
        if row[0] == _PT_NOTE:
            start, length = (row[2], row[5]) if layout.is_64_bit else (row[1], row[4])
            yield _Span(offset=start, size=length, alignment=row[7])


def _read_notes(layout: _Layout, span: _Span) -> Iterator[tuple[int, bytes]]:
    """Type and description of each note, up to the first that does not fit."""
    alignment = max(span.alignment, _SMALLEST_ALIGNMENT)
    at, end = span.offset, span.offset + min(span.size, _MAX_NOTES)
    while True:
        try:
            name_size, size, kind = unpack_at(layout.reader, layout.order + "III", at)
            start = _align(at + 12 + name_size, alignment)
            if start + size > end:
                return
            yield kind, read_exactly(layout.reader, start, size)
        except ObjectFormatError:
            return
        at = _align(start + size, alignment)


def _align(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _compute_code_hash(reader: ByteReader, sections: tuple[_Section, ...]) -> bytes | None:
    """Return the first page of the code, its blocks of 16 bytes combined by exclusive or."""
    code = next(
        (one for one in sections if one.type == _SHT_PROGBITS and one.name == b".text"), None
    )
    if code is None or not code.offset:
        return None
    page = reader.read_at(code.offset, min(code.size, _PAGE))
    combined = bytearray(_UUID_BYTES)
    for index, byte in enumerate(page):
        combined[index % _UUID_BYTES] ^= byte
    return bytes(combined)


def _debug_id_from_build_id(build_id: bytes, *, little_endian: bool) -> str:
    """
    Return the debug id of an ELF build id.

    The first 16 bytes are a GUID, whose first three fields are numbers in the byte order of
    the file. A shorter build id is filled up with zeros.
    Source: https://docs.sentry.io/platforms/native/data-management/debug-files/identifiers/
    """
    content = build_id[:_UUID_BYTES].ljust(_UUID_BYTES, b"\0")
    return str(UUID(bytes_le=content) if little_endian else UUID(bytes=content))
