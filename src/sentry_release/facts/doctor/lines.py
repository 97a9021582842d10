"""Where in a text something stands, for findings that are not in Dart."""

import re


def find_line(text: str, pattern: str, *, flags: re.RegexFlag = re.MULTILINE) -> int | None:
    """The line, from 1, where the pattern first matches; None where it does not."""
    found = re.search(pattern, text, flags)
    return text.count("\n", 0, found.start()) + 1 if found else None
