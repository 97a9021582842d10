"""Release notes as plain text for the app stores, within their limits."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from sentry_release.release.release_notes import Change, ChangeKind, ReleaseNotes

GOOGLE_PLAY_LIMIT = 500
"""Characters of the notes in one language: https://support.google.com/googleplay/android-developer/answer/9859348"""
APP_STORE_LIMIT = 4000
"""Characters: https://developer.apple.com/help/app-store-connect/reference/app-information/platform-version-information"""
_FALLBACK = "Maintenance and small improvements."
_HEADINGS = {
    ChangeKind.BREAKING: "Changed",
    ChangeKind.FEATURE: "New",
    ChangeKind.FIX: "Fixed",
    ChangeKind.PERFORMANCE: "Faster",
    ChangeKind.REVERT: "Reverted",
    ChangeKind.OTHER: "Other",
}
_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]{0,30}://|www\.|mailto:)\S*")
_DOMAIN = re.compile(r"(?<=\w)\.(?=[^\W\d]{2,}(?:[/:?#]|\b))")
_REFUSED = {"Cc", "Cf", "Cn", "Co", "Cs", "Sk", "So", "Zl", "Zp"}  # App Store Connect refuses emoji
_MODIFIERS = range(0x02B0, 0x0300)
_VARIATIONS = range(0xFE00, 0xFE10)
_MENTION = "@"


def build_store_text(notes: ReleaseNotes, limit: int) -> str:
    """
    Return the notes as lines of text of at most `limit` characters, without a newline at the end.

    Only whole lines are kept, and the last one then counts the rest. With types in use, commits
    without one are left out. App Store Connect accepts neither emoji nor `<` and `>`; addresses
    and mentions are taken out of all text.

    Source: https://github.com/fastlane/fastlane/issues/15962
    """
    lines = tuple(_list_lines(notes))
    if not any(is_change for _, is_change in lines):
        return _FALLBACK
    total = sum(is_change for _, is_change in lines)
    for kept in range(len(lines), 0, -1):
        text = _join(lines[:kept], total)
        if text is not None and count_characters(text) <= limit:
            return text
    return _FALLBACK


def count_characters(text: str) -> int:
    """Return the length in UTF-16 code units, the largest number that a store may count."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _join(lines: tuple[tuple[str, bool], ...], total: int) -> str | None:
    """Return the lines as text with a count of those that were cut; None if a heading ends it."""
    if not lines[-1][1]:
        return None
    rest = total - sum(is_change for _, is_change in lines)
    more = [f"… and {rest} more"] if rest else []
    return "\n".join([*(text for text, _ in lines), *more])


def _list_lines(notes: ReleaseNotes) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it is a change rather than a heading."""
    groups = [
        (kind, [line for one in changes if (line := _build_line(one, notes))])
        for kind, changes in notes.groups
    ]
    filled = [(kind, lines) for kind, lines in groups if lines]
    for kind, lines in filled:
        if len(filled) > 1:
            yield f"{_HEADINGS[kind]}:", False
        yield from ((line, True) for line in lines)


def _build_line(change: Change, notes: ReleaseNotes) -> str | None:
    if notes.is_grouped and not (change.is_typed and change.kind is not ChangeKind.OTHER):
        return None
    text = remove_refused(change.subject)
    return f"- {text[0].upper()}{text[1:]}" if any(map(str.isalnum, text)) else None


def remove_refused(text: str) -> str:
    """Return the text without addresses, mentions and characters that a store refuses."""
    kept = "".join(_list_accepted(_LINK.sub("", text)))
    return " ".join(_DOMAIN.sub(". ", kept).split())


def _list_accepted(text: Iterable[str]) -> Iterator[str]:
    for char in text:
        if char in "<>":
            yield "(" if char == "<" else ")"
        elif not (
            char == _MENTION
            or unicodedata.category(char) in _REFUSED
            or ord(char) in _MODIFIERS
            or ord(char) in _VARIATIONS
        ):
            yield char
