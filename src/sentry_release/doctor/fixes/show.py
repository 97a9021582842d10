"""Diff and result table."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import PurePosixPath

from sentry_release.model.finding import Finding, Rule
from sentry_release.release.sdk_default import align_columns

_NO_NEWLINE = "\\ No newline at end of file"


def render_diff(path: PurePosixPath, before: str, after: str) -> Iterator[str]:
    """
    The unified diff of a file, line by line.

    What a terminal would obey is shown as `?`, since anybody may have written the file.
    """
    name = _make_printable(str(path))
    for line in unified_diff(_split_lines(before), _split_lines(after), f"a/{name}", f"b/{name}"):
        yield _make_printable(line.rstrip("\n").removesuffix("\r"))
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _split_lines(text: str) -> list[str]:
    """Split at line feeds alone: other characters that end a line in Python do so in no diff."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _make_printable(line: str) -> str:
    return "".join(one if one.isprintable() or one == "\t" else "?" for one in line)


_MAX_ROWS = 200


def render_diffs(
    before: Mapping[PurePosixPath, str], after: Mapping[PurePosixPath, str]
) -> Iterator[str]:
    """The diff of every file that changes."""
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
    What is mended and what takes a person, with what that person has to do.

    Args:
        found: All that the doctor found, worst first.
        fixed: Those of them that the diff mends.
        encountered: Those whose mend would change what another one changes.
        rules: Every rule.
        written: Whether the files are changed, or only could be.
    """
    mend = {rule.id: rule.fix for rule in rules}
    word = "mended" if written else "to be mended"
    own = [_build_row(word, one, one.message) for one in found if one in fixed]
    then = [
        _build_row("next run", one, "It meets another change.")
        for one in found
        if one in encountered
    ]
    other_values = [
        _build_row("by hand", one, mend[one.rule])
        for one in found
        if one not in {*fixed, *encountered}
    ]
    rows = [*own, *then, *other_values]
    if rows:
        yield from align_columns(rows[:_MAX_ROWS])
        yield from [f"… and {len(rows) - _MAX_ROWS} more"] if len(rows) > _MAX_ROWS else []
        yield ""
    hint = "" if written or not own else " Nothing is changed yet: add --write to change it."
    again = f", {len(then)} by the next run" if then else ""
    yield f"{len(own)} {word}{again}, {len(other_values)} by hand.{hint}"


def _build_row(word: str, finding: Finding, text: str) -> tuple[str, str, str, str]:
    return word, finding.rule, _format_location(finding), text


def _format_location(finding: Finding) -> str:
    """A path that a terminal can show: nothing in it is obeyed."""
    text = f"{finding.path}:{finding.line}"
    return "".join(one if one.isprintable() else "?" for one in text)
