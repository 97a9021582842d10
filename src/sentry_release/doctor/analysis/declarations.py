"""Looks up functions, their callers and values across the Dart files of an app."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sentry_release.dart.expressions import (
    Call,
    find_calls,
    find_expression,
    get_code,
    get_identifier,
)
from sentry_release.dart.source import DartSource, Span, search_before
from sentry_release.doctor.app import DartFile

_BODY = re.compile(r"\s*(?:async\*?\s*)?(?P<opening>\{|=>)\s*")
_NAME_BEFORE = re.compile(r"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+(?:<[^<>(){};]{0,80}>\s*+)?\Z")
_ARROW_BEFORE = re.compile(r"\)\s*(?:async\s*)?=>\s*(?:await\s+)?[^;{}]{0,200}\Z")
_HEAD_BEFORE = re.compile(r"\)\s*(?:async\*?\s*)?\Z")
_CALLED = re.compile(r"(?P<name>[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*)\s*\(\s*\)")
_NOT_FUNCTIONS = frozenset({"if", "for", "while", "switch", "catch"})
_NEAR = 300  # characters before a bracket
_MOST = 200  # places per file
_MOST_OF_ONE_NAME = 3  # functions per file: an ambiguous name is not followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or getter: the offset of its name, parameters (None for a getter) and body."""

    file: DartFile
    name: str
    start: int
    parameters: Span | None
    body: Span

    @property
    def is_arrow(self) -> bool:
        """Return whether the body is a single expression."""
        return not self.file.dart.code.startswith("{", self.body.start)


class Declarations:
    """The declarations of an app's files, by name."""

    def __init__(self, files: Sequence[DartFile]) -> None:
        """Keep the files; each lookup searches them."""
        self._files = files
        self._functions: dict[str, tuple[Function, ...]] = {}

    def find_functions(self, name: str) -> tuple[Function, ...]:
        """Return the functions, methods and getters with this name."""
        if name not in self._functions:
            self._functions[name] = tuple(
                one
                for file in self._files
                for one in islice(_list_functions(file, name), _MOST_OF_ONE_NAME)
            )
        return self._functions[name]

    def find_calls(self, name: str) -> Iterator[tuple[DartFile, Call]]:
        """Return the places that call a function of this name, on whatever object."""
        pattern = re.compile(rf"(?<![\w$]){re.escape(name)}\s*\(")
        for file in self._files:
            if name not in file.dart.code:
                continue
            for call in islice(find_calls(file.dart, pattern), _MOST):
                if _BODY.match(file.dart.code, call.around.end) is None:
                    yield file, call

    def is_torn_off(self, name: str) -> bool:
        """Return whether a function is passed on by its name, so that its callers are unknown."""
        pattern = re.compile(rf"(?<![\w$]){re.escape(name)}\b(?!\s*[(=:<])")
        return any(pattern.search(file.dart.code) for file in self._files if name in file.dart.code)

    def find_arguments(self, function: Function, parameter: str) -> Iterator[tuple[DartFile, Span]]:
        """Return the arguments of callers for a parameter, by name or by position."""
        if function.parameters is None:
            return
        index = _find_index(function, parameter)
        for file, call in self.find_calls(function.name):
            if parameter in call.named:
                yield file, call.named[parameter]
            elif index is not None and index < len(call.positional):
                yield file, call.positional[index]

    def find_literals(self, name: str) -> Iterator[str]:
        """
        Return the code of each value of a constant or field with this name.

        That is its declaration, named arguments of constructors, and its default value there.
        """
        field = re.compile(rf"\bfinal\s+bool\??\s+{re.escape(name)}\s*;")
        named = re.compile(rf"(?<![\w$?]){re.escape(name)}\s*:\s*")
        default = re.compile(rf"\bthis\.{re.escape(name)}\s*=\s*")
        files = [file for file in self._files if name in file.dart.code]
        is_field = any(field.search(file.dart.code) for file in files)
        for file in files:
            if name in file.dart.initializers:
                yield _find_value_at(file.dart, file.dart.initializers[name])
            for pattern in (named, default) if is_field else ():
                for found in islice(pattern.finditer(file.dart.code), _MOST):
                    yield _find_value_at(file.dart, found.end())


def find_enclosing_function(file: DartFile, offset: int) -> Function | None:
    """Return the nearest function with a name around a place; None at top level."""
    dart, inner = file.dart, offset
    for pair in dart.brackets.list_enclosing(offset):
        if dart.code[pair.start] == "{":
            if (found := _find_arrow_function(file, inner)) is not None:
                return found
            head = search_before(_HEAD_BEFORE, dart.code, pair.start, _NEAR)
            found = _find_function_at(
                file, head.start() if head else None, Span(start=pair.start, end=pair.end)
            )
            if found is not None:
                return found
        inner = pair.start
    return _find_arrow_function(file, inner)


def get_called_name(dart: DartSource, span: Span) -> str | None:
    """Return the last name of `a.b` or of `a.b()`; None for anything else."""
    name = get_identifier(dart, span)
    if name is None:
        code = get_code(dart, span).removeprefix("await ").strip()
        found = _CALLED.fullmatch(code)
        name = found["name"] if found else None
    return name.rpartition(".")[2].strip() if name else None


def has_parameter(function: Function, name: str) -> bool:
    """Return whether a function has a parameter of this name."""
    span = function.parameters
    if span is None:
        return False
    code = function.file.dart.code
    return (
        re.search(rf"(?<![\w$]){re.escape(name)}\s*(?=[,)=}}\]])", code[span.start : span.end])
        is not None
    )


def _find_arrow_function(file: DartFile, offset: int) -> Function | None:
    """Return the function `name(…) => …` whose expression contains a place; it has no braces."""
    code = file.dart.code
    arrow = search_before(_ARROW_BEFORE, code, offset, _NEAR)
    if arrow is None:
        return None
    begin = code.index("=>", arrow.start()) + 2
    return _find_function_at(file, arrow.start(), find_expression(file.dart, begin))


def _find_function_at(file: DartFile, closing: int | None, body: Span) -> Function | None:
    """Return the named function whose parameter list closes there; None if there is none."""
    dart = file.dart
    opening = dart.brackets.find_opening(closing) if closing is not None else None
    if closing is None or opening is None:
        return None
    name = search_before(_NAME_BEFORE, dart.code, opening, _NEAR)
    if name is None or name["name"] in _NOT_FUNCTIONS:
        return None
    parameters = Span(start=opening, end=closing + 1)
    return Function(
        file=file, name=name["name"], start=name.start(), parameters=parameters, body=body
    )


def _list_functions(file: DartFile, name: str) -> Iterator[Function]:
    dart = file.dart
    if name not in dart.code:
        return
    declared = re.compile(
        rf"(?<![\w$.])(?P<get>get\s+)?{re.escape(name)}\s*(?P<parameters>\()?(?=[\s(){{=]|$|async)"
    )
    for found in islice(declared.finditer(dart.code), _MOST):
        is_getter = found["get"] is not None and found["parameters"] is None
        opening = found.start("parameters")
        closing = dart.brackets.find_closing(opening) if found["parameters"] else None
        if not is_getter and closing is None:
            continue
        after = found.end() if closing is None else closing + 1
        body = _BODY.match(dart.code, after)
        if body is None:
            continue
        parameters = None if closing is None else Span(start=opening, end=closing + 1)
        yield Function(
            file=file,
            name=name,
            start=found.start(),
            parameters=parameters,
            body=_find_body(dart, body),
        )


def _find_body(dart: DartSource, found: re.Match[str]) -> Span:
    if found["opening"] == "=>":
        return find_expression(dart, found.end())
    opening = found.start("opening")
    return Span(start=opening, end=dart.brackets.find_closing(opening) or opening)


def _find_index(function: Function, parameter: str) -> int | None:
    """Return the index of a positional parameter; None for a named one."""
    dart, span = function.file.dart, function.parameters
    if span is None:
        return None
    head = next(find_calls(dart, re.compile(r"\("), span), None)
    for index, one in enumerate(head.positional if head else ()):
        code = get_code(dart, one)
        if not code.startswith(("{", "[")) and re.search(
            rf"(?<![\w$]){re.escape(parameter)}\Z", code
        ):
            return index
    return None


def _find_value_at(dart: DartSource, start: int) -> str:
    return " ".join(get_code(dart, find_expression(dart, start)).split())
