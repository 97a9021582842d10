"""Diff and result table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import PurePosixPath

from sentry_release.model.finding import Finding, Rule
from sentry_release.release.sdk_default import align_columns

_NO_NEWLINE = "\\ No newline at end of file"


def render_diff(path: PurePosixPath, before: str, after: str) -> Iterator[str]:
    """
    Yield the lines of a file's unified diff.

    Control characters are shown as `?`, since the file is untrusted.
    """
    name = _make_printable(str(path))
    for line in unified_diff(_split_lines(before), _split_lines(after), f"a/{name}", f"b/{name}"):
        yield _make_printable(line.rstrip("\n").removesuffix("\r"))
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _split_lines(text: str) -> list[str]:
    """Split at newlines only: a diff does not know the other line ends of `splitlines`."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _make_printable(line: str) -> str:
    return "".join(one if one.isprintable() or one == "\t" else "?" for one in line)


_MAX_ROWS = 200


def render_diffs(
    before: Mapping[PurePosixPath, str], after: Mapping[PurePosixPath, str]
) -> Iterator[str]:
    """Yield the diff of every file that changes."""
    for path, text in after.items():
        yield from render_diff(path, before[path], text)
        yield ""


def render_result_table(
    found: Sequence[Finding],
    fixed: Collection[Finding],
    encountered: Collection[Finding],
    rules: Sequence[Rule],
    *,
    written: bool,
) -> Iterator[str]:
    """
    Yield a table of what is fixed and what needs a manual fix, with that rule's fix.

    Args:
        found: All findings, worst first.
        fixed: The findings that the diff fixes.
        encountered: The findings whose fix overlaps another one.
        rules: Every rule.
        written: Whether the files were changed.
    """
    manual_fixes = {rule.id: rule.fix for rule in rules}
    word = "fixed" if written else "fixable"
    now = [_build_row(word, one, one.message) for one in found if one in fixed]
    later = [
        _build_row("next run", one, "It overlaps another change.")
        for one in found
        if one in encountered
    ]
    manual = [
        _build_row("manual", one, manual_fixes[one.rule])
        for one in found
        if one not in {*fixed, *encountered}
    ]
    rows = [*now, *later, *manual]
    if rows:
        yield from align_columns(rows[:_MAX_ROWS])
        yield from [f"… and {len(rows) - _MAX_ROWS} more"] if len(rows) > _MAX_ROWS else []
        yield ""
    hint = "" if written or not now else " No file was changed; add --write to apply."
    again = f", {len(later)} in the next run" if later else ""
    yield f"{len(now)} {word}{again}, {len(manual)} manual.{hint}"


def _build_row(word: str, finding: Finding, text: str) -> tuple[str, str, str, str]:
    return word, finding.rule, _format_location(finding), text


def _format_location(finding: Finding) -> str:
    """Return path and line without control characters, safe for a terminal."""
    text = f"{finding.path}:{finding.line}"
    return "".join(one if one.isprintable() else "?" for one in text)
