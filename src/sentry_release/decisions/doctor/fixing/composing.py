"""The edits of many mends -> those that can be made together, and the files as they then are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.words.edit import Edit
from sentry_release.words.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A finding, and every edit it takes: all of them are made, or none."""

    finding: Finding
    edits: tuple[Edit, ...]


def apart(mends: Iterable[Mend]) -> tuple[tuple[Mend, ...], tuple[Mend, ...]]:
    """Those that can be made together, and those that meet one before them."""
    kept: list[Mend] = []
    made: dict[PurePosixPath, list[Edit]] = {}
    met: list[Mend] = []
    for mend in mends:
        if any(edit.meets(other) for edit in mend.edits for other in made.get(edit.path, ())):
            met.append(mend)
            continue
        kept.append(mend)
        for edit in mend.edits:
            made.setdefault(edit.path, []).append(edit)
    return tuple(kept), tuple(met)


def composed(
    mends: Sequence[Mend], texts: Mapping[PurePosixPath, str]
) -> Mapping[PurePosixPath, str]:
    """
    Each file that changes, as it then is; one that edits leave as it was is left out.

    Args:
        mends: Such as do not meet.
        texts: The files as they are.
    """
    edits = dict.fromkeys(edit for mend in mends for edit in mend.edits)
    after = {
        path: _changed(texts[path], [one for one in edits if one.path == path])
        for path in sorted({one.path for one in edits})
    }
    return {path: text for path, text in after.items() if text != texts[path]}


def _changed(text: str, edits: Iterable[Edit]) -> str:
    parts, done = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join((*parts, text[done:]))
