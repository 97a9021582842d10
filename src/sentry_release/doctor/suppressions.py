"""Comments in the files of a project -> which findings its people have chosen to live with."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sentry_release.model.finding import Finding

_WORD = "sentry-release:"
_COMMENT = re.compile(
    r"(?P<before>.*?)(?://+|#+|<!--+|/\*+|;+)[ \t]*sentry-release:[ \t]*"
    r"(?P<how>ignore[\w-]*)(?P<rest>[^\n]*)"
)
_ENDS = re.compile(r"(?:-->|\*/)\s*$")
_RULE = re.compile(r"[A-Za-z]+[0-9]+")
_MAX_LENGTH = 1000  # characters of a line that is looked at


@dataclass(slots=True)
class Suppressions:
    """Rules by file, and by file and line; and what is wrong with the comments."""

    lines: set[tuple[PurePosixPath, int, str]] = field(default_factory=set)
    files: set[tuple[PurePosixPath, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def covers(self, finding: Finding) -> bool:
        """Whether a comment speaks of this finding."""
        return (finding.path, finding.rule) in self.files or (
            finding.path,
            finding.line,
            finding.rule,
        ) in self.lines


def parse_suppressions(texts: Mapping[PurePosixPath, str], known: Collection[str]) -> Suppressions:
    """
    Read every comment such as `// sentry-release: ignore FD11 because we ship no web app`.

    It speaks of its line or, alone on it, of the next one; `ignore-file` speaks of the file. One
    without a reason, or of a rule that is not known, ignores nothing and is remarked on.

    Args:
        texts: The files by their paths.
        known: The ids of all rules.
    """
    found = Suppressions()
    for path, text in sorted(texts.items()):
        if _WORD in text:
            for line, comment in _find_comments(text.split("\n")):
                _read_comment(found, path, line, comment, known)
    return found


def _find_comments(lines: list[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Each comment of ours with the line that it speaks of."""
    above: list[re.Match[str]] = []
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.match(line[:_MAX_LENGTH]) if _WORD in line else None
        if comment is not None and not comment["before"].strip():
            above.append(comment)  # alone on its line, it speaks of what comes after it
            continue
        yield from ((number, one) for one in above)
        above.clear()
        if comment is not None:
            yield number, comment
    yield from ((len(lines) + 1, one) for one in above)


def _read_comment(
    found: Suppressions,
    path: PurePosixPath,
    line: int,
    comment: re.Match[str],
    known: Collection[str],
) -> None:
    rest = _ENDS.sub("", comment["rest"])
    named, because, reason = rest.partition(" because ")
    rules = [one.upper() for one in named.replace(",", " ").split()]
    where = f"{path}: the comment `sentry-release: {comment['how']}`"
    if comment["how"] not in {"ignore", "ignore-file"}:
        found.notes.append(f"{where} is none that it knows; write `ignore` or `ignore-file`.")
    elif not rules or not all(_RULE.fullmatch(one) for one in rules):
        found.notes.append(f"{where} names no rule; write `ignore FD11 because …`.")
    elif not because or not reason.strip():
        found.notes.append(f"{where} of {', '.join(rules)} has no reason; add `because …`.")
    else:
        for rule in rules:
            if rule not in known:
                found.notes.append(f"{where} names {rule[:20]}, and there is no such rule.")
            elif comment["how"] == "ignore-file":
                found.files.add((path, rule))
            else:
                found.lines.add((path, line, rule))
