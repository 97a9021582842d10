"""Fixers for Dart code: options, defines, and an unused name of the first route (FD13)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sentry_release.dart.expressions import (
    Assignment,
    Call,
    find_calls,
    get_code,
    get_duration_seconds,
    get_literal_text,
    get_whole_number,
    is_duration_literal,
    strip_const,
)
from sentry_release.dart.release_value import find_dart_define_reads
from sentry_release.dart.sentry_options import (
    OptionState,
    find_option_assignments,
    find_option_state,
)
from sentry_release.dart.source import DartSource, Span, search_before
from sentry_release.doctor.analysis.code_releases import find_release_assignments
from sentry_release.doctor.analysis.web import GO_ROUTE
from sentry_release.doctor.app import FixContext, Fixer, get_only
from sentry_release.model.finding import TextEdit

_FINAL = re.compile(
    r"(?<![\w$.])(?P<static>static\s+)?(?P<late>late\s+)?(?P<final>final)\s+"
    r"(?:[A-Za-z_$][\w$]*\??\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z"
)
_CONSTANT = re.compile(r"true|false|-?\d+")
_MAX_DISTANCE = 200  # characters before the read
_NAME = re.compile(r"\bname\s*:\s*\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
# A call with a computed name: it may be any name.
_COMPUTED = re.compile(rb"\b(?:\w+Named|namedLocation)\s*+(?:<[^<>()]{0,200}>\s*+)?\((?!\s*['\"])")
_COMMA = re.compile(r"\s*,[ \t]*")
_LINE_BREAK = re.compile(r"\r?\n")
_MAX_ROUTE_DISTANCE = 80  # characters before the value
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INTERVAL = "autoSessionTrackingInterval"
_OLD_INTERVAL = "autoSessionTrackingIntervalMillis"
_DEFAULT_S = 30
_MAX_MS = 30 * 60 * 1000


def fix_const_define(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit that makes the variable a constant if possible, else only the read.

    An instance field cannot be a constant, and a `var` may be reassigned elsewhere.
    Source: https://dart.dev/language/variables#final-and-const
    """
    edits = []
    for file in context.find_dart_files():
        for read in find_dart_define_reads(file.dart):
            if file.dart.get_line(read.call.start) != context.finding.line:
                continue
            if not _is_constant_call(file.dart, read.call):
                return None
            edits.append(_build_const_edit(context, file.dart, read.call))
    edit = get_only(edits)
    return None if edit is None else (edit,)


def _build_const_edit(context: FixContext, dart: DartSource, call: Call) -> TextEdit:
    final = search_before(_FINAL, dart.code, call.start, _MAX_DISTANCE)
    alone = dart.code[call.around.end :].lstrip().startswith(";")
    if final and alone and not final["late"]:
        outside = next(dart.brackets.list_enclosing(call.start), None) is None
        if outside or final["static"]:
            return context.build_edit(final.start("final"), final.end("final"), "const")
    return context.build_edit(call.start, call.start, "const ")


def _is_constant_call(dart: DartSource, call: Call) -> bool:
    """Return whether all arguments of the call are literals."""
    return all(
        get_literal_text(dart, span) is not None or _CONSTANT.fullmatch(get_code(dart, span))
        for span in (*call.positional, *call.named.values())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _OptionValue:
    """An option's assignment on the line of a finding."""

    dart: DartSource
    assignment: Assignment

    @property
    def value(self) -> Span:
        return self.assignment.value

    @property
    def code(self) -> str:
        return get_code(self.dart, self.value)


def fix_unguarded_define(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edits that use the define only if the build passes it, else null.

    Nothing is deleted: the assignment may be the whole body of an arrow function, and a constant
    without readers would be a new lint.
    Source: https://api.dart.dev/dart-core/bool/bool.hasEnvironment.html
    """
    place = get_only(_find_option_values(context, "release"))
    keys = {
        one.value.text
        for one in find_release_assignments(context.app)
        if (one.path, one.line) == (context.finding.path, context.finding.line)
    }
    key = get_only(keys)
    if place is None or key is None or not _KEY.fullmatch(key):
        return None
    const = "const " if _is_read_without_const(place) else ""
    return (
        context.build_edit(
            place.value.start, place.value.start, f"const bool.hasEnvironment('{key}') ? {const}"
        ),
        context.build_edit(place.value.end, place.value.end, " : null"),
    )


def _is_read_without_const(place: _OptionValue) -> bool:
    """Return whether a define is read without `const`; a constant's span begins with that word."""
    return any(read.call.start == place.value.start for read in find_dart_define_reads(place.dart))


def fix_disabled_option(option: str) -> Fixer:
    """
    Return the fixer that turns an option's literal `false` into `true`.

    Under a condition the value is deliberate and stays.
    """

    def fix_option(context: FixContext) -> tuple[TextEdit, ...] | None:
        places = list(_find_option_values(context, option))
        if not all(map(_is_literally_off, places)):
            return None
        return tuple(context.build_edit(one.value.start, one.value.end, "true") for one in places)

    return fix_option


def _is_literally_off(place: _OptionValue) -> bool:
    return (
        place.code == "false" and find_option_state(place.dart, place.assignment) is OptionState.OFF
    )


def fix_renamed_option(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edits that turn the removed option's milliseconds into the new option's Duration.

    Source: https://github.com/getsentry/sentry-dart/blob/main/CHANGELOG.md, 7.0.0
    """
    edits: list[TextEdit] = []
    for one in _find_option_values(context, _OLD_INTERVAL):
        number = get_whole_number(one.dart, one.value)
        if number is None or not 0 < number <= _MAX_MS or "const" in one.code:
            return None
        name = one.dart.code.index(_OLD_INTERVAL, one.assignment.start)
        const = "const " if one.code[0].isdigit() else ""
        edits += (
            context.build_edit(name, name + len(_OLD_INTERVAL), _INTERVAL),
            context.build_edit(one.value.start, one.value.start, f"{const}Duration(milliseconds: "),
            context.build_edit(one.value.end, one.value.end, ")"),
        )
    return tuple(edits) or None


def fix_to_default(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit that replaces an interval of zero, which the SDK rejects, by the default.

    A long interval is deliberate and stays.
    """
    return _replace_zero(
        context, _INTERVAL, _is_zero_duration, f"const Duration(seconds: {_DEFAULT_S})"
    ) or (_replace_zero(context, _OLD_INTERVAL, _is_zero_number, str(_DEFAULT_S * 1000)))


def _replace_zero(
    context: FixContext, name: str, is_zero: Callable[[_OptionValue], bool], text: str
) -> tuple[TextEdit, ...] | None:
    places = list(_find_option_values(context, name))
    if not all(map(is_zero, places)):
        return None
    return tuple(context.build_edit(one.value.start, one.value.end, text) for one in places)


def _is_zero_duration(place: _OptionValue) -> bool:
    """Return whether it is a literal Duration of zero or less."""
    span = strip_const(place.dart, place.value)
    seconds = get_duration_seconds(place.dart, place.value)
    return is_duration_literal(place.dart, span) and seconds is not None and seconds <= 0


def _is_zero_number(place: _OptionValue) -> bool:
    return re.fullmatch(r"0+", place.code) is not None


def _find_option_values(context: FixContext, option: str) -> Iterator[_OptionValue]:
    for file in context.find_dart_files():
        for setting in find_option_assignments(file.dart, option):
            if file.dart.get_line(setting.start) == context.finding.line:
                yield _OptionValue(dart=file.dart, assignment=setting)


def fix_first_route_name(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edit that removes the name of the route `/`, if the app uses it nowhere else.

    Without a name go_router uses the path as the name, which the SDK expects.
    Source: flutter/packages, packages/go_router/lib/src/builder.dart
    """
    found = get_only(
        (file.dart, call)
        for file in context.find_dart_files()
        for call in find_calls(file.dart, GO_ROUTE)
        if "name" in call.named
        and file.dart.get_line(call.named["name"].start) == context.finding.line
        and get_literal_text(file.dart, call.named.get("path", call.around)) == "/"
    )
    if found is None:
        return None
    dart, call = found
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
    name = search_before(_NAME, dart.code, value.start, _MAX_ROUTE_DISTANCE)
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
