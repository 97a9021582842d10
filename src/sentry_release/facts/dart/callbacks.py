"""Functions that Dart code gives to an option -> their parameters and what they return."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.expressions import find_expression, get_identifier
from sentry_release.facts.dart.options import find_option_assignments
from sentry_release.facts.dart.source import DartSource

_BODY = re.compile(r"\s*(?:async\s*)?(?P<opening>\{|=>)\s*")
_FIRST = re.compile(
    r"\(\s*(?:(?:final|covariant)\s+)?(?:[A-Za-z_][\w.]*\??\s+)?(?P<name>[A-Za-z_$][\w$]*)\s*[,)]"
)
_RETURN = re.compile(r"\breturn\b\s*")
_NOT_FUNCTIONS = {"if", "for", "while", "switch", "catch"}
_BEFORE = re.compile(r"(?P<word>\w*)\s*\Z")
_AFTER = re.compile(r"\)\s*(?:async\s*)?\Z")
_MAX_DISTANCE = 80  # characters before a bracket
_MAX_CALLBACKS = 200  # returns of one function


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """
    A function that is given to an option.

    `start` is where the option is set; `first` the name of the first parameter; `returns` are
    the expressions that it gives back, those of functions inside of it not counted.
    """

    start: int
    first: str | None
    body: Span
    returns: tuple[Span, ...]


def find_callbacks(dart: DartSource, option: str) -> Iterator[Callback]:
    """The functions that an option is set to, if they are written in this file."""
    declared: dict[str, int | None] = {}
    for setting in find_option_assignments(dart, option):
        start, name = setting.value.start, get_identifier(dart, setting.value)
        if name is not None:
            last = name.rpartition(".")[2]
            if last not in declared:
                declared[last] = _find_declaration(dart, last)
            parameters = declared[last]
        else:
            parameters = start if dart.code[start : start + 1] == "(" else None
        if parameters is not None:
            yield from _build_callback(dart, setting.start, parameters)


def declared_callback(dart: DartSource, name: str, start: int) -> Iterator[Callback]:
    """
    Return the function that a file declares by this name, if it does.

    Args:
        dart: The file.
        name: Of the function or method.
        start: Where the option is set that it is given to.
    """
    parameters = _find_declaration(dart, name) if name in dart.code else None
    if parameters is not None:
        yield from _build_callback(dart, start, parameters)


def _find_declaration(dart: DartSource, name: str) -> int | None:
    """Where the parentheses open behind the name of a function that this file declares."""
    for found in re.finditer(rf"(?<![\w$.]){re.escape(name)}\s*\(", dart.code):
        closing = dart.brackets.find_closing(found.end() - 1)
        if closing is not None and _BODY.match(dart.code, closing + 1):
            return found.end() - 1
    return None


def _build_callback(dart: DartSource, start: int, parameters: int) -> Iterator[Callback]:
    closing = dart.brackets.find_closing(parameters)
    body = _BODY.match(dart.code, closing + 1) if closing is not None else None
    if body is None:
        return
    first = _FIRST.match(dart.code, parameters)
    if body["opening"] == "=>":
        span = find_expression(dart, body.end())
        returns: tuple[Span, ...] = (span,)
    else:
        opening = body.start("opening")
        span = Span(start=opening, end=(dart.brackets.find_closing(opening) or opening) + 1)
        returns = tuple(_find_returns(dart, span))
    name = first["name"] if first else None
    yield Callback(start=start, first=name, body=span, returns=returns)


def _find_returns(dart: DartSource, body: Span) -> Iterator[Span]:
    for number, found in enumerate(_RETURN.finditer(dart.code, body.start, body.end)):
        if number >= _MAX_CALLBACKS:
            return
        if not _belongs_to_inner_function(dart, body, found.start()):
            yield find_expression(dart, found.end())


def _belongs_to_inner_function(dart: DartSource, body: Span, at: int) -> bool:
    """Whether a place in a function belongs to a function inside of it."""
    for pair in dart.brackets.list_enclosing(at):
        if pair.start <= body.start:
            return False
        if dart.code[pair.start] == "{" and _is_function(dart, pair.start):
            return True
    return False


def _is_function(dart: DartSource, opening: int) -> bool:
    lowest = max(0, opening - _MAX_DISTANCE)
    parameters = _AFTER.search(dart.code, lowest, opening)
    parenthesis = dart.brackets.find_opening(parameters.start()) if parameters else None
    if parenthesis is None:
        return False
    word = _BEFORE.search(dart.code, max(0, parenthesis - _MAX_DISTANCE), parenthesis)
    return word is None or word["word"] not in _NOT_FUNCTIONS
