"""The mends of FD30 and FD31: the section of sentry_dart_plugin in pubspec.yaml."""

import re

from sentry_release.decisions.doctor.fixing.case import Case, line_end, line_start, new_line
from sentry_release.decisions.doctor.fixing.yaml_places import (
    column_of,
    entries,
    entry,
    is_block,
    line_of,
    root_of,
)
from sentry_release.words.edit import Edit

_BLANK = re.compile(
    r"(?P<indent> +)(?P<key>\w+)[ \t]*:[ \t]*(?:~|null|Null|NULL)?[ \t]*(?P<comment>#.*)?"
)
_VALUE = re.compile(r" +commits[ \t]*:[ \t]+(?P<value>[\w-]+)[ \t]*(?:#.*)?")
_NULLS = {"", "~", "null", "Null", "NULL"}
_COMMITS = re.compile(r"^[ \t]*commits[ \t]*[=:]", re.MULTILINE)


def without_blank(case: Case) -> tuple[Edit, ...] | None:
    """Remove the line of a key without a value; a comment on it stays where it is."""
    text = case.text
    section = entry(root_of(text), "sentry")
    if section is None or not is_block(section[1]):
        return None
    start = line_start(text, case.finding.line)
    end = line_end(text, start)
    found = _BLANK.fullmatch(text, start, end)
    keys = [key for key, _ in entries(section[1]) if line_of(key) == case.finding.line]
    filled = any(value.value not in _NULLS for _, value in entries(section[1]))
    if found is None or len(keys) != 1 or keys[0].value != found["key"] or not filled:
        return None
    if found["comment"]:
        return (case.edit(found.start("key"), found.start("comment"), ""),)
    return (case.edit(start, _next_line(text, end), ""),)


def without_commits(case: Case) -> tuple[Edit, ...] | None:
    """Set `commits: false` in the section: in the place of what it says, or as its first key."""
    text = case.text
    section = entry(root_of(text), "sentry")
    if section is None or not is_block(section[1]):
        return None
    key, value = section
    said = entry(value, "commits")
    if said is not None:
        start = line_start(text, line_of(said[0]))
        found = _VALUE.fullmatch(text, start, line_end(text, start))
        return None if found is None else (case.edit(*found.span("value"), "false"),)
    if _COMMITS.search(case.subject.read("sentry.properties") or ""):
        return None
    first = next(entries(value))[0]
    at = _next_line(text, line_end(text, line_start(text, line_of(key))))
    if line_of(first) == line_of(key) or line_start(text, line_of(first)) < at:
        return None
    return (case.edit(at, at, f"{' ' * column_of(first)}commits: false{new_line(text)}"),)


def _next_line(text: str, end: int) -> int:
    """Behind what ends a line."""
    found = re.compile(r"\r?\n").match(text, end)
    return found.end() if found else end
