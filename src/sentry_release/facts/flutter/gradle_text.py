"""Bytes of a Gradle script -> its text, and places in it."""

import re


class GradleSyntaxError(ValueError):
    """A script that cannot be taken apart; `offset`, if any, is where that shows."""

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.why = reason
        self.offset = offset


def decode_gradle(data: bytes) -> str:
    """The text of a file, with line feeds for line ends, and without a byte order mark."""
    text = data.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def find_line(text: str, offset: int) -> int:
    """The line, counted from 1, that an offset falls on."""
    return text.count("\n", 0, offset) + 1


def find_closing(code: str, at: int) -> int:
    """The offset after the parenthesis that closes the one at `at`; -1 when there is none."""
    depth = 0
    for mark in re.finditer(r"[()]", code[at:]):
        depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return at + mark.end()
    return -1
