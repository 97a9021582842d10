"""Release notes of a range: by conventional-commit type, and as plain text for the app stores."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sentry_release.model.commits import Commit

_MAX_SUBJECT = 160  # characters
_CONVENTIONAL = re.compile(
    r"(?P<type>[A-Za-z]{1,20})(?:\((?P<scope>[^()\r\n]{1,50})\))?(?P<breaking>!)?:\s+(?P<rest>\S.*)"
)
_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGE: ", re.MULTILINE)
_NOT_A_CHANGE = re.compile(
    r"Merge (?:pull request|branch|branches|remote-tracking branch|tag|commit) |(?:fixup|squash|amend)! ",
)
_PULL_REQUEST = re.compile(r"(?<!\s)\s*+\((?:[\w.-]+/[\w.-]+)?#\d+\)\s*+$")
_SKIPPED = "#skipsentry"  # a commit that Sentry leaves out as well
_INTERNAL = {"build", "chore", "ci", "style", "test", "tests"}  # types that change no app
GOOGLE_PLAY_LIMIT = 500
"""Characters of the notes in one language: https://support.google.com/googleplay/android-developer/answer/9859348"""
APP_STORE_LIMIT = 4000
"""Characters: https://developer.apple.com/help/app-store-connect/reference/app-information/platform-version-information"""
_FALLBACK = "Maintenance and small improvements."
_LINK = re.compile(r"(?i)(?<![a-z0-9+.-])[a-z0-9+.-]++://\S*+|\b(?:www\.|mailto:)\S*+")
_DOMAIN = re.compile(r"(?<=\w)\.(?=[^\W\d]{2,}(?:[/:?#]|\b))")
_REFUSED = {"Cc", "Cf", "Cn", "Co", "Cs", "Sk", "So", "Zl", "Zp"}  # App Store Connect refuses emoji
_MODIFIERS = range(0x02B0, 0x0300)
_VARIATIONS = range(0xFE00, 0xFE10)
_MENTION = "@"


class ChangeKind(StrEnum):
    """What a change is to a user, in the order of the notes; the value is the heading."""

    BREAKING = "Breaking changes"
    FEATURE = "Features"
    FIX = "Fixes"
    PERFORMANCE = "Performance"
    REVERT = "Reverts"
    OTHER = "Other changes"


_KINDS = {
    "feat": ChangeKind.FEATURE,
    "feature": ChangeKind.FEATURE,
    "fix": ChangeKind.FIX,
    "bugfix": ChangeKind.FIX,
    "hotfix": ChangeKind.FIX,
    "perf": ChangeKind.PERFORMANCE,
    "revert": ChangeKind.REVERT,
    "docs": ChangeKind.OTHER,
    "refactor": ChangeKind.OTHER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of the notes; `scope` is that of a conventional commit."""

    subject: str
    sha: str
    kind: ChangeKind
    scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseNotes:
    """
    The changes by kind, the newest first in each; `is_grouped` is whether the kinds mean anything.

    `internal` is the number of commits that change no app, such as `ci:`.
    """

    groups: tuple[tuple[ChangeKind, tuple[Change, ...]], ...]
    is_grouped: bool
    internal: int

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return all changes, in the order of the notes."""
        return tuple(one for _, changes in self.groups for one in changes)


def build_release_notes(commits: Sequence[Commit]) -> ReleaseNotes:
    """
    Return the notes of the commits, which are sorted newest first.

    Types count as used if at least half of the commits have one, and then commits of internal
    types are only counted. Merge commits, `fixup!` commits and those with `#skipsentry` are left
    out, and so is a subject that occurred before.

    Source: https://www.conventionalcommits.org/en/v1.0.0/
    """
    typed = [(one, _match_type(one)) for one in commits if _is_change(one)]
    is_grouped = 2 * sum(match is not None for _, match in typed) >= len(typed) > 0
    changes: dict[tuple[str, str | None], Change] = {}
    internal = 0
    for commit, match in typed:
        change = _build_change(commit, match if is_grouped else None)
        if change is None:
            internal += 1
        else:
            changes.setdefault((change.subject, change.scope), change)
    return ReleaseNotes(groups=_group(changes.values()), is_grouped=is_grouped, internal=internal)


def _group(changes: Iterable[Change]) -> tuple[tuple[ChangeKind, tuple[Change, ...]], ...]:
    listed = tuple(changes)
    grouped = ((kind, tuple(one for one in listed if one.kind is kind)) for kind in ChangeKind)
    return tuple((kind, found) for kind, found in grouped if found)


def _is_change(commit: Commit) -> bool:
    subject = _read_subject(commit)
    return (
        bool(subject)
        and not _NOT_A_CHANGE.match(subject)
        and _SKIPPED not in commit.message.lower()
    )


def _read_subject(commit: Commit) -> str:
    """Return the first line of the message on one line, without the pull request after it."""
    first = next((line for line in commit.message.splitlines() if line.strip()), "")
    return _PULL_REQUEST.sub("", " ".join(first.split()))


def _match_type(commit: Commit) -> re.Match[str] | None:
    match = _CONVENTIONAL.fullmatch(_read_subject(commit))
    if match is None or match["type"].lower() not in {*_KINDS, *_INTERNAL}:
        return None
    return match


def _build_change(commit: Commit, match: re.Match[str] | None) -> Change | None:
    """Return the entry of a commit; None if its type is internal."""
    if match is None:
        return Change(
            subject=_shorten(_read_subject(commit)), sha=commit.sha, kind=ChangeKind.OTHER
        )
    is_breaking = bool(match["breaking"] or _BREAKING_FOOTER.search(commit.message))
    kind = ChangeKind.BREAKING if is_breaking else _KINDS.get(match["type"].lower())
    if kind is None:
        return None
    return Change(
        subject=_shorten(match["rest"]),
        sha=commit.sha,
        kind=kind,
        scope=match["scope"],
    )


def _shorten(subject: str) -> str:
    """Return the subject, cut at a word if it is too long."""
    if len(subject) <= _MAX_SUBJECT:
        return subject
    cut = subject[: _MAX_SUBJECT - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


_HEADINGS = {
    ChangeKind.BREAKING: "Changed",
    ChangeKind.FEATURE: "New",
    ChangeKind.FIX: "Fixed",
    ChangeKind.PERFORMANCE: "Faster",
    ChangeKind.REVERT: "Reverted",
    ChangeKind.OTHER: "Other",
}


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
    if notes.is_grouped and change.kind is ChangeKind.OTHER:
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
