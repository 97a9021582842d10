"""Which debug information is worth an upload, and which explains the functions of a stack trace."""

import pytest

from sentry_release.model.upload import ObjectFile, ObjectFormat


def contents(held: str, file_format: ObjectFormat = ObjectFormat.ELF) -> ObjectFile:
    """A file that holds these kinds of information, separated by spaces."""
    words = held.split()
    return ObjectFile(
        format=file_format,
        arch="arm64",
        debug_id="a",
        has_debug_info="debug" in words,
        has_symbols="symbols" in words,
        has_unwind_info="unwind" in words,
        has_static_symbols="static" in words,
        size=1,
    )


@pytest.mark.parametrize(
    ("held", "is_useful", "explains"),
    [
        ("", False, False),
        ("debug", True, True),
        ("symbols", True, False),
        ("unwind", True, False),
        ("symbols static", True, True),
        ("debug static", True, True),
    ],
)
def test_a_file_is_useful_with_anything_and_explains_functions_with_names_of_all(
    held: str, *, is_useful: bool, explains: bool
) -> None:
    found = contents(held)

    assert (found.is_useful, found.explains_functions) == (is_useful, explains)


def test_a_pdb_always_explains_functions_and_debug_information_is_the_most_useful() -> None:
    assert contents("", ObjectFormat.PDB).explains_functions
    assert contents("debug").features > contents("symbols unwind").features
