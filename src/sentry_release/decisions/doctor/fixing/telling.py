"""What was mended -> lines for a terminal: each file's diff, then a table of all findings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from sentry_release.decisions.doctor.fixing.diffing import diff
from sentry_release.decisions.names_table import aligned
from sentry_release.words.finding import Finding, Rule

_MOST_ROWS = 200


def diffs(before: Mapping[PurePosixPath, str], after: Mapping[PurePosixPath, str]) -> Iterator[str]:
    """The diff of every file that changes."""
    for path, text in after.items():
        yield from diff(path, before[path], text)
        yield ""


def outcome(
    found: Sequence[Finding],
    mended: Collection[Finding],
    met: Collection[Finding],
    rules: Sequence[Rule],
    *,
    written: bool,
) -> Iterator[str]:
    """
    What is mended and what takes a person, with what that person has to do.

    Args:
        found: All that the doctor found, worst first.
        mended: Those of them that the diff mends.
        met: Those whose mend would change what another one changes.
        rules: Every rule.
        written: Whether the files are changed, or only could be.
    """
    mend = {rule.id: rule.mend for rule in rules}
    word = "mended" if written else "to be mended"
    ours = [_row(word, one, one.what) for one in found if one in mended]
    then = [_row("next run", one, "It meets another change.") for one in found if one in met]
    theirs = [_row("by hand", one, mend[one.rule]) for one in found if one not in {*mended, *met}]
    rows = [*ours, *then, *theirs]
    if rows:
        yield from aligned(rows[:_MOST_ROWS])
        yield from [f"… and {len(rows) - _MOST_ROWS} more"] if len(rows) > _MOST_ROWS else []
        yield ""
    hint = "" if written or not ours else " Nothing is changed yet: add --write to change it."
    again = f", {len(then)} by the next run" if then else ""
    yield f"{len(ours)} {word}{again}, {len(theirs)} by hand.{hint}"


def _row(word: str, finding: Finding, text: str) -> tuple[str, str, str, str]:
    return word, finding.rule, _place(finding), text


def _place(finding: Finding) -> str:
    """A path that a terminal can show: nothing in it is obeyed."""
    text = f"{finding.path}:{finding.line}"
    return "".join(one if one.isprintable() else "?" for one in text)
