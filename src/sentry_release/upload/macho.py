"""Mach-O files (iOS, macOS), thin or universal -> ObjectFile."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID

from sentry_release.model.upload import NO_DEBUG_ID, ByteReader, ObjectFile, ObjectFormat
from sentry_release.upload.byte_readers import (
    ObjectFormatError,
    PartReader,
    read_exactly,
    unpack_at,
    unpack_from,
)

_THIN = {  # magic -> byte order, 64 bit
    b"\xfe\xed\xfa\xce": (">", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xcf\xfa\xed\xfe": ("<", True),
}
_UNIVERSAL = {b"\xca\xfe\xba\xbe": False, b"\xca\xfe\xba\xbf": True}
MAGICS = frozenset(_THIN) | frozenset(_UNIVERSAL)
_MAX_ARCHITECTURES = 16  # Java's class files begin like a universal file, with a version above 40
_ARCHITECTURES = {
    7: "x86",
    0x01000007: "x86_64",
    12: "arm",
    0x0100000C: "arm64",
    0x0200000C: "arm64_32",
}
_SUBTYPES = {(12, 9): "armv7", (12, 11): "armv7s", (12, 12): "armv7k", (0x0100000C, 2): "arm64e"}
_SYMTAB, _UUID = 2, 0x1B
_SEGMENTS = {  # command -> size of its header, and of one section; where its offset is in that
    1: (56, 68, 40),
    0x19: (72, 80, 48),
}
_COMMAND_HEADER = 8


@dataclass(slots=True, kw_only=True)
class _Found:
    """The values from the load commands of one image that were read so far."""

    uuid: UUID = NO_DEBUG_ID
    symbols: int | None = None
    sections: set[str] = field(default_factory=set)


def parse_macho(reader: ByteReader) -> tuple[ObjectFile, ...]:
    """
    Return all images of a Mach-O file: one, or one for each architecture of a universal file.

    Sentry takes single images only, so `start` and `size` say which part of the file to send.

    Raises:
        ObjectFormatError: The file is broken or cut short, or is a class file of Java.
    """
    magic = reader.read_at(0, 4)
    if magic in _THIN:
        return (_parse_image(reader, magic),)
    if magic not in _UNIVERSAL:
        raise ObjectFormatError("no Mach-O header")
    return tuple(_parse_universal(reader, wide=_UNIVERSAL[magic]))


def _parse_universal(reader: ByteReader, *, wide: bool) -> Iterator[ObjectFile]:
    (count,) = unpack_at(reader, ">I", 4)
    if count > _MAX_ARCHITECTURES:
        raise ObjectFormatError(f"{count} architectures")
    layout, step = (">IIQQII", 32) if wide else (">IIIII", 20)
    for index in range(count):
        _, _, start, size, *_ = unpack_at(reader, layout, 8 + index * step)
        if start + size > reader.size:
            raise ObjectFormatError("an architecture is cut short")
        part = PartReader(whole=reader, start=start, size=size)
        magic = part.read_at(0, 4)
        if magic in _THIN:  # a static library has an archive in its place
            yield replace(_parse_image(part, magic), start=start)


def _parse_image(reader: ByteReader, magic: bytes) -> ObjectFile:
    order, wide = _THIN[magic]
    cpu, subtype, _, count, size = unpack_at(reader, order + "IIIII", 4)
    commands = read_exactly(reader, 32 if wide else 28, size)
    found = _Found()
    for kind, command in _read_commands(commands, order, count):
        _read_command(found, kind, command, order)
    return ObjectFile(
        format=ObjectFormat.MACHO,
        arch=_name_architecture(cpu, subtype & 0x00FFFFFF),
        debug_id=str(found.uuid),
        code_id=found.uuid.hex if found.uuid != NO_DEBUG_ID else None,
        has_debug_info="__debug_info" in found.sections,
        has_symbols=bool(found.symbols),
        has_unwind_info=bool(found.sections & {"__eh_frame", "__debug_frame", "__unwind_info"}),
        size=reader.size,
    )


def _name_architecture(cpu: int, subtype: int) -> str:
    return _SUBTYPES.get((cpu, subtype)) or _ARCHITECTURES.get(cpu, "unknown")


def _read_commands(commands: bytes, order: str, count: int) -> Iterator[tuple[int, bytes]]:
    """Kind and bytes of each load command."""
    at = 0
    for _ in range(count):
        kind, size = unpack_from(order + "II", commands, at)
        if size < _COMMAND_HEADER or at + size > len(commands):
            raise ObjectFormatError("a load command is cut short")
        yield kind, commands[at : at + size]
        at += size


def _read_command(found: _Found, kind: int, command: bytes, order: str) -> None:
    if kind == _UUID:
        (uuid,) = unpack_from("16s", command, 8)
        found.uuid = UUID(bytes=uuid)
    elif kind == _SYMTAB:
        (found.symbols,) = unpack_from(order + "I", command, 12)
    elif kind in _SEGMENTS:
        header, size, place = _SEGMENTS[kind]
        (count,) = unpack_from(order + "I", command, header - 8)
        for at in range(header, header + count * size, size):
            (name,) = unpack_from("16s", command, at)
            (offset,) = unpack_from(order + "I", command, at + place)
            if offset:  # dsymutil keeps headers of sections whose content it left out
                found.sections.add(name.rstrip(b"\0").decode("latin-1"))
