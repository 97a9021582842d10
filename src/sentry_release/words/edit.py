"""A change of a file, as small as it can be said."""

from dataclasses import dataclass
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
        Whether both cannot be made: they change the same text, or put theirs at the same place.

        The same edit twice is one.
        """
        if self == other or self.path != other.path:
            return False
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end
