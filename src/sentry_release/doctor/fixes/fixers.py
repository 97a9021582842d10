"""Every rule with an automatic fix and its fixer; applies the fixes, and shows them as a diff."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import PurePosixPath

from sentry_release.doctor.app import FixContext, Fixer
from sentry_release.doctor.ci_files.jobs import writes_file
from sentry_release.doctor.fixes import dart_fixes, project_file_fixes, workflow_fixes
from sentry_release.model.finding import Finding, Rule, TextEdit, find_line_end
from sentry_release.release.sdk_default import align_columns

_NO_NEWLINE = "\\ No newline at end of file"
FIXERS: Mapping[str, Fixer] = {
    "FD04": dart_fixes.fix_unguarded_define,
    "FD07": dart_fixes.fix_disabled_option("enableAutoSessionTracking"),
    "FD08": dart_fixes.fix_disabled_option("enableNativeCrashHandling"),
    "FD13": dart_fixes.fix_first_route_name,
    "FD19": dart_fixes.fix_renamed_option,
    "FD20": dart_fixes.fix_to_default,
    "FD25": project_file_fixes.fix_plist_version,
    "FD26": project_file_fixes.fix_runner_rc_version,
    "FD27": project_file_fixes.fix_gradle_version,
    "FD30": project_file_fixes.fix_blank_plugin_key,
    "FD31": project_file_fixes.fix_plugin_commits,
    "FD33": project_file_fixes.fix_content_security_policy,
    "FD34": workflow_fixes.fix_missing_define_file,
    "FD35": dart_fixes.fix_const_define,
    "FD42": workflow_fixes.fix_version_inputs,
}
"""The rules that `doctor --fix` may fix; each finding decides whether it does."""
_WORD = re.compile(r"[A-Za-z_][\w-]{2,}")
_Key = tuple[str, PurePosixPath]
_MAX_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A finding and the edits that fix it; they are applied together or not at all."""

    finding: Finding
    edits: tuple[TextEdit, ...]


def drop_overlapping_fixes(fixes: Iterable[Fix]) -> tuple[tuple[Fix, ...], tuple[Fix, ...]]:
    """Return the fixes that can be applied together, and those that overlap an earlier one."""
    kept: list[Fix] = []
    edits: dict[PurePosixPath, list[TextEdit]] = {}
    overlapping: list[Fix] = []
    for fix in fixes:
        if any(edit.overlaps(other) for edit in fix.edits for other in edits.get(edit.path, ())):
            overlapping.append(fix)
            continue
        kept.append(fix)
        for edit in fix.edits:
            edits.setdefault(edit.path, []).append(edit)
    return tuple(kept), tuple(overlapping)


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


def compute_fixes(cases: Iterable[FixContext]) -> Iterator[Fix]:
    """Return the fix of each finding that has one; a fixer that raises gives none."""
    for context in cases:
        fix = FIXERS.get(context.finding.rule)
        try:
            edits = fix(context) if fix else None
        except Exception:  # noqa: BLE001, S112 - the finding then needs a manual fix
            continue
        if edits and not any(_is_written_by_a_script(context, edit) for edit in edits):
            yield Fix(finding=context.finding, edits=edits)


def _is_written_by_a_script(context: FixContext, edit: TextEdit) -> bool:
    """Return whether a command of the project writes this place, which a fix would break."""
    text = context.texts.get(edit.path, "")
    line = text[text.rfind("\n", 0, edit.start) + 1 : find_line_end(text, edit.start)]
    words = _WORD.findall(line)
    return any(
        writes_file(command.text, edit.path.name, word)
        for step in context.app.steps
        for command in step.commands
        if edit.path.name in command.text
        for word in words
    )


def find_unverified_fixes(
    tried: Sequence[Fix], before: Iterable[Finding], after: Iterable[Finding]
) -> frozenset[Fix]:
    """
    Return the fixes that a second run of the rules does not confirm.

    These leave their finding, or add a new one in a file that they change; if a new one is in
    another file, all fixes count. Lines and messages are not compared, since edits change them.

    Args:
        tried: The fixes that were applied for the second run.
        before: The findings of the first run.
        after: The findings of the second run.
    """
    expected = _count_keys(before) - _count_keys(one.finding for one in tried)
    excess = (_count_keys(after) - expected).keys()
    guilty = frozenset(
        fix
        for fix in tried
        if (fix.finding.rule, fix.finding.path) in excess
        or {edit.path for edit in fix.edits} & {path for _, path in excess}
    )
    return guilty if guilty or not excess else frozenset(tried)


def _count_keys(found: Iterable[Finding]) -> Counter[_Key]:
    return Counter((one.rule, one.path) for one in found)
