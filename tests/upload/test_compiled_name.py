"""Claims about the release name in compiled code."""

from dataclasses import dataclass

import pytest

from sentry_release.upload.app_images import lacks_name
from sentry_release.upload.byte_readers import BytesReader

NAME = "shop@1.4.0+27"
SDK = b"sentry.dart.flutter"
PIECE = 1024 * 1024  # bytes that are searched at once


@dataclass(frozen=True, slots=True)
class Counting:
    """A file of zeros that counts how much of it is read."""

    size: int
    read: list[int]

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        self.read.append(length)
        return bytes(length)


@pytest.mark.parametrize("before", [0, PIECE - 20, PIECE - 7, PIECE - 1, PIECE, 3 * PIECE - 5])
def test_the_name_is_found_wherever_it_stands(before: int) -> None:
    code = SDK + bytes(before) + NAME.encode() + bytes(100)

    assert not lacks_name((BytesReader(code),), NAME)


@pytest.mark.parametrize("before", [0, PIECE - 10, 2 * PIECE - 1])
def test_code_with_the_sdk_and_without_the_name_lacks_it(before: int) -> None:
    assert lacks_name((BytesReader(bytes(before) + SDK + b"shop@1.4.0+2"),), NAME)


def test_a_name_that_a_compiler_may_write_otherwise_is_never_missing() -> None:
    assert not lacks_name((BytesReader(SDK),), "Bäckerei@1.4.0")
    assert not lacks_name((BytesReader(b"no SDK"),), NAME)


def test_the_name_may_be_in_another_file_of_the_app() -> None:
    assert not lacks_name((BytesReader(SDK), BytesReader(NAME.encode())), NAME)


def test_a_name_that_only_two_files_together_would_contain_is_not_there() -> None:
    assert lacks_name((BytesReader(SDK + b"shop@1."), BytesReader(b"4.0+27")), NAME)


def test_a_large_file_is_read_once_and_in_pieces() -> None:
    file = Counting(size=5 * PIECE + 3, read=[])

    assert not lacks_name((file,), NAME)
    assert sum(file.read) == file.size
    assert max(file.read) == PIECE
