"""Parses the comments that suppress findings."""

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
_MAX_LENGTH = 1000  # characters of a line that are searched


@dataclass(slots=True)
class Suppressions:
    """Suppressed rules by file, and by file and line; notes on invalid comments."""

    lines: set[tuple[PurePosixPath, int, str]] = field(default_factory=set)
    files: set[tuple[PurePosixPath, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def covers(self, finding: Finding) -> bool:
        """Return whether a comment suppresses this finding."""
        return (finding.path, finding.rule) in self.files or (
            finding.path,
            finding.line,
            finding.rule,
        ) in self.lines


def parse_suppressions(texts: Mapping[PurePosixPath, str], known: Collection[str]) -> Suppressions:
    """
    Return the suppressions by comments like `// sentry-release: ignore FD11 because …`.

    A comment applies to its line or, if it is alone on it, to the next one; `ignore-file` applies
    to the file. Without a reason or with an unknown rule it is ignored, and a note says so.

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
    """Yield each suppression comment with the line that it applies to."""
    above: list[re.Match[str]] = []
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.match(line[:_MAX_LENGTH]) if _WORD in line else None
        if comment is not None and not comment["before"].strip():
            above.append(comment)  # alone on its line, it applies to the next line
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
        found.notes.append(f"{where} is unknown; write `ignore` or `ignore-file`.")
    elif not rules or not all(_RULE.fullmatch(one) for one in rules):
        found.notes.append(f"{where} names no rule; write `ignore FD11 because …`.")
    elif not because or not reason.strip():
        found.notes.append(f"{where} for {', '.join(rules)} has no reason; add `because …`.")
    else:
        for rule in rules:
            if rule not in known:
                found.notes.append(f"{where} names {rule[:20]}, which does not exist.")
            elif comment["how"] == "ignore-file":
                found.files.add((path, rule))
            else:
                found.lines.add((path, line, rule))
