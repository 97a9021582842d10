"""Commands -> the variables that they hand to later steps of the job."""

import re
from collections.abc import Iterable

from sentry_release.facts.doctor.commands import LogicalLine

_FILE = re.compile(r"GITHUB_ENV|\bCM_ENV\b")
_ENVMAN = re.compile(r"\benvman\s+add\s+--key[= ]['\"]?(?P<name>[A-Za-z_]\w*)")
_PARTS = re.compile(r"&&|\|\||;")
_OPENS = re.compile(r"[{(]")
_GROUP_ENDS = re.compile(r"[})]\s*(?:>>|\|)")
_NAME = re.compile(r"(?:^|[\s\"'(])(?P<name>[A-Za-z_]\w*)(?==|<<(?!<))")
_FED_NAME = re.compile(r"^[ \t]*(?P<name>[A-Za-z_]\w*)(?==|<<)", re.MULTILINE)
_REFERENCE = re.compile(r"\$(?:env:)?[{(]?(?P<name>[A-Za-z_]\w*)")


def find_exported_variables(lines: Iterable[LogicalLine]) -> frozenset[str]:
    """
    The variables that are written to GITHUB_ENV, or to what other services have in its place.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    found: set[str] = set()
    for line in lines:
        found |= {match["name"] for match in _ENVMAN.finditer(line.text)}
        if not _FILE.search(line.text):
            continue
        found |= {match["name"] for match in _FED_NAME.finditer(line.stdin)}
        parts = [line.text] if _writes_group(line.text) else _PARTS.split(line.text)
        for part in parts:
            if _FILE.search(part):
                found |= {match["name"] for match in _NAME.finditer(part)}
    return frozenset(found)


def _writes_group(text: str) -> bool:
    """Whether several commands in brackets are written together, as `{ …; } >> "$GITHUB_ENV"`."""
    opening = _OPENS.search(text)
    return opening is not None and _GROUP_ENDS.search(text, opening.end()) is not None


def find_referenced_variables(lines: Iterable[LogicalLine]) -> frozenset[str]:
    """
    The variables that the commands use.

    Services that keep variables in their settings may have set any of them.
    """
    return frozenset(
        match["name"]
        for line in lines
        for match in _REFERENCE.finditer(f"{line.text}\n{line.stdin}")
    )
