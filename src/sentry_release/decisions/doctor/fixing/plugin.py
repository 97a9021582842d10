"""The mends of FD30 and FD31: the section of sentry_dart_plugin in pubspec.yaml."""

import re

from sentry_release.decisions.doctor.fixing.case import (
    FixContext,
    find_line_end,
    find_line_ending,
    find_line_start,
)
from sentry_release.flutter.yaml_document import parse_editable_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.words.edit import TextEdit

_BLANK = re.compile(
    r"(?P<indent> +)(?P<key>\w+)[ \t]*:[ \t]*(?:~|null|Null|NULL)?[ \t]*(?P<comment>#.*)?"
)
_VALUE = re.compile(r" +commits[ \t]*:[ \t]+(?P<value>[\w-]+)[ \t]*(?:#.*)?")
_COMMITS = re.compile(r"^[ \t]*commits[ \t]*[=:]", re.MULTILINE)


def fix_blank_plugin_key(context: FixContext) -> tuple[TextEdit, ...] | None:
    """Remove the line of a key without a value; a comment on it stays where it is."""
    text = context.get_text
    section = _section(text)
    if section is None:
        return None
    start = find_line_start(text, context.finding.line)
    end = find_line_end(text, start)
    found = _BLANK.fullmatch(text, start, end)
    entries = section[1].entries
    keys = [key.text for key, _ in entries if key.line == context.finding.line]
    filled = any(value.value for _, value in entries)
    if found is None or keys != [found["key"]] or not filled:
        return None
    if found["comment"]:
        return (context.build_edit(found.start("key"), found.start("comment"), ""),)
    return (context.build_edit(start, _find_next_line(text, end), ""),)


def fix_plugin_commits(context: FixContext) -> tuple[TextEdit, ...] | None:
    """Set `commits: false` in the section: in the place of what it says, or as its first key."""
    text = context.get_text
    section = _section(text)
    if section is None:
        return None
    key, value = section
    output = value.find_entry("commits")
    if output is not None:
        start = find_line_start(text, output[0].line)
        found = _VALUE.fullmatch(text, start, find_line_end(text, start))
        return None if found is None else (context.build_edit(*found.span("value"), "false"),)
    if _COMMITS.search(context.app.read_text("sentry.properties") or ""):
        return None
    first = value.entries[0][0]
    at = _find_next_line(text, find_line_end(text, find_line_start(text, key.line)))
    if first.line == key.line or find_line_start(text, first.line) < at:
        return None
    return (
        context.build_edit(at, at, f"{' ' * first.column}commits: false{find_line_ending(text)}"),
    )


def _section(text: str) -> tuple[YamlNode, YamlNode] | None:
    """The key and the value of the section, if each of its entries has lines of its own."""
    document = parse_editable_yaml(text)
    section = document.find_entry("sentry") if document else None
    return section if section and section[1].is_block_mapping else None


def _find_next_line(text: str, end: int) -> int:
    """Behind what ends a line."""
    found = re.compile(r"\r?\n").match(text, end)
    return found.end() if found else end
