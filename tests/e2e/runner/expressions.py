"""Expressions of workflows -> their values: literals, contexts, comparisons, && || !, calls."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Contexts = Mapping[str, Any]  # whatever JSON holds
Functions = Mapping[str, Callable[..., object]]

_TOKEN = re.compile(
    r"'(?:[^']|'')*'"  # a string; a quote in it is doubled
    r"|[\w-]+(?:\.[\w-]+|\['[^']*'\])*"  # a number, a name, or a way through a context
    r"|&&|\|\||[!=]=|[!(),]|\S"
)
_LITERALS = {"true": True, "false": False, "null": None}


def evaluate(source: str, contexts: Contexts, functions: Functions | None = None) -> object:
    """
    The value of an expression.

    Raises:
        ValueError: It names a context that is not there, or is no expression.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
    """
    parser = _Parser(_TOKEN.findall(source), contexts, functions or {})
    value = parser.either()
    if parser.tokens:
        raise ValueError(f"Unexpected symbol: '{parser.tokens[0]}'")
    return value


def interpolate(template: object, contexts: Contexts) -> str:
    """A value of the workflow with each `${{ … }}` in it replaced."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda hit: text(evaluate(hit[1], contexts)), text(template))


def text(value: object) -> str:
    """How a value reads once it is a string."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Parser:
    """Eats tokens from the left; one method for each level of binding, the loosest first."""

    def __init__(self, tokens: list[str], contexts: Contexts, functions: Functions) -> None:
        self.tokens, self.contexts, self.functions = tokens, contexts, functions

    def either(self) -> object:
        value = self.both()
        while self.accept("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> object:
        value = self.compared()
        while self.accept("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> object:
        value = self.single()
        while self.tokens and self.tokens[0] in {"==", "!="}:
            expected = self.tokens.pop(0) == "=="
            value = _same(value, self.single()) is expected
        return value

    def single(self) -> object:
        if self.accept("!"):
            return not self.single()
        if self.accept("("):
            value = self.either()
            self.expect(")")
            return value
        if not self.tokens:
            raise ValueError("Unexpected end of expression")
        token = self.tokens.pop(0)
        return self.called(token) if self.accept("(") else self.named(token)

    def called(self, name: str) -> object:
        arguments = []
        while not self.accept(")"):
            arguments.append(self.either())
            if self.tokens[:1] != [")"]:
                self.expect(",")
        if name.lower() not in self.functions:
            raise ValueError(f"Unrecognized function: '{name}'")
        return self.functions[name.lower()](*arguments)

    def named(self, token: str) -> object:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        if token in _LITERALS:
            return _LITERALS[token]
        first, *keys = re.findall(r"[\w-]+", token)
        if first not in self.contexts:
            raise ValueError(f"Unrecognized named-value: '{first}'")
        value: object = self.contexts[first]
        for key in keys:
            value = _property(value, key)
        return value

    def accept(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise ValueError(f"Unexpected symbol: '{''.join(self.tokens[:1])}', not '{token}'")


def _property(value: object, key: str) -> object:
    """Properties are found whatever their case, and what is missing is null."""
    if not isinstance(value, Mapping):
        return None
    return next((found for name, found in value.items() if name.lower() == key.lower()), None)


def _same(left: object, right: object) -> bool:
    """Strings are compared without case, values of unlike types as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


def _number(value: object) -> float:
    try:
        return float(str(value if value is not True else 1) if value else 0)
    except ValueError:
        return math.nan
