"""One finding with all that its mend may look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.app import App, DartFile
from sentry_release.model.finding import Finding, TextEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class FixContext:
    """
    A finding, and where it was found.

    Attributes:
        finding: What is to be mended.
        subject: The app.
        texts: The files that were read, by their paths from the workspace.
        sources: Gives the bytes of every Dart file of the workspace, tests included.
    """

    finding: Finding
    app: App
    texts: Mapping[PurePosixPath, str]
    sources: Callable[[], Iterable[bytes]]

    @property
    def get_text(self) -> str:
        """The file of the finding; empty where it was not read."""
        return self.texts.get(self.finding.path, "")

    def find_dart_files(self) -> Iterator[DartFile]:
        """The file of the finding, if it is one of Dart."""
        return (one for one in self.app.dart if one.path == self.finding.path)

    def build_edit(self, start: int, end: int, text: str) -> TextEdit:
        """An edit of the file of the finding."""
        return TextEdit(path=self.finding.path, start=start, end=end, text=text)


Fixer = Callable[[FixContext], tuple[TextEdit, ...] | None]
"""The edits that mend a finding; None where that takes a person."""


def find_line_start(text: str, line: int) -> int:
    """Where a line begins, from 1; the end of the text where there is no such line."""
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if at == 0:
            return len(text)
    return at


def find_line_end(text: str, at: int) -> int:
    """Where the line that holds `at` ends, before what ends it."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def find_line_ending(text: str) -> str:
    """What ends the lines of a text: what ends the first of them."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"
