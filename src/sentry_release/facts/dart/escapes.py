"""What stands between the quotes of a Dart literal -> its value."""

import re

_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|([\s\S]))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}
_BLANK_FIRST_LINE = re.compile(r"(?:\\?[ \t])*+\\?(?:\r\n|\r|\n)")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_HIGHEST = 0x10FFFF


def unescape(inner: str, *, quote: str, raw: bool) -> str:
    r"""
    Give the text that a literal stands for.

    Args:
        inner: All between its quotes.
        quote: One of `'`, `"`, `'''` and `\"\"\"`; only the latter two drop a blank first line,
            and read every line end as a line feed.
        raw: Whether a backslash is a character like any other.

    Source: Dart Programming Language Specification 2.10, section Strings:
    https://dart.dev/resources/language/spec
    """
    if len(quote) > 1:
        blank = _BLANK_FIRST_LINE.match(inner)
        inner = inner[blank.end() :] if blank else inner
        inner = inner.replace("\r\n", "\n").replace("\r", "\n")
    if raw or "\\" not in inner:
        return inner
    return _join_surrogates(_ESCAPE.sub(_unescape_character, inner))


def _unescape_character(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits is None:
        return _CONTROLS.get(escape[4], escape[4])
    code = int(digits, 16)
    return chr(code) if code <= _HIGHEST else "\N{REPLACEMENT CHARACTER}"


def _join_surrogates(text: str) -> str:
    """Two escaped halves of a character become one; half of one cannot be written anywhere."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
