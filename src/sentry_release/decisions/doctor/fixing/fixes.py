"""Every rule whose mend is mechanical, with the function that knows it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from sentry_release.decisions.doctor.fixing import (
    dart_defines,
    dart_options,
    dart_routes,
    native,
    plugin,
    web_page,
    workflows,
)
from sentry_release.decisions.doctor.fixing.case import Case, Fix, line_end
from sentry_release.decisions.doctor.fixing.composing import Mend
from sentry_release.doctor.ci_files.file_writers import writes_file
from sentry_release.words.edit import Edit
from sentry_release.words.finding import Finding

FIXES: Mapping[str, Fix] = {
    "FD04": dart_options.guarded,
    "FD07": dart_options.switched_on("enableAutoSessionTracking"),
    "FD08": dart_options.switched_on("enableNativeCrashHandling"),
    "FD13": dart_routes.unnamed,
    "FD19": dart_options.renamed,
    "FD20": dart_options.with_default,
    "FD25": native.from_flutter,
    "FD26": native.from_flutter_version,
    "FD27": native.from_plugin,
    "FD30": plugin.without_blank,
    "FD31": plugin.without_commits,
    "FD33": web_page.allowed,
    "FD34": workflows.with_define_file,
    "FD35": dart_defines.constant,
}
"""The rules that `doctor --fix` may mend; whether it does is a question of each finding."""

_WORD = re.compile(r"[A-Za-z_][\w-]{2,}")
_Key = tuple[str, PurePosixPath]


def mends(cases: Iterable[Case]) -> Iterator[Mend]:
    """The mend of each finding that has one; a rule that fails has none."""
    for case in cases:
        fix = FIXES.get(case.finding.rule)
        try:
            edits = fix(case) if fix else None
        except Exception:  # noqa: BLE001, S112 - what cannot be mended by us, a person mends
            continue
        if edits and not any(_is_written_by_a_script(case, edit) for edit in edits):
            yield Mend(finding=case.finding, edits=edits)


def _is_written_by_a_script(case: Case, edit: Edit) -> bool:
    """Whether a command of the project writes the place itself, which a fix would take from it."""
    text = case.texts.get(edit.path, "")
    line = text[text.rfind("\n", 0, edit.start) + 1 : line_end(text, edit.start)]
    words = _WORD.findall(line)
    return any(
        writes_file(command.text, edit.path.name, word)
        for step in case.subject.steps
        for command in step.commands
        if edit.path.name in command.text
        for word in words
    )


def unproven(
    tried: Sequence[Mend], before: Iterable[Finding], after: Iterable[Finding]
) -> frozenset[Mend]:
    """
    The mends that a second look at the app does not confirm.

    They leave their finding, or there is a new one in a file that they change; when a new one is
    somewhere else, it is all of them. Lines and words do not count, since edits move them.

    Args:
        tried: The mends that were made for the second look.
        before: What was found first.
        after: What was found then.
    """
    expected = _keys(before) - _keys(one.finding for one in tried)
    excess = (_keys(after) - expected).keys()
    guilty = frozenset(
        mend
        for mend in tried
        if (mend.finding.rule, mend.finding.path) in excess
        or {edit.path for edit in mend.edits} & {path for _, path in excess}
    )
    return guilty if guilty or not excess else frozenset(tried)


def _keys(found: Iterable[Finding]) -> Counter[_Key]:
    return Counter((one.rule, one.path) for one in found)
