"""The nouns of the doctor: rules, findings, severities and text edits."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEdit:
    """
    Some text in place of another.

    `start` and `end` count characters of the file as it was, without a byte order mark; where they
    are the same, the text is put in between. `path` counts from the workspace.
    """

    path: PurePosixPath
    start: int
    end: int
    text: str

    def overlaps(self, other: "TextEdit") -> bool:
        """
        Return whether the edits exclude each other: both change one text or insert at one place.

        Two equal edits count as one.
        """
        if self == other or self.path != other.path:
            return False
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


class Severity(StrEnum):
    """How bad a finding is: health is wrong, health may be wrong, or it is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a rule is broken; `line` counts from 1, `path` from the workspace."""

    rule: str
    severity: Severity
    path: PurePosixPath
    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One rule of the doctor, as its users read it.

    Attributes:
        id: `FD01`, which never gets another meaning.
        name: The id in words, such as `hard-coded-release`.
        severity: The severity of a finding that has none of its own.
        title: What is wrong, in one sentence.
        reason: What it does to releases or health, in one or two sentences.
        link: Where to read more.
        fix: How to fix it, in one sentence in the imperative.
        before: An example of what is wrong, as code.
        snippet: What to write instead, as code.
        worst: The highest severity that a finding may have, if it is higher.
    """

    id: str
    name: str
    severity: Severity
    title: str
    reason: str
    link: str
    fix: str
    before: str
    snippet: str
    worst: Severity | None = None

    def build_finding(
        self, path: PurePosixPath, line: int, message: str, *, severity: Severity | None = None
    ) -> Finding:
        """Return a place where this rule is broken; `message` describes it."""
        level = severity or self.severity
        return Finding(rule=self.id, severity=level, path=path, line=line, message=message)


def find_line_start(text: str, line: int) -> int:
    """Return the offset of a line, counted from 1; the end of the text if it has no such line."""
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if at == 0:
            return len(text)
    return at


def find_line_end(text: str, at: int) -> int:
    """Return the offset where the line with `at` ends, before its line ending."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def find_line_ending(text: str) -> str:
    """Return the line ending of a text, which is that of its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"
