"""Code of a Dart file -> where the values of its constants begin."""

import re
from collections.abc import Mapping

_DECLARATION = re.compile(
    r"(?:const|final)(?<![\w$.]const)(?<![\w$.]final)\s++"
    r"(?:[A-Za-z_][\w.]*+(?:<[^;=(){}]*>)?\??\s++)?(?P<name>[A-Za-z_$][\w$]*+)\s*+=(?![=>])\s*+"
)


def initialisers(code: str) -> Mapping[str, int]:
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
