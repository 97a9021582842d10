"""Claims about debug files: identified as Sentry's own library does, whatever is in them."""

import hashlib
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from symbolic.debuginfo import Archive

from objects import object_bytes, parse_bytes
from properties import tried
from sentry_release.model.upload import ObjectFile, ObjectFormat
from sentry_release.upload.byte_readers import BytesReader, JoinedReader, PartReader
from sentry_release.upload.upload_plan import split_into_chunks

NAMES = sorted(object_bytes())
FEATURES = ("debug", "symtab", "unwind")


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
