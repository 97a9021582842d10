"""Fixer for an unused name of the first route (FD13)."""

import re

from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import Call, find_calls
from sentry_release.dart.expressions import get_literal_text
from sentry_release.dart.source import DartSource
from sentry_release.doctor.fixes.fix_context import FixContext
from sentry_release.model.finding import TextEdit

_ROUTE = re.compile(r"\bGoRoute\s*\(")
_NAME = re.compile(r"\bname\s*:\s*\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
# A call with a computed name: it may be any name.
_COMPUTED = re.compile(rb"\b(?:\w+Named|namedLocation)\s*(?:<[^<>()]*>)?\s*\((?!\s*['\"])")
_COMMA = re.compile(r"\s*,[ \t]*")
_LINE_BREAK = re.compile(r"\r?\n")
_MAX_DISTANCE = 80  # characters before the value


def fix_first_route_name(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit that removes the name of the route `/`, if the app uses it nowhere else.

    Without a name go_router uses the path as the name, which the SDK expects.
    Source: flutter/packages, packages/go_router/lib/src/builder.dart
    """
    found = [
        (file.dart, call)
        for file in context.find_dart_files()
        for call in find_calls(file.dart, _ROUTE)
        if "name" in call.named
        and file.dart.get_line(call.named["name"].start) == context.finding.line
        and get_literal_text(file.dart, call.named.get("path", call.around)) == "/"
    ]
    if len(found) != 1:
        return None
    dart, call = found[0]
    name = get_literal_text(dart, call.named["name"])
    if name is None or not _PLAIN_NAME.fullmatch(name) or _is_route_name_used(name, context):
        return None
    span = _find_argument(dart, call)
    return None if span is None else (context.build_edit(span.start, span.end, ""),)


def _is_route_name_used(name: str, context: FixContext) -> bool:
    """Return whether the name occurs anywhere else, or a route name is computed."""
    quoted = re.compile(rf"['\"]{re.escape(name)}['\"]".encode())
    times = 0
    for content in context.sources():
        times += len(quoted.findall(content))
        if times > 1 or _COMPUTED.search(content):
            return True
    return False


def _find_argument(dart: DartSource, call: Call) -> Span | None:
    """Return the argument with its comma, and its whole line if possible; None beside a comment."""
    value = call.named["name"]
    name = _NAME.search(dart.code, max(0, value.start - _MAX_DISTANCE), value.start)
    comma = _COMMA.match(dart.code, value.end)
    if name is None or comma is None:
        return None
    start, end = name.start(), comma.end()
    line = dart.text.rfind("\n", 0, start) + 1
    line_break = _LINE_BREAK.match(dart.text, end)
    if line_break and not dart.text[line:start].strip():
        start, end = line, line_break.end()
    # In `code` comments are blank: if it equals the text, there is no comment.
    before, after = slice(start, name.end()), slice(value.end, end)
    same = (dart.text[before], dart.text[after]) == (dart.code[before], dart.code[after])
    return Span(start=start, end=end) if same else None
