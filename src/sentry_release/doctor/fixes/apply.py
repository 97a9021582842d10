"""Applies fixes that do not overlap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.model.finding import Finding, TextEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A finding and the edits that fix it; they are applied together or not at all."""

    finding: Finding
    edits: tuple[TextEdit, ...]


def drop_overlapping_fixes(fixes: Iterable[Fix]) -> tuple[tuple[Fix, ...], tuple[Fix, ...]]:
    """Return the fixes that can be applied together, and those that overlap an earlier one."""
    kept: list[Fix] = []
    made: dict[PurePosixPath, list[TextEdit]] = {}
    encountered: list[Fix] = []
    for fix in fixes:
        if any(edit.overlaps(other) for edit in fix.edits for other in made.get(edit.path, ())):
            encountered.append(fix)
            continue
        kept.append(fix)
        for edit in fix.edits:
            made.setdefault(edit.path, []).append(edit)
    return tuple(kept), tuple(encountered)


def apply_fixes(
    fixes: Sequence[Fix], texts: Mapping[PurePosixPath, str]
) -> Mapping[PurePosixPath, str]:
    """
    Return the new text of each file that changes.

    Args:
        fixes: Fixes that do not overlap.
        texts: The current files.
    """
    edits = dict.fromkeys(edit for fix in fixes for edit in fix.edits)
    after = {
        path: _apply_edits(texts[path], [one for one in edits if one.path == path])
        for path in sorted({one.path for one in edits})
    }
    return {path: text for path, text in after.items() if text != texts[path]}


def _apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    parts, done = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join((*parts, text[done:]))
