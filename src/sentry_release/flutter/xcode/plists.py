"""OpenStep and Info.plist."""

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
    """What is wrong with the text, as the end of a sentence that begins with the file."""


class Span(NamedTuple):
    """Where in the text a dictionary or a list stands, with its brackets."""

    start: int
    end: int


def find_root_dictionary(text: str) -> Span:
    """
    The dictionary that a file is.

    Raises:
        BrokenTextError: It does not begin with one.
    """
    opening = _OPENING.match(text)
    if opening is None:
        raise PlistSyntaxError("is not in the format that Xcode writes")
    return Span(opening.end() - 1, len(text))


def list_entries(text: str, span: Span) -> Iterator[tuple[str, str | Span]]:
    """
    The keys of a dictionary with their texts, or with where their dictionary or list stands.

    Raises:
        BrokenTextError: The dictionary does not end, or is broken in between.

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
    """The text of a dictionary's first entry, sooner than by all entries; None if it has none."""
    found = None if isinstance(span, str) else _FIRST.match(text, span.start)
    return _unquote(found[1]) if found else None


def list_items(text: str, span: Span) -> tuple[str, ...]:
    """The texts of a list."""
    inner = text[span.start + 1 : span.end - 1]
    return tuple(_unquote(item) for item in _ITEM.findall(inner) if item)


@cache
def _build_entry_pattern() -> re.Pattern[str]:
    """Key, dictionary or list, text: made when it is first needed, since making it takes time."""
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
    Read a property list; None when it is none, or no dictionary.

    Source: https://docs.python.org/3/library/plistlib.html
    """
    import plistlib  # noqa: PLC0415 - slow to import, rarely needed

    if len(raw) > MAX_BYTES:
        return None
    try:
        found = plistlib.loads(raw)
    except Exception:  # noqa: BLE001 - on broken files plistlib raises whatever its parts raise
        return None
    return found if isinstance(found, dict) else None
