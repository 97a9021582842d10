"""Claims about debug files: identified as Sentry's own library does, whatever is in them."""

import hashlib
import struct
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from symbolic.debuginfo import Archive

from object_builders import (
    BUILD_ID,
    DYNSYM,
    GUID,
    IDENTIFIED,
    NOBITS,
    NOTE,
    SYMTAB,
    ElfSection,
    build_code_view,
    build_elf,
    build_macho,
    build_note,
    build_pdb,
    build_pe,
    build_universal,
)
from objects import object_bytes, parse_bytes
from properties import tried
from sentry_release.model.upload import ObjectFile, ObjectFormat
from sentry_release.upload.byte_readers import (
    BytesReader,
    JoinedReader,
    ObjectFormatError,
    PartReader,
    read_exactly,
)
from sentry_release.upload.upload_plan import split_into_chunks

NAMES = sorted(object_bytes())
FEATURES = ("debug", "symtab", "unwind")


CODE = bytes(number * number // 7 % 256 for number in range(5000))
OTHER_NOTE = build_note(b"other", kind=1, name=b"Rust\0")


def described(found: ObjectFile) -> tuple[str, str, str | None, set[str]]:
    features = {name for name, there in zip(FEATURES, found.features, strict=True) if there}
    return found.format.value, found.debug_id, found.code_id, features


@pytest.mark.parametrize("name", NAMES)
def test_ids_and_contents_are_those_that_symbolic_finds(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(object_bytes()[name])
    expected = list(Archive.open(str(file)).iter_objects())

    found = parse_bytes(object_bytes()[name])

    assert [described(one) for one in found] == [
        (one.file_format, one.debug_id, one.code_id, set(one.features)) for one in expected
    ]
    assert [one.arch for one in found if one.arch != "unknown"] == [
        one.arch for one in expected if one.arch != "ppc"
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(build_elf([IDENTIFIED], machine=62), id="ELF x86_64"),
        pytest.param(build_elf([IDENTIFIED], machine=183), id="ELF arm64"),
        pytest.param(build_elf([IDENTIFIED], machine=3, is_64_bit=False), id="ELF x86"),
        pytest.param(build_elf([IDENTIFIED], machine=40, is_64_bit=False), id="ELF arm"),
        *(
            pytest.param(build_macho(cpu=cpu, subtype=subtype), id=f"Mach-O {cpu:x} {subtype:x}")
            for cpu, subtype in (
                *((7, 3), (0x01000007, 3), (12, 0), (12, 9), (12, 11), (12, 12)),
                *((0x0100000C, 0), (0x0100000C, 2), (0x0100000C, 0x80000002), (0x0200000C, 0)),
            )
        ),
        *(
            pytest.param(
                build_pe(machine=machine, records=[(2, build_code_view())]), id=f"PE {machine:x}"
            )
            for machine in (0x14C, 0x8664, 0xAA64, 0x1C0, 0x1C4)
        ),
    ],
)
def test_architectures_have_the_names_of_symbolic(content: bytes, tmp_path: Path) -> None:
    assert_like_symbolic(content, tmp_path)


def assert_like_symbolic(content: bytes, folder: Path) -> None:
    file = folder / "file"
    file.write_bytes(content)

    assert [(*described(one), one.arch) for one in parse_bytes(content)] == [
        (one.file_format, one.debug_id, one.code_id, set(one.features), one.arch)
        for one in Archive.open(str(file)).iter_objects()
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            build_elf(
                segments=[(1, b"load", 1), (4, OTHER_NOTE + build_note(BUILD_ID), alignment)],
                is_64_bit=is_64_bit,
                machine=183 if is_64_bit else 40,
            ),
            id=f"segment of notes, 64 bit {is_64_bit}, alignment {alignment}",
        )
        for is_64_bit in (False, True)
        for alignment in (0, 1, 4)
    ]
    + [
        pytest.param(
            build_elf(
                segments=[
                    (
                        4,
                        build_note(b"1", kind=1, alignment=8) + build_note(BUILD_ID, alignment=8),
                        8,
                    )
                ]
            ),
            id="notes at multiples of 8",
        ),
        pytest.param(
            build_elf(
                [
                    ElfSection(
                        name=".note.gnu.build-id",
                        type=NOTE,
                        content=OTHER_NOTE + IDENTIFIED.content,
                    )
                ]
            ),
            id="second note of the section",
        ),
        pytest.param(
            build_elf(
                [
                    ElfSection(
                        name=".note.gnu.build-id",
                        type=NOTE,
                        content=build_note(b"1", kind=1, alignment=8)
                        + build_note(BUILD_ID, alignment=8),
                        alignment=8,
                    )
                ]
            ),
            id="notes of the section at multiples of 8",
        ),
        pytest.param(
            build_elf(
                [
                    ElfSection(name=".text", content=CODE[:99]),
                    ElfSection(name=".note.other", type=NOTE, content=build_note(BUILD_ID)),
                ]
            ),
            id="build id in a section of another name",
        ),
        *(
            pytest.param(
                build_elf([ElfSection(name=".text", content=CODE[:size])]),
                id=f"{size} bytes of code",
            )
            for size in (15, 16, 17, 4095, 4096, 4097, 5000)
        ),
    ],
)
def test_an_elf_file_has_the_id_that_symbolic_finds(content: bytes, tmp_path: Path) -> None:
    assert parse_bytes(content)
    assert_like_symbolic(content, tmp_path)


@pytest.mark.parametrize(
    "section",
    [
        *(
            ElfSection(name=name)
            for name in (
                ".debug_info",
                ".zdebug_info",
                ".eh_frame",
                ".debug_frame",
                ".zdebug_frame",
                ".text",
            )
        ),
        ElfSection(name=".eh_frame", type=0x70000001),
        ElfSection(name=".debug_info", type=NOBITS),
        ElfSection(name=".debug_info", has_offset=False),
        ElfSection(name=".symtab", type=SYMTAB, content=b""),
        ElfSection(name=".dynsym", type=DYNSYM, content=b""),
    ],
    ids=lambda one: f"{one.name}, type {one.type}",
)
def test_an_elf_file_holds_what_symbolic_finds_in_it(section: ElfSection, tmp_path: Path) -> None:
    assert_like_symbolic(build_elf([IDENTIFIED, section]), tmp_path)


@pytest.mark.parametrize(
    ("type_", "content", "has_symbols", "is_static"),
    [(SYMTAB, b"s", True, True), (DYNSYM, b"s", True, False), (SYMTAB, b"", False, False)],
    ids=["symtab", "dynsym", "empty symtab"],
)
def test_only_the_table_that_strip_removes_names_all_functions(
    type_: int, content: bytes, *, has_symbols: bool, is_static: bool
) -> None:
    section = ElfSection(name=".names", type=type_, content=content)

    (found,) = parse_bytes(build_elf([IDENTIFIED, section]))

    assert (found.has_symbols, found.has_static_symbols) == (has_symbols, is_static)


@pytest.mark.parametrize(
    ("content", "at"),
    [(build_elf([IDENTIFIED], is_64_bit=False, machine=40), 4), (build_elf([IDENTIFIED]), 5)],
    ids=["word size", "byte order"],
)
def test_an_elf_file_of_no_known_word_size_or_byte_order_is_left_alone(
    content: bytes, at: int
) -> None:
    patched = bytearray(content)
    patched[at] = 3

    assert parse_bytes(content)
    assert parse_bytes(bytes(patched)) == ()


@pytest.mark.parametrize(
    "sections",
    [(), (ElfSection(name=".text", content=CODE, has_offset=False),)],
    ids=["no code", "code that was left out"],
)
def test_an_elf_file_without_build_id_and_code_is_left_alone(
    sections: tuple[ElfSection, ...],
) -> None:
    assert parse_bytes(build_elf(sections)) == ()


@pytest.mark.parametrize("names_index", [2, 3, 65_535])
def test_an_elf_file_without_names_of_sections_has_the_id_of_its_notes(names_index: int) -> None:
    segment = (4, build_note(BUILD_ID), 4)
    section = ElfSection(name=".debug_info")

    (found,) = parse_bytes(build_elf([section], segments=[segment], names_index=names_index))

    assert found.code_id == BUILD_ID.hex()
    assert found.has_debug_info is (names_index == 2)


@pytest.mark.parametrize("missing", [1, 20, 24])
def test_a_build_id_that_its_notes_cut_short_is_none(missing: int) -> None:
    note = build_note(BUILD_ID)
    cut = ElfSection(name=".note.gnu.build-id", type=NOTE, content=note, size=len(note) - missing)

    assert parse_bytes(build_elf([cut])) == ()


@pytest.mark.parametrize("is_64_bit", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_mach_o_is_read_in_either_byte_order_and_word_size(
    order: str, *, is_64_bit: bool, tmp_path: Path
) -> None:
    sections = [("__const", 2000), ("__debug_info", 2000), ("__eh_frame", 0)]
    content = build_macho(
        cpu=0x0100000C if is_64_bit else 12, order=order, is_64_bit=is_64_bit, sections=sections
    )

    assert parse_bytes(content)[0].features == (True, True, False)
    assert_like_symbolic(content, tmp_path)


@pytest.mark.parametrize("offset", [0, 2000])
@pytest.mark.parametrize(
    "name", ["__debug_info", "__eh_frame", "__debug_frame", "__unwind_info", "__text"]
)
def test_a_mach_o_file_holds_what_symbolic_finds_in_it(
    name: str, offset: int, tmp_path: Path
) -> None:
    assert_like_symbolic(build_macho(sections=[("__const", 2000), (name, offset)]), tmp_path)


@pytest.mark.parametrize("symbols", [0, None])
def test_a_mach_o_file_without_symbols_has_none(symbols: int | None) -> None:
    assert parse_bytes(build_macho(symbols=symbols))[0].features == (False, False, False)


@pytest.mark.parametrize("size", [0, 7, 8000])
def test_a_mach_o_file_with_a_broken_command_is_left_alone(size: int) -> None:
    content = bytearray(build_macho())
    last = content.rindex(struct.pack("<II", 2, 24))
    struct.pack_into("<I", content, last + 4, size)

    assert parse_bytes(bytes(content)) == ()


def test_a_universal_binary_that_is_cut_short_is_left_alone() -> None:
    content = build_universal([build_macho(), build_macho()])

    assert len(parse_bytes(content)) == 2
    assert parse_bytes(content[:-1]) == ()


def test_images_of_a_universal_binary_above_four_gigabytes_are_found() -> None:
    parts = [build_macho(), build_macho(cpu=0x01000007)]

    found = parse_bytes(build_universal(parts, is_wide=True))

    assert [(one.arch, one.start, one.size) for one in found] == [
        ("arm64", 4096, len(parts[0])),
        ("x86_64", 4096 * 3, len(parts[1])),
    ]


def test_a_universal_binary_has_at_most_16_architectures() -> None:
    part = build_macho()

    assert len(parse_bytes(build_universal([part]))) == 1
    assert len(parse_bytes(build_universal([part] * 16))) == 16
    assert parse_bytes(build_universal([part] * 17)) == ()


@pytest.mark.parametrize("is_64_bit", [False, True])
@pytest.mark.parametrize(
    "records",
    [
        [(2, build_code_view(age=31))],
        [(2, build_code_view(age=0))],
        [(2, build_code_view()[:24])],
        [(13, b"x" * 40), (2, build_code_view())],
        [(2, build_code_view()), (2, build_code_view(guid=b"another image id"))],
    ],
    ids=["one", "age 0", "no path", "second", "two"],
)
def test_a_pe_file_has_the_id_that_symbolic_finds(
    records: list[tuple[int, bytes]], *, is_64_bit: bool, tmp_path: Path
) -> None:
    content = build_pe(is_64_bit=is_64_bit, machine=0x8664 if is_64_bit else 0x14C, records=records)

    assert parse_bytes(content)
    assert_like_symbolic(content, tmp_path)


@pytest.mark.parametrize(
    "records",
    [[], [(2, build_code_view()[:23])], [(2, build_code_view(magic=b"NB10"))]],
    ids=["none", "cut", "old"],
)
def test_a_pe_file_without_an_id_is_left_alone(records: list[tuple[int, bytes]]) -> None:
    assert parse_bytes(build_pe(records=records)) == ()


def test_an_id_of_zeros_only_is_none() -> None:
    nobody = build_code_view(guid=bytes(16))

    assert parse_bytes(build_pe(records=[(2, nobody)])) == ()


def test_the_names_that_an_executable_exports_do_not_explain_its_functions() -> None:
    for content in (build_macho(), build_pe(records=[(2, build_code_view())], exports=1)):
        (found,) = parse_bytes(content)

        assert found.has_symbols
        assert not found.explains_functions


@pytest.mark.parametrize(
    ("arguments", "features"),
    [
        ({}, (False, False, False)),
        ({"exports": 1}, (False, True, False)),
        ({"exceptions": 1}, (False, False, True)),
        ({"exports": 40, "exceptions": 12, "directories": 7}, (False, True, True)),
    ],
)
def test_a_pe_file_has_names_if_it_exports_them_and_stack_frames_if_it_unwinds(
    arguments: dict[str, Any], features: tuple[bool, bool, bool]
) -> None:
    (found,) = parse_bytes(build_pe(records=[(2, build_code_view())], **arguments))

    assert found.features == features
    assert found.code_id == "00a1b2c35000"


def test_a_pe_file_whose_debug_directory_is_in_no_section_is_left_alone() -> None:
    content = build_pe(records=[(2, build_code_view())])
    directory = struct.pack("<II", 0x2000, 28)

    assert content.count(directory) == 1
    assert parse_bytes(content.replace(directory, struct.pack("<II", 0x9000, 28))) == ()


def test_records_beyond_the_debug_directory_or_the_64th_are_not_read() -> None:
    other, code_view = (13, b""), (2, build_code_view())

    assert parse_bytes(build_pe(records=[other, code_view], unlisted=1)) == ()
    assert parse_bytes(build_pe(records=[*[other] * 63, code_view]))
    assert parse_bytes(build_pe(records=[*[other] * 64, code_view])) == ()


def test_data_directories_beyond_the_number_that_counts_them_do_not_exist() -> None:
    records = [(2, build_code_view())]

    assert parse_bytes(build_pe(records=records, directories=6)) == ()
    assert parse_bytes(build_pe(records=records, directories=1_000_000)) == parse_bytes(
        build_pe(records=records)
    )


def test_a_pdb_without_the_stream_of_its_id_is_left_alone() -> None:
    assert parse_bytes(build_pdb(streams_left=1)) == ()


def test_a_directory_of_at_most_8_mebibytes_is_read() -> None:
    content = build_pdb()
    directory = len(content) // 4096 - 2
    for size, is_read in ((8 * 1024 * 1024, True), (8 * 1024 * 1024 + 1, False)):
        index = struct.pack("<I", directory) * (
            (size + 4095) // 4096
        )  # the same block again and again
        patched = bytearray(content + index)
        struct.pack_into("<I", patched, 44, size)
        struct.pack_into("<I", patched, 52, len(content) // 4096)

        assert bool(parse_bytes(bytes(patched))) is is_read


def test_a_table_of_at_most_8_mebibytes_is_read() -> None:
    size = 8 * 1024 * 1024
    reader = BytesReader(bytes(size + 1))

    assert len(read_exactly(reader, 1, size)) == size
    with pytest.raises(ObjectFormatError):
        read_exactly(reader, 0, size + 1)


@pytest.mark.parametrize("block_size", [512, 1024, 2048, 4096, 8192, 16384, 32768])
def test_a_pdb_may_have_any_block_size_and_a_long_directory(block_size: int) -> None:
    (found,) = parse_bytes(build_pdb(block_size=block_size, streams_after=300))

    assert (found.debug_id, found.arch) == (f"{uuid.UUID(bytes_le=GUID)}-7", "x86_64")
    assert found.features == (True, True, False)


@pytest.mark.parametrize(
    "block_size", [256, 511, 513, 1000, 1023, 2047, 2049, 4095, 8191, 32767, 65536]
)
def test_a_pdb_has_blocks_of_no_other_size(block_size: int) -> None:
    assert parse_bytes(build_pdb(block_size=block_size)) == ()


@pytest.mark.parametrize(
    ("arguments", "age", "arch", "has_lines"),
    [
        ({"age": 31}, "1f", "x86_64", True),
        ({"modules": 0}, "7", "x86_64", False),
        ({"machine": 0xAA64}, "7", "arm64", True),
        ({"machine": 0x14C}, "7", "x86", True),
        ({"machine": 0x5}, "7", "unknown", True),
        ({"debug_size": 64}, "7", "x86_64", True),
        ({"debug_size": 63}, "3", "unknown", False),
        ({"debug_size": 0}, "3", "unknown", False),
        ({"streams_left": 3}, "3", "unknown", False),
    ],
)
def test_a_pdb_has_the_age_of_its_debug_information_or_else_its_own(
    arguments: dict[str, int], age: str, arch: str, *, has_lines: bool
) -> None:
    (found,) = parse_bytes(build_pdb(**arguments))

    assert (found.debug_id.rpartition("-")[2], found.arch) == (age, arch)
    assert found.has_debug_info is has_lines


def test_each_architecture_of_a_universal_binary_is_found_where_it_is() -> None:
    whole = object_bytes()["macho-universal"]

    parts = [whole[one.start : one.start + one.size] for one in parse_bytes(whole)]

    assert parts == [object_bytes()["macho-x86_64"], object_bytes()["macho-arm64"]]


def test_an_executable_and_its_pdb_have_one_debug_id() -> None:
    (executable,) = parse_bytes(object_bytes()["pe-x86_64"])
    (database,) = parse_bytes(object_bytes()["pdb-x86_64"])

    assert executable.debug_id == database.debug_id
    assert (executable.format, database.format) == (ObjectFormat.PE, ObjectFormat.PDB)


def test_stripping_keeps_the_debug_id() -> None:
    (whole,) = parse_bytes(object_bytes()["elf-aarch64"])
    (stripped,) = parse_bytes(object_bytes()["elf-aarch64-stripped"])

    assert stripped.debug_id == whole.debug_id
    assert whole.has_debug_info
    assert not stripped.has_debug_info


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF",
        b"MZ",
        b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(64),  # a class file of Java
        b"\xca\xfe\xba\xbe\x00\x00\x00\x01" + b"\xff" * 20,
        b"PK\x03\x04" + bytes(64),
        b"#!/bin/sh\n",
        b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0" + b"\xff" * 64,
    ],
)
def test_a_file_of_another_kind_holds_nothing(content: bytes) -> None:
    assert parse_bytes(content) == ()


@tried
@given(
    name=st.sampled_from(NAMES),
    changes=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=8),
    length=st.integers(0, 80_000),
)
def test_a_damaged_file_is_read_or_left_alone(
    name: str, changes: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(object_bytes()[name][:length])
    for at, value in changes:
        if at < len(content):
            content[at] = value

    for found in parse_bytes(bytes(content)):
        assert uuid.UUID(found.debug_id[:36]).int
        assert 0 <= found.start <= found.start + found.size <= len(content)


def test_a_file_is_cut_into_chunks_whose_checksums_name_it() -> None:
    content = bytes(range(256)) * 10

    found = split_into_chunks("app.symbols", BytesReader(content), chunk_size=1000)

    assert [(one.offset, one.size) for one in found.chunks] == [
        (0, 1000),
        (1000, 1000),
        (2000, 560),
    ]
    assert not found.is_compressed
    assert found.checksum == hashlib.sha1(content).hexdigest()  # noqa: S324 - it names, no more
    assert found.chunks[2].checksum == hashlib.sha1(content[2000:]).hexdigest()  # noqa: S324


@tried
@given(st.lists(st.binary(max_size=9), max_size=4), st.integers(0, 40), st.integers(0, 40))
def test_joined_and_partial_readers_read_like_the_bytes(
    parts: list[bytes], offset: int, length: int
) -> None:
    joined = JoinedReader(tuple(BytesReader(part) for part in parts))
    whole = b"".join(parts)

    assert joined.size == len(whole)
    assert joined.read_at(offset, length) == whole[offset : offset + length]
    part = PartReader(whole=BytesReader(whole), start=2, size=max(len(whole) - 4, 0))
    assert (
        part.read_at(offset, length) == whole[2 : max(len(whole) - 2, 2)][offset : offset + length]
    )
