"""Find `SentryFlutter.init`, and the assignments and callbacks of its options."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice, takewhile

from sentry_release.dart.conditions import Reachability, find_reachability, holds_in_release
from sentry_release.dart.expressions import (
    Assignment,
    Call,
    find_assignments,
    find_calls,
    find_expression,
    get_code,
    get_identifier,
    resolve_constant,
    strip_const,
)
from sentry_release.dart.source import DartSource, Span, search_before

_INIT = re.compile(r"SentryFlutter\s*\.\s*init\s*\(")
_PARAMETER = re.compile(
    r"\(\s*+(?:(?:final|var)\s++)?(?:[A-Za-z_][\w.]*+\??\s++(?=[A-Za-z_$]))?"
    r"(?P<name>[A-Za-z_$][\w$]*+)\s*+(?:,\s*+)?\)"
)
_TYPE = re.compile(r"Sentry(?:Flutter)?Options")
_TYPED = re.compile(r"Sentry(?:Flutter)?Options\??\s+(?P<name>[A-Za-z_$][\w$]*)")
_OTHERWISE_TYPED = re.compile(
    r"(?<![\w$.])(?P<type>[A-Z][\w.]*+)(?:<[^;(){}]{0,80}>)?\??\s++(?P<name>options|opts|opt|o)\b"
)
_EXTENSION = re.compile(
    r"\bextension\s+(?:(?!on\b)[A-Za-z_$][\w$]*\s+)?on\s+Sentry(?:Flutter)?Options\s*\{"
)
_ITSELF = "this"
_MAX_INITS = 100  # per file; no app sets an option so often
_MAX_EXTENSIONS = 5
_USUAL = frozenset({"options", "opts", "opt", "o"})
_BODY = re.compile(r"\s*(?:async\s*)?(?P<opening>\{|=>)\s*")
_FIRST = re.compile(
    r"\(\s*(?:(?:final|covariant)\s+)?(?:[A-Za-z_][\w.]*\??\s+)?(?P<name>[A-Za-z_$][\w$]*)\s*[,)]"
)
_RETURN = re.compile(r"\breturn\b\s*")
_NOT_FUNCTIONS = {"if", "for", "while", "switch", "catch"}
_BEFORE = re.compile(r"(?<!\w)(?P<word>\w++)\s*+\Z")
_AFTER = re.compile(r"\)\s*(?:async\s*)?\Z")
_MAX_DISTANCE = 80  # characters before a bracket
_MAX_CALLBACKS = 200  # returns of one function


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryInit:
    """A `SentryFlutter.init(…)`, and the name of the options in its callback, if known."""

    call: Call
    parameter: str | None

    def contains(self, offset: int) -> bool:
        """Return whether an offset is between its parentheses."""
        return self.call.around.start < offset < self.call.around.end


def mentions_sentry(dart: DartSource) -> bool:
    """Return whether the file mentions the SDK; other files have `options` of other packages."""
    return "Sentry" in dart.code or "package:sentry" in dart.text


def find_sentry_inits(dart: DartSource) -> Iterator[SentryInit]:
    """Yield the calls of `SentryFlutter.init`."""
    for call in islice(find_calls(dart, _INIT), _MAX_INITS):
        yield SentryInit(call=call, parameter=_get_parameter_name(dart, call.positional))


def find_option_assignments(dart: DartSource, option: str) -> Iterator[Assignment]:
    """
    Yield the assignments to an option of the SDK.

    These are assignments to the parameter of the callback, to variables of the SDK's options
    type, to `options` without another declared type, and to the bare name in an extension of that
    type. Properties with the same name on other objects do not count.

    Args:
        dart: The file.
        option: The name of the option, or a pattern for several.
    """
    extensions = tuple(islice(_find_option_extensions(dart), _MAX_EXTENSIONS))
    found = list(islice(find_assignments(dart, option), _MAX_INITS))
    found += [
        one
        for body in extensions
        for one in islice(_find_bare_assignments(dart, option, body), _MAX_INITS)
    ]
    if not found or not mentions_sentry(dart):
        return
    names = _find_parameter_names(dart)
    within = tuple(find_sentry_inits(dart))
    for one in found:
        receiver = one.receiver
        if receiver is None:
            continue
        is_of_init = any(init.parameter == receiver and init.contains(one.start) for init in within)
        own = receiver == _ITSELF and any(body.start < one.start < body.end for body in extensions)
        if is_of_init or own or receiver in names or _TYPE.fullmatch(receiver):
            yield one


def find_option_names(dart: DartSource) -> frozenset[str]:
    """Return the names that mean the options of the SDK in this file."""
    parameters = (init.parameter for init in find_sentry_inits(dart))
    return _find_parameter_names(dart) | frozenset(filter(None, parameters))


def _find_option_extensions(dart: DartSource) -> Iterator[Span]:
    """Yield the bodies of extensions of the options, in which options are set by bare names."""
    # Searching for a word first is several times as fast, and this runs for every file.
    for found in _EXTENSION.finditer(dart.code) if "extension " in dart.code else ():
        closing = dart.brackets.find_closing(found.end() - 1)
        if closing is not None:
            yield Span(start=found.end(), end=closing)


def _find_bare_assignments(dart: DartSource, option: str, body: Span) -> Iterator[Assignment]:
    """Yield assignments such as `release = value;` that are not declarations."""
    statement = re.compile(rf"(?:[;{{}})]|=>)\s*+(?P<name>{option})\s*+=(?![=>])\s*+")
    for found in statement.finditer(dart.code, body.start, body.end):
        yield Assignment(
            receiver=_ITSELF,
            name=found["name"],
            start=found.start("name"),
            value=find_expression(dart, found.end()),
        )


def _find_parameter_names(dart: DartSource) -> frozenset[str]:
    typed = frozenset(found["name"] for found in _TYPED.finditer(dart.code))
    foreign = {
        found["name"]
        for found in _OTHERWISE_TYPED.finditer(dart.code)
        if not _TYPE.search(found["type"])
    }
    return typed | (_USUAL - foreign)


def _get_parameter_name(dart: DartSource, positional: tuple[Span, ...]) -> str | None:
    if not positional:
        return None
    found = _PARAMETER.match(dart.code, positional[0].start)
    return found["name"] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """
    A function that is assigned to an option.

    `start` is the offset of the assignment, `first` the name of the first parameter, `returns`
    the returned expressions, without those of nested functions.
    """

    start: int
    first: str | None
    body: Span
    returns: tuple[Span, ...]


def find_callbacks(dart: DartSource, option: str) -> Iterator[Callback]:
    """Yield the functions that are assigned to an option, if this file defines them."""
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


def find_declared_callback(dart: DartSource, name: str, start: int) -> Iterator[Callback]:
    """
    Yield the function of this name if the file declares it.

    Args:
        dart: The file.
        name: The name of the function or method.
        start: The offset of the assignment to the option.
    """
    parameters = _find_declaration(dart, name) if name in dart.code else None
    if parameters is not None:
        yield from _build_callback(dart, start, parameters)


def _find_declaration(dart: DartSource, name: str) -> int | None:
    """Return the offset of the opening parenthesis in the declaration of a function."""
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
    """Return whether an offset is in a nested function."""
    nested = takewhile(lambda pair: pair.start > body.start, dart.brackets.list_enclosing(at))
    return any(dart.code[one.start] == "{" and _is_function(dart, one.start) for one in nested)


def _is_function(dart: DartSource, opening: int) -> bool:
    parameters = _AFTER.search(dart.code, opening - _MAX_DISTANCE, opening)
    parenthesis = dart.brackets.find_opening(parameters.start()) if parameters else None
    if parenthesis is None:
        return False
    word = search_before(_BEFORE, dart.code, parenthesis, _MAX_DISTANCE)
    return word is None or word["word"] not in _NOT_FUNCTIONS


class OptionState(Enum):
    """The state of an option in a release build."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "a question of what happens at run time"


def find_option_state(dart: DartSource, setting: Assignment) -> OptionState:
    """
    Return the state of the option after this assignment.

    Disabled under a condition is unknown; disabled only in debug builds is on.
    """
    reached = find_reachability(dart, setting.start)
    if reached is Reachability.NEVER:
        return OptionState.ON
    code = get_code(dart, strip_const(dart, resolve_constant(dart, setting.value)))
    known = {"true": True, "false": False}.get(code)
    value = holds_in_release(code) if known is None else known
    if value is None:
        return OptionState.UNKNOWN
    if value:
        return OptionState.ON
    return OptionState.UNKNOWN if reached is Reachability.SOMETIMES else OptionState.OFF
