"""Which places in Dart code release builds reach, and which values a conditional expression has."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from sentry_release.dart.expressions import trim_span
from sentry_release.dart.source import DartSource, Span, search_before

_TRUE, _FALSE, _OPEN = "\x01", "\x02", "\x03"
_MODES = {"kReleaseMode": _TRUE, "kDebugMode": _FALSE, "kProfileMode": _FALSE}
_MODE = re.compile(
    r"(?<![\w$])(?:foundation\.)?(?P<mode>k(?:Release|Debug|Profile)Mode)(?![\w$.(\[])"
)
_CALL = re.compile(r"[\w$\]'\"\x01-\x03]\??\([^()]*\)")
_OPERAND = re.compile(r"[^()!&|\x01-\x03]+")
_SEVERAL = re.compile(r"[\x01-\x03]{2,}")
_NOT = re.compile(r"!([\x01-\x03])")
_GROUP = re.compile(r"\(([\x01-\x03])\)")
_AND = re.compile(r"([\x01-\x03])&&([\x01-\x03])")
_OR = re.compile(r"(?<!&)([\x01-\x03])\|\|([\x01-\x03])(?!&&)")
_OPPOSITE = {_TRUE: _FALSE, _FALSE: _TRUE, _OPEN: _OPEN}
_MAX_LENGTH = 400  # characters of a condition
_KNOWN_VALUES: dict[str, bool | None] = {_TRUE: True, _FALSE: False}
# The operators of `a ? b : c`: a question mark that is not `?.`, `?[` or `??`, and a colon.
_MARK = re.compile(r"(?P<choice>(?<!\?)\?(?![?.\[]))|(?P<otherwise>:)|[(\[{]")
_SWITCH = re.compile(r"switch\s*\(")
_ARM = re.compile(r"(?P<arrow>=>)|(?P<ends>,)|[(\[{]")
_BODY = re.compile(r"\s*\{")
_MAX_DEPTH = 10  # choices within each other
_MAX_VALUE_LENGTH = 4000  # characters of an expression
_IF = re.compile(r"\s*if\s*\(")
_ELSE = re.compile(r"\s*else\b")
_WORD = re.compile(r"(?<!\w)(?P<word>[A-Za-z_]\w*+)\s*+\Z")
_ELSE_BEFORE = re.compile(r"\belse\s*\Z")
_CHOICE = re.compile(r"\s\?\s|\b(?:switch|catch)\s*\(")
_LABEL = re.compile(r"\s*(?:case\b|default\s*:|on\s+[A-Za-z_])")
_MAX_DISTANCE = 80  # characters, for the word before a bracket
_MAX_STEPS = 20_000  # characters of one statement
_MAX_CHAIN = 50  # of else if


def holds_in_release(condition: str) -> bool | None:
    """
    Return whether a condition holds in a release build; None if it depends on anything else.

    Only Flutter's constants are evaluated, and `!`, `&&` and `||` between them and unknown values.

    Source: https://api.flutter.dev/flutter/foundation/kReleaseMode-constant.html
    """
    if len(condition) > _MAX_LENGTH:
        return None
    text = "".join(condition.split()).replace("!=", "==")
    text = _MODE.sub(lambda found: _MODES[found["mode"]], text)
    return _KNOWN_VALUES.get(_simplify_until_stable(_replace_operands(text)))


def _replace_operands(text: str) -> str:
    """Replace each unknown operand with one character."""
    before = ""
    while before != text:
        before, text = text, _CALL.sub(_OPEN, text)
    return _SEVERAL.sub(_OPEN, _OPERAND.sub(_OPEN, text))


def _simplify_until_stable(text: str) -> str:
    for _ in range(_MAX_LENGTH):
        before = text
        text = _NOT.sub(lambda found: _OPPOSITE[found[1]], text)
        text = _GROUP.sub(r"\1", text)
        text = _AND.sub(lambda found: _combine_and(found[1], found[2]), text)
        text = (
            text if text != before else _OR.sub(lambda found: _combine_or(found[1], found[2]), text)
        )
        if text == before:
            return text
    return text


def _combine_and(one: str, other: str) -> str:
    if _FALSE in {one, other}:
        return _FALSE
    return _OPEN if _OPEN in {one, other} else _TRUE


def _combine_or(one: str, other: str) -> str:
    if _TRUE in {one, other}:
        return _TRUE
    return _OPEN if _OPEN in {one, other} else _FALSE


class Reachability(Enum):
    """Whether a release build reaches a place, as far as the source shows."""

    ALWAYS = "always"
    IN_RELEASE = "in release builds alone"
    SOMETIMES = "sometimes"
    NEVER = "in no release build"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition around a place, and whether it is in the `else`; no span for a `switch`."""

    condition: Span | None
    negated: bool = False
    in_release: bool | None = None


def find_reachability(dart: DartSource, offset: int) -> Reachability:
    """
    Return whether a release build reaches a place, by the conditions around it in this file.

    Callers of the enclosing function and earlier returns are not considered.
    """
    return combine_guards(find_enclosing_guards(dart, offset))


def combine_guards(conditions: Iterable[Guard]) -> Reachability:
    """Return the reachability if all of these conditions must hold."""
    possible = {guard.in_release for guard in conditions}
    if False in possible:
        return Reachability.NEVER
    if None in possible:
        return Reachability.SOMETIMES
    return Reachability.IN_RELEASE if possible else Reachability.ALWAYS


def find_enclosing_guards(dart: DartSource, offset: int) -> Iterator[Guard]:
    """Yield the conditions around a place, the innermost first; those of `else` are negated."""
    inner = offset
    for pair in dart.brackets.list_enclosing(offset):
        bracket = dart.code[pair.start]
        if bracket == "{":
            yield from _find_statement_guards(dart, pair.start + 1, inner)
        elif bracket == "(" and _find_word_before(dart, pair.start) == "assert":
            yield Guard(condition=None, in_release=False)
        inner = pair.start


def _find_statement_guards(dart: DartSource, lowest: int, at: int) -> Iterator[Guard]:
    """Yield the guards before it in the same statement, such as `else if (condition)`."""
    start = _find_statement_start(dart, lowest, at)
    otherwise = _ELSE.match(dart.code, start, at)
    if otherwise:
        yield from _find_else_guards(dart, start)
        start = otherwise.end()
    while condition := _IF.match(dart.code, start, at):
        closing = dart.brackets.find_closing(condition.end() - 1)
        if closing is None or closing >= at:
            return
        yield _build_guard(dart, Span(start=condition.end(), end=closing))
        start = closing + 1
    if _CHOICE.search(dart.code, start, at) or _LABEL.match(dart.code, start, at):
        yield Guard(condition=None)


def _find_else_guards(dart: DartSource, at: int) -> Iterator[Guard]:
    """Yield the false conditions of the `if` chain that an `else` belongs to."""
    for _ in range(_MAX_CHAIN):
        condition = _find_condition_before(dart, at)
        if condition is None:
            yield Guard(condition=None)
            return
        yield _build_guard(dart, condition, negated=True)
        word = dart.code.rfind("if", 0, condition.start)
        found = search_before(_ELSE_BEFORE, dart.code, word, _MAX_DISTANCE)
        if found is None:
            return
        at = found.start()


def _find_condition_before(dart: DartSource, at: int) -> Span | None:
    """Return the condition of the `if` whose branch ends before an `else`."""
    end = _skip_blanks_back(dart, at)
    if dart.code[end - 1 : end] == "}":
        opening = dart.brackets.find_opening(end - 1)
        return None if opening is None else _find_block_condition(dart, opening)
    start = _find_statement_start(dart, 0, end - 1)
    condition = _IF.match(dart.code, start)
    closing = dart.brackets.find_closing(condition.end() - 1) if condition else None
    return Span(start=condition.end(), end=closing) if condition and closing else None


def _find_block_condition(dart: DartSource, opening: int) -> Span | None:
    end = _skip_blanks_back(dart, opening)
    parenthesis = dart.brackets.find_opening(end - 1)
    if parenthesis is None or _find_word_before(dart, parenthesis) != "if":
        return None
    return Span(start=parenthesis + 1, end=end - 1)


def _find_statement_start(dart: DartSource, lowest: int, at: int) -> int:
    """Return the offset after the semicolon or brace that ends the previous statement."""
    lowest = max(lowest, at - _MAX_STEPS)
    while at > lowest:
        character = dart.code[at - 1]
        if character in ")]}":
            opening = dart.brackets.find_opening(at - 1)
            in_text = opening is not None and dart.code[opening - 1 : opening] == "$"
            if opening is None or (character == "}" and not in_text):
                return at
            at = opening
        elif character in ";{":
            return at
        else:
            at -= 1
    return at


def _skip_blanks_back(dart: DartSource, at: int) -> int:
    lowest = max(0, at - _MAX_STEPS)
    return lowest + len(dart.code[lowest:at].rstrip())


def _find_word_before(dart: DartSource, at: int) -> str | None:
    found = search_before(_WORD, dart.code, at, _MAX_DISTANCE)
    return found["word"] if found else None


def _build_guard(dart: DartSource, condition: Span, *, negated: bool = False) -> Guard:
    holds = holds_in_release(dart.code[condition.start : condition.end])
    if negated and holds is not None:
        holds = not holds
    return Guard(condition=condition, negated=negated, in_release=holds)


def find_possible_values(dart: DartSource, span: Span, *, depth: int = 0) -> tuple[Span, ...]:
    """
    Return the branches of `a ? b : c` or `switch (a) { … }`, else the expression itself.

    Branches that no release build reaches are omitted.
    Source: https://dart.dev/language/branches#switch-expressions
    """
    is_readable = depth < _MAX_DEPTH and span.end - span.start <= _MAX_VALUE_LENGTH
    branches = _split_switch(dart, span) or _split_conditional(dart, span) if is_readable else ()
    if not branches:
        return (span,)
    return tuple(
        one for branch in branches for one in find_possible_values(dart, branch, depth=depth + 1)
    )


def _split_conditional(dart: DartSource, span: Span) -> tuple[Span, ...]:
    marks = list(_find_outside_brackets(dart, _MARK, span.start, span.end))
    if not marks or not marks[0]["choice"]:
        return ()
    open_ = 0
    for mark in marks:
        open_ += 1 if mark["choice"] else -1
        if open_ == 0:
            holds = holds_in_release(dart.code[span.start : marks[0].start()])
            then = trim_span(dart, marks[0].end(), mark.start())
            otherwise = trim_span(dart, mark.end(), span.end)
            return {True: (then,), False: (otherwise,), None: (then, otherwise)}[holds]
    return ()


def _split_switch(dart: DartSource, span: Span) -> tuple[Span, ...]:
    found = _SWITCH.match(dart.code, span.start, span.end)
    closing = dart.brackets.find_closing(found.end() - 1) if found else None
    body = _BODY.match(dart.code, closing + 1, span.end) if closing is not None else None
    end = dart.brackets.find_closing(body.end() - 1) if body else None
    if body is None or end is None or end != span.end - 1:
        return ()
    return tuple(_list_arms(dart, body.end(), end))


def _list_arms(dart: DartSource, start: int, end: int) -> Iterator[Span]:
    value: int | None = None
    for mark in _find_outside_brackets(dart, _ARM, start, end):
        if mark["arrow"] and value is None:
            value = mark.end()
        elif mark["ends"] and value is not None:
            yield trim_span(dart, value, mark.start())
            value = None
    if value is not None:
        yield trim_span(dart, value, end)


def _find_outside_brackets(
    dart: DartSource, pattern: re.Pattern[str], start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield the matches outside brackets; the pattern must match the opening brackets too."""
    at = start
    while mark := pattern.search(dart.code, at, end):
        closing = dart.brackets.find_closing(mark.start()) if mark[0] in "([{" else None
        at = mark.end() if closing is None else closing
        if mark.lastgroup:
            yield mark
