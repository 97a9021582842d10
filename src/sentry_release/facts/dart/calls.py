"""Calls in Dart code -> what is given to them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.expressions import trim_span
from sentry_release.facts.dart.source import DartSource

_SEPARATOR = re.compile(r"[,(\[{]")
_NAMED = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*:\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """
    A call as it is written.

    Attributes:
        start: Where its name begins.
        around: Its parentheses, both included.
        positional: Where the arguments without a name stand, in order.
        named: Where the values of the others stand.
    """

    start: int
    around: Span
    positional: tuple[Span, ...] = ()
    named: Mapping[str, Span] = field(default_factory=dict)


def find_calls(
    dart: DartSource, pattern: re.Pattern[str], within: Span | None = None
) -> Iterator[Call]:
    """
    The calls that a pattern finds in the code.

    Args:
        dart: The file.
        pattern: What matches up to the opening parenthesis, that included.
        within: Where to look; everywhere when None.
    """
    where = within or Span(start=0, end=len(dart.code))
    for found in pattern.finditer(dart.code, where.start, where.end):
        closing = dart.brackets.find_closing(found.end() - 1)
        if closing is not None:
            around = Span(start=found.end() - 1, end=closing + 1)
            yield _build_call(dart, found.start(), around)


def _build_call(dart: DartSource, start: int, around: Span) -> Call:
    positional, named = [], {}
    for argument in _split_arguments(dart, around):
        name = _NAMED.match(dart.code, argument.start, argument.end)
        if name:
            named[name["name"]] = trim_span(dart, name.end(), argument.end)
        elif argument.start < argument.end:
            positional.append(argument)
    return Call(start=start, around=around, positional=tuple(positional), named=named)


def _split_arguments(dart: DartSource, around: Span) -> Iterator[Span]:
    last, begun = around.end - 1, around.start + 1
    at = begun
    while mark := _SEPARATOR.search(dart.code, at, last):
        at = mark.end()
        if mark[0] == ",":
            yield _trim_argument(dart, begun, mark.start())
            begun = at
        elif (closing := dart.brackets.find_closing(mark.start())) is not None:
            at = closing + 1
    yield _trim_argument(dart, begun, last)


def _trim_argument(dart: DartSource, start: int, end: int) -> Span:
    """Without the blanks around it; parentheses stay, since they may be parameters."""
    code = dart.code[start:end]
    blanks = len(code) - len(code.lstrip())
    return Span(start=start + blanks, end=max(start + blanks, start + len(code.rstrip())))
