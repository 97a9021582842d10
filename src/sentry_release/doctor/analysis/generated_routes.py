"""Routes that a generator writes, of auto_route and go_router_builder -> their names and observers."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.calls import find_calls
from sentry_release.dart.expressions import get_code, get_literal_text
from sentry_release.dart.source import DartSource

_AUTO_ROUTER = re.compile(r"\bextends\s+(?:RootStackRouter|_?\$\w+)\b|@AutoRouterConfig\b")
_AUTO_ROUTE = re.compile(
    r"\b(?:Auto|Material|Cupertino|Adaptive|Custom)Route\s*(?:<[^;(){}]{0,80}>)?\s*\("
)
_PAGE = re.compile(r"(?P<name>\w+)\s*\.\s*page")
_TYPED_SHELL = re.compile(
    r"@Typed(?:StatefulShellBranch|ShellRoute)\s*<\s*(?P<name>\w+)\s*>|"
    r"\bTyped(?:StatefulShellBranch|ShellRoute)\s*<\s*(?P<inner>\w+)\s*>"
)
_NEAR = 120  # characters before a bracket
_MOST = 100  # of one file


def find_first_auto_routes(dart: DartSource) -> Iterator[tuple[int, str]]:
    """
    Return where auto_route's first route is declared, and the name that it gets: never `/`.

    Source: https://pub.dev/packages/auto_route
    """
    if "AutoRoute" not in dart.code or not _AUTO_ROUTER.search(dart.code):
        return
    for call in islice(find_calls(dart, _AUTO_ROUTE), _MOST):
        page = call.named.get("page")
        found = _PAGE.fullmatch(get_code(dart, page)) if page else None
        path, initial = call.named.get("path"), call.named.get("initial")
        is_first = (path is not None and get_literal_text(dart, path) == "/") or (
            initial is not None and get_code(dart, initial) == "true"
        )
        if found and is_first and not _is_nested(dart, call.start):
            yield call.start, found["name"]


def find_typed_shells(dart: DartSource) -> Iterator[tuple[int, str]]:
    """
    Return where go_router_builder's shells are declared, and the classes of their data.

    Source: https://pub.dev/documentation/go_router_builder/latest/topics/Shell%20routes-topic.html
    """
    if "Shell" not in dart.code:
        return
    for found in islice(_TYPED_SHELL.finditer(dart.code), _MOST):
        yield found.start(), found["name"] or found["inner"]


def declares_observers(dart: DartSource, name: str) -> bool:
    """Return whether a class of shell data has observers of its own, as a static `$observers`."""
    found = (
        re.search(rf"\bclass\s+{re.escape(name)}\b[^{{}}]{{0,300}}", dart.code)
        if name in dart.code
        else None
    )
    closing = dart.brackets.find_closing(found.end()) if found else None
    return bool(found and closing and re.search(r"\$observers\b", dart.code[found.end() : closing]))


def _is_nested(dart: DartSource, offset: int) -> bool:
    """Whether a route stands among the children of another one."""
    return any(
        found.end() == pair.start + 1
        for pair in dart.brackets.list_enclosing(offset)
        if dart.code[pair.start] == "("
        for found in _AUTO_ROUTE.finditer(dart.code, max(0, pair.start - _NEAR), pair.start + 1)
    )
