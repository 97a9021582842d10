"""The mend of FD13: a name of the first route that nobody calls it by."""

import re

from sentry_release.decisions.doctor.fixing.case import Case
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import Call, calls
from sentry_release.facts.dart.expressions import plain
from sentry_release.facts.dart.source import Dart
from sentry_release.words.edit import Edit

_ROUTE = re.compile(r"\bGoRoute\s*\(")
_NAME = re.compile(r"\bname\s*:\s*\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
# A call that goes to a name which is worked out: any name may be meant.
_COMPUTED = re.compile(rb"\b(?:\w+Named|namedLocation)\s*(?:<[^<>()]*>)?\s*\((?!\s*['\"])")
_COMMA = re.compile(r"\s*,[ \t]*")
_LINE_BREAK = re.compile(r"\r?\n")
_NEAR = 80  # characters before the value


def unnamed(case: Case) -> tuple[Edit, ...] | None:
    """
    Leave the name of the route `/` away, where the name stands in no other place of the app.

    Without it go_router takes the path for the name, which is what the SDK waits for.
    Source: flutter/packages, packages/go_router/lib/src/builder.dart
    """
    found = [
        (file.dart, call)
        for file in case.dart_files()
        for call in calls(file.dart, _ROUTE)
        if "name" in call.named
        and file.dart.line_of(call.named["name"].start) == case.finding.line
        and plain(file.dart, call.named.get("path", call.around)) == "/"
    ]
    if len(found) != 1:
        return None
    dart, call = found[0]
    name = plain(dart, call.named["name"])
    if name is None or not _PLAIN_NAME.fullmatch(name) or _is_used(name, case):
        return None
    span = _argument(dart, call)
    return None if span is None else (case.edit(span.start, span.end, ""),)


def _is_used(name: str, case: Case) -> bool:
    """Whether the text stands anywhere but at the route, or some name is worked out."""
    quoted = re.compile(rf"['\"]{re.escape(name)}['\"]".encode())
    times = 0
    for content in case.sources():
        times += len(quoted.findall(content))
        if times > 1 or _COMPUTED.search(content):
            return True
    return False


def _argument(dart: Dart, call: Call) -> Span | None:
    """The argument with its comma, and its line where it has one; None beside a comment."""
    value = call.named["name"]
    name = _NAME.search(dart.code, max(0, value.start - _NEAR), value.start)
    comma = _COMMA.match(dart.code, value.end)
    if name is None or comma is None:
        return None
    start, end = name.start(), comma.end()
    line = dart.text.rfind("\n", 0, start) + 1
    line_break = _LINE_BREAK.match(dart.text, end)
    if line_break and not dart.text[line:start].strip():
        start, end = line, line_break.end()
    # In the code comments are blanks, so that where both agree there is none.
    before, after = slice(start, name.end()), slice(value.end, end)
    same = (dart.text[before], dart.text[after]) == (dart.code[before], dart.code[after])
    return Span(start=start, end=end) if same else None
