"""Every rule with an automatic fix, and its fixer."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.delivery import writes_file
from sentry_release.doctor.fixes import dart_fixes, project_file_fixes, workflow_fixes
from sentry_release.doctor.fixes.apply import Fix
from sentry_release.doctor.fixes.fix_context import FixContext, Fixer, find_line_end
from sentry_release.model.finding import Finding, TextEdit

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
