"""Parse property lists: OpenStep, as in Xcode projects, and Info.plist."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

_MAX_DEPTH = (
    9  # Xcode nests seven: objects, project, attributes, targets, target, capabilities, one
)

# Every repetition is possessive, so that a file cut short is refused in one pass.
_GAP = r"(?:\s++|/\*.*?\*/|//[^\r\n]*+)*+"
_QUOTED = r'"(?:[^"\\]++|\\.)*+"'
_WORD = rf'(?:{_QUOTED}|[^\s{{}}()=;,"]++)'
_OPENING = re.compile(rf"{_GAP}\{{", re.DOTALL)
_CLOSING = re.compile(rf"{_GAP}\}}", re.DOTALL)
_ITEM = re.compile(rf"/\*.*?\*/|({_WORD})", re.DOTALL)
_FIRST = re.compile(rf"\{{{_GAP}{_WORD}{_GAP}={_GAP}({_WORD})", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:U([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class PlistSyntaxError(ValueError):
    """An invalid text; the message completes a sentence that starts with the file."""


class Span(NamedTuple):
    """The range of a dictionary or a list in the text, with its brackets."""

    start: int
    end: int


def find_root_dictionary(text: str) -> Span:
    """
    Return the root dictionary of a file.

    Raises:
        PlistSyntaxError: The file does not start with a dictionary.
    """
    opening = _OPENING.match(text)
    if opening is None:
        raise PlistSyntaxError("is not in the format that Xcode writes")
    return Span(opening.end() - 1, len(text))


def list_entries(text: str, span: Span) -> Iterator[tuple[str, str | Span]]:
    """
    Yield the keys of a dictionary with their text, or the span of their dictionary or list.

    Raises:
        PlistSyntaxError: The dictionary does not end or has a syntax error.

    Source: https://github.com/CocoaPods/Nanaimo, lib/nanaimo/reader.rb
    """
    position = span.start + 1
    while entry := _build_entry_pattern().match(text, position):
        yield _unquote(entry[1]), _unquote(entry[3]) if entry[3] else Span(*entry.span(2))
        position = entry.end()
    if not _CLOSING.match(text, position):
        line = text.count("\n", 0, position) + 1
        raise PlistSyntaxError(f"is cut short or broken after line {line}")


def get_first_value(text: str, span: str | Span) -> str | None:
    """Return the text of a dictionary's first entry without parsing the others; None without one."""
    found = None if isinstance(span, str) else _FIRST.match(text, span.start)
    return _unquote(found[1]) if found else None


def list_items(text: str, span: Span) -> tuple[str, ...]:
    """Return the strings of a list."""
    inner = text[span.start + 1 : span.end - 1]
    return tuple(_unquote(item) for item in _ITEM.findall(inner) if item)


@cache
def _build_entry_pattern() -> re.Pattern[str]:
    """Compile the pattern of an entry (key; dictionary, list or text) on first use: it is slow."""
    flat = rf'(?:[^{{}}()"/]++|{_QUOTED}|/\*.*?\*/|/(?!\*))*+'
    block = rf"[{{(]{flat}[)}}]"
    for _ in range(_MAX_DEPTH):
        block = rf"[{{(]{flat}(?:{block}{flat})*+[)}}]"
    return re.compile(
        rf"{_GAP}({_WORD}){_GAP}={_GAP}(?:({block})|({_WORD})){_GAP}(?:;|(?=\}}))", re.DOTALL
    )


def _unquote(word: str) -> str:
    if not word.startswith('"'):
        return word
    return _ESCAPED.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2]),
        word[1:-1],
    )


MAX_BYTES = 1024 * 1024


def parse_plist(raw: bytes) -> Mapping[str, object] | None:
    """
    Return a property list; None if it is invalid or not a dictionary.

    Source: https://docs.python.org/3/library/plistlib.html
    """
    import plistlib

    if len(raw) > MAX_BYTES:
        return None
    try:
        found = plistlib.loads(raw)
    except Exception:  # noqa: BLE001 - on broken files plistlib raises whatever its parts raise
        return None
    return found if isinstance(found, dict) else None
