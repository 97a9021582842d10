"""One finding with everything that its fixer may read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.app import App, DartFile
from sentry_release.model.finding import Finding, TextEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class FixContext:
    """
    A finding and its context.

    Attributes:
        finding: The finding to fix.
        app: The app.
        texts: The files that were read, by their paths from the workspace.
        sources: Returns the bytes of every Dart file of the workspace, including tests.
    """

    finding: Finding
    app: App
    texts: Mapping[PurePosixPath, str]
    sources: Callable[[], Iterable[bytes]]

    @property
    def text(self) -> str:
        """Return the text of the finding's file; empty if it was not read."""
        return self.texts.get(self.finding.path, "")

    def find_dart_files(self) -> Iterator[DartFile]:
        """Return the finding's file, if it is a Dart file."""
        return (one for one in self.app.dart if one.path == self.finding.path)

    def build_edit(self, start: int, end: int, text: str) -> TextEdit:
        """Return an edit of the finding's file."""
        return TextEdit(path=self.finding.path, start=start, end=end, text=text)


Fixer = Callable[[FixContext], tuple[TextEdit, ...] | None]
"""Returns the edits that fix a finding; None if it needs a manual fix."""


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
