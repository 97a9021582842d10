"""A file before and after -> what changes in it, for people to read."""

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import PurePosixPath

_NO_NEWLINE = "\\ No newline at end of file"


def render_diff(path: PurePosixPath, before: str, after: str) -> Iterator[str]:
    """
    The unified diff of a file, line by line.

    What a terminal would obey is shown as `?`, since anybody may have written the file.
    """
    name = _make_printable(str(path))
    for line in unified_diff(_split_lines(before), _split_lines(after), f"a/{name}", f"b/{name}"):
        yield _make_printable(line.rstrip("\n").removesuffix("\r"))
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _split_lines(text: str) -> list[str]:
    """Split at line feeds alone: other characters that end a line in Python do so in no diff."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _make_printable(line: str) -> str:
    return "".join(one if one.isprintable() or one == "\t" else "?" for one in line)
