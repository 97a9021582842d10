"""Object files built field by field, for what no compiler at hand writes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

GUID = bytes(range(16))
PROGBITS, SYMTAB, NOTE, NOBITS, DYNSYM = 1, 2, 7, 8, 11


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfSection:
    """One section; `size` is what its header promises if that is not the content."""

    name: str
    type: int = PROGBITS
    content: bytes = b"content"
    alignment: int = 4
    size: int | None = None
    has_offset: bool = True


def build_note(
    description: bytes,
    *,
    kind: int = 3,
    name: bytes = b"GNU\0",
    alignment: int = 4,
    order: str = "<",
) -> bytes:
    """Return one note: the description begins and ends at a multiple of the alignment."""
    head = struct.pack(order + "III", len(name), len(description), kind) + name
    return _pad(_pad(head, alignment) + description, alignment)


def _pad(content: bytes, alignment: int) -> bytes:
    return content + bytes(-len(content) % alignment)


def build_elf(
    sections: Sequence[ElfSection] = (),
    *,
    segments: Sequence[tuple[int, bytes, int]] = (),
    machine: int = 62,
    order: str = "<",
    is_64_bit: bool = True,
    names_index: int | None = None,
) -> bytes:
    """Return an ELF library; `segments` are type, content and alignment."""
    header_size, segment_size, section_size = (64, 56, 64) if is_64_bit else (52, 32, 40)
    names = b"\0" + b"".join(one.name.encode() + b"\0" for one in sections) + b".shstrtab\0"
    rows = (
        ElfSection(name="", type=0, content=b"", has_offset=False),
        *sections,
        ElfSection(name=".shstrtab", type=3, content=names),
    )
    body = bytearray(header_size + segment_size * len(segments))
    program_headers, section_headers = b"", b""
    for kind, content, alignment in segments:
        body += bytes(-len(body) % 16)
        size, at = len(content), len(body)
        program_headers += (
            struct.pack(order + "IIQQQQQQ", kind, 4, at, 0, 0, size, 0, alignment)
            if is_64_bit
            else struct.pack(order + "IIIIIIII", kind, at, 0, 0, size, 0, 4, alignment)
        )
        body += content
    for one in rows:
        body += bytes(-len(body) % 16)
        size = len(one.content) if one.size is None else one.size
        section_headers += struct.pack(
            order + ("IIQQQQIIQQ" if is_64_bit else "IIIIIIIIII"),
            names.index(b"\0" + one.name.encode() + b"\0") + 1 if one.name else 0,
            *(one.type, 0, 0, len(body) if one.has_offset else 0, size, 0, 0, one.alignment, 0),
        )
        body += one.content
    body += bytes(-len(body) % 16)
    header = b"\x7fELF" + bytes((2 if is_64_bit else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    header += struct.pack(
        order + ("HHIQQQIHHHHHH" if is_64_bit else "HHIIIIIHHHHHH"),
        *(3, machine, 1, 0, header_size if segments else 0, len(body), 0, header_size),
        *(segment_size, len(segments), section_size, len(rows)),
        len(rows) - 1 if names_index is None else names_index,
    )
    body[: len(header)] = header
    body[len(header) : len(header) + len(program_headers)] = program_headers
    return bytes(body) + section_headers


BUILD_ID = bytes(range(1, 21))
IDENTIFIED = ElfSection(name=".note.gnu.build-id", type=NOTE, content=build_note(BUILD_ID))


def build_pe(
    *,
    machine: int = 0x8664,
    is_64_bit: bool = True,
    directories: int = 16,
    exports: int = 0,
    exceptions: int = 0,
    records: Sequence[tuple[int, bytes]] = (),
    unlisted: int = 0,
    sections: Sequence[str] = (),
) -> bytes:
    """
    Return a PE file; `records` of its debug directory are a type and the content.

    The last `unlisted` of them are beyond its size.
    """
    first = 112 if is_64_bit else 96
    optional = bytearray(first + 8 * 16)
    struct.pack_into("<H", optional, 0, 0x20B if is_64_bit else 0x10B)
    struct.pack_into("<I", optional, 32, 0x1000)  # alignment of sections
    struct.pack_into("<I", optional, 36, 0x200)  # alignment in the file
    struct.pack_into("<I", optional, 56, 0x5000)  # size of the image
    struct.pack_into("<I", optional, first - 4, directories)
    struct.pack_into("<II", optional, first, 0x2000, exports)
    struct.pack_into("<II", optional, first + 8 * 3, 0x2000, exceptions)
    struct.pack_into("<II", optional, first + 8 * 6, 0x2000, 28 * (len(records) - unlisted))
    contents, entries = b"", b""
    for kind, content in records:
        offset = 0x400 + 28 * len(records) + len(contents)
        entries += struct.pack("<12xIIII", kind, len(content), 0x2000 + offset - 0x400, offset)
        contents += content
    names = [".text", ".rdata", *sections]
    header = b"MZ" + bytes(58) + struct.pack("<I", 64)
    header += struct.pack(
        "<4sHHIIIHH", b"PE\0\0", machine, len(names), 0xA1B2C3, 0, 0, len(optional), 0x2022
    )
    header += optional
    for number, name in enumerate(names):
        header += struct.pack(
            "<8sIIII16x", name.encode(), 0x1000, 0x1000 * (number + 1), 0x200, 0x200 * (number + 1)
        )
    text = bytes(header).ljust(0x400, b"\0")
    return (text + entries + contents).ljust(0x200 * (len(names) + 1), b"\0")


def build_code_view(*, guid: bytes = GUID, age: int = 1, magic: bytes = b"RSDS") -> bytes:
    """Return the record that connects an executable with its PDB."""
    return magic + guid + struct.pack("<I", age) + b"a.pdb\0"


def build_macho(
    *,
    cpu: int = 0x0100000C,
    subtype: int = 0,
    order: str = "<",
    is_64_bit: bool = True,
    uuid: bytes | None = GUID,
    symbols: int | None = 1,
    sections: Sequence[tuple[str, int]] = (),
) -> bytes:
    """Return a Mach-O library; `sections` are names, and where their content begins."""
    commands = [(0x7F, b"")]
    if uuid is not None:
        commands.append((0x1B, uuid))
    if sections:
        left_out = 1 << (56 if is_64_bit else 24)  # size of a section whose content is elsewhere
        fields = "16s40xI4x" if is_64_bit else "16s24xI4x"
        row = "16s16x8xQII24x" if is_64_bit else "16s16x4xIII20x"
        body = struct.pack(order + fields, b"__DWARF", len(sections))
        for name, offset in sections:
            body += struct.pack(order + row, name.encode(), 1 if offset else left_out, offset, 4)
        commands.append((0x19 if is_64_bit else 1, body))
    if symbols is not None:
        commands.append((2, struct.pack(order + "IIII", 0, symbols, 0, 0)))
    content = b"".join(
        struct.pack(order + "II", kind, 8 + len(body)) + body for kind, body in commands
    )
    magic = 0xFEEDFACF if is_64_bit else 0xFEEDFACE
    header = struct.pack(order + "IIIIIII", magic, cpu, subtype, 6, len(commands), len(content), 0)
    return header + (bytes(4) if is_64_bit else b"") + content + bytes(4096)


def build_universal(parts: Sequence[bytes], *, is_wide: bool = False) -> bytes:
    """Return a universal file of Mach-O files, each at a multiple of 4,096 bytes."""
    header = struct.pack(">II", 0xCAFEBABF if is_wide else 0xCAFEBABE, len(parts))
    content = b""
    for part in parts:
        content = _pad(content, 4096)
        start = 4096 + len(content)
        header += struct.pack(">8xQQ8x" if is_wide else ">8xII4x", start, len(part))
        content += part
    return header.ljust(4096, b"\0") + content


def build_pdb(
    *,
    block_size: int = 4096,
    machine: int = 0x8664,
    age: int = 7,
    modules: int = 1,
    info_age: int = 3,
    debug_size: int = 64,
    streams_after: int = 0,
    streams_left: int | None = None,
) -> bytes:
    """
    Return a PDB file.

    `debug_size` is the size of the stream of debug information, which has the age of the file,
    0 if there is none. `streams_after` empty streams make the directory long;
    `streams_left` are those that are not left out.
    """
    info = struct.pack("<III", 20000404, 0, info_age) + GUID
    debug = struct.pack("<iIIHHHHHHII", -1, 1, age, 0, 0, 0, 0, 0, 0, modules, 0)
    debug = (debug + bytes(26) + struct.pack("<HI", machine, 0))[:debug_size]
    streams = [b"x" * (block_size + 1), info, None, debug, *[b""] * streams_after]
    streams = streams[:streams_left]
    blocks = [b"", b"", b""]  # the header, and two free block maps
    sizes: list[int] = []
    numbers: list[int] = []
    for stream in streams:
        sizes.append(0xFFFFFFFF if stream is None else len(stream))
        pieces = [
            (stream or b"")[at : at + block_size] for at in range(0, len(stream or b""), block_size)
        ]
        numbers += range(len(blocks), len(blocks) + len(pieces))
        blocks += pieces
    directory = struct.pack(f"<I{len(sizes)}I{len(numbers)}I", len(sizes), *sizes, *numbers)
    pieces = [directory[at : at + block_size] for at in range(0, len(directory), block_size)]
    index = struct.pack(
        f"<{len(pieces)}I", *reversed(range(len(blocks), len(blocks) + len(pieces)))
    )
    blocks += [*reversed(pieces), index]
    blocks[0] = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0" + struct.pack(
        "<6I", block_size, 1, len(blocks), len(directory), 0, len(blocks) - 1
    )
    return b"".join(block.ljust(block_size, b"\0") for block in blocks)
