"""
Globs as GitHub's `on.push.paths` reads them -> whether a list of files is touched.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_PIECES = re.compile(r"\*\*/?|\*|\\.|\[[^\]]+\]|.", re.DOTALL)


def touched(globs: Sequence[str], paths: Iterable[str]) -> bool:
    """
    Whether any of the paths is meant by the globs.

    The last glob that fits a path decides; one that begins with `!` leaves it out. Without a
    single glob everything is meant.

    >>> touched(["apps/shop/**", "!**/*.md"], ["apps/shop/README.md"])
    False
    """
    return not globs or any(_meant(globs, path) for path in paths)


def _meant(globs: Sequence[str], path: str) -> bool:
    meant = False
    for glob in globs:
        leaves_out = glob.startswith("!")
        if _pattern(glob.removeprefix("!")).fullmatch(path):
            meant = not leaves_out
    return meant


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    parts: list[str] = []
    for piece in _PIECES.findall(glob):
        if piece == "**/":
            parts.append("(?:.*/)?")
        elif piece == "**":
            parts.append(".*")
        elif piece == "*":
            parts.append("[^/]*")
        elif piece in {"?", "+"} and parts:
            parts[-1] = f"(?:{parts[-1]}){piece}"
        elif piece.startswith("[") and len(piece) > 1:
            parts.append(_characters(piece))
        else:
            parts.append(re.escape(piece.removeprefix("\\") or piece))
    return re.compile("".join(parts), re.DOTALL)


def _characters(piece: str) -> str:
    inner = piece[1:-1].replace("\\", "\\\\")
    negated = inner.startswith("^")
    pattern = f"[{'^' if negated else ''}{re.escape(inner.removeprefix('^')).replace(chr(92) + '-', '-')}]"
    try:
        re.compile(pattern)
    except re.error:  # such as [z-a], which means nothing
        return re.escape(piece)
    return pattern
