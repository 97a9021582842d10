"""Code of a Dart file -> its types, where the values of its constants begin, what is looked at."""

import re
from collections.abc import Mapping

_DECLARATION = re.compile(
    r"(?:const|final)(?<![\w$.]const)(?<![\w$.]final)\s++"
    r"(?:[A-Za-z_][\w.]*+(?:<[^;=(){}]{0,80}>)?\??\s++)?(?P<name>[A-Za-z_$][\w$]*+)\s*+=(?![=>])\s*+"
)
_TYPE = re.compile(r"(?:class|enum|mixin|extension)\s++(?P<name>[A-Za-z_$][\w$]*+)")
_LOOKED_AT = re.compile(r"\.\s*(?:isEmpty|isNotEmpty|length)\b|[!=]=")
_NAME_BEFORE = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*\Z")
_MAX_DISTANCE = 100  # characters before it


def find_constant_initializers(code: str) -> Mapping[str, int]:
    """
    Where the value of each `const` and `final` begins, be it of the file, a class or a function.

    A name that is declared twice means one thing here and another there: it is left out.
    """
    found: dict[str, int] = {}
    twice: set[str] = set()
    for declaration in _DECLARATION.finditer(code):
        name = declaration["name"]
        if name in found:
            twice.add(name)
        found[name] = declaration.end()
    return {name: start for name, start in found.items() if name not in twice}


def find_inspected_names(code: str) -> frozenset[str]:
    """The names that are compared with something, or asked whether they are empty."""
    found = (
        _NAME_BEFORE.search(code, max(0, one.start() - _MAX_DISTANCE), one.start())
        for one in _LOOKED_AT.finditer(code)
    )
    return frozenset(name["name"] for name in found if name)


def find_declared_types(code: str) -> frozenset[str]:
    """The names of its classes, enums, mixins and extensions."""
    return frozenset(found["name"] for found in _TYPE.finditer(code))
