"""FD14: routes of a web app without a name, which start no session."""

import re
from collections.abc import Iterator

from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import Call, find_calls
from sentry_release.dart.expressions import find_expression
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.web import do_route_names_matter, get_web_severity
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

_ROUTING = (
    "https://docs.sentry.io/platforms/dart/guides/flutter/integrations/routing-instrumentation/"
)
UNNAMED_ROUTE = Rule(
    id="FD14",
    name="routes-without-name",
    severity=Severity.WARNING,
    title="Routes are opened without a name.",
    reason="In a browser a session starts with a navigation between named routes; navigation from "
    "or to an unnamed route starts none.",
    link=_ROUTING,
    fix="Name the route.",
    snippet="MaterialPageRoute<void>(\n  settings: const RouteSettings(name: '/cart'),\n"
    "  builder: (context) => const Cart(),\n)",
)
_ROUTE = re.compile(r"\bGoRoute\s*\(")
_PAGE_ROUTE = re.compile(r"(?<!class )\b(?:Material|Cupertino)PageRoute\b\s*(?:<[^;(){}]*>)?\s*\(")
_PAGE = re.compile(
    r"\b(?:Material|Cupertino|NoTransition|CustomTransition)Page\b\s*(?:<[^;(){}]*>)?\s*\("
)
_GIVES_PAGE = re.compile(
    r"\b(?:Material|Cupertino|NoTransition|CustomTransition)?Page\b(?:<[^;(){}]*>)?\??\s+"
    r"(?P<name>[A-Za-z_]\w*)\s*(?:<[^;(){}]*>)?\("
)
_ARROW = re.compile(r"\s*=>\s*")
_NAME = re.compile(r"[A-Za-z_]\w*")


def check_unnamed_routes(app: App) -> Iterator[Finding]:
    """Yield the first unnamed route of each file, with their number."""
    if not do_route_names_matter(app):
        return
    severity = get_web_severity(app)
    helpers = frozenset(name for file in app.dart for name in _find_page_helpers(file.dart))
    for file in app.dart:
        routes = [
            call for call in find_calls(file.dart, _PAGE_ROUTE) if "settings" not in call.named
        ]
        places = sorted(call.start for call in (*routes, *_find_unnamed_pages(file.dart, helpers)))
        if places:
            message = (
                f"{len(places)} routes in this file have no name."
                if len(places) > 1
                else "This route has no name."
            )
            line = file.dart.get_line(places[0])
            yield UNNAMED_ROUTE.build_finding(file.path, line, message, severity=severity)


def _find_unnamed_pages(dart: DartSource, helpers: frozenset[str]) -> Iterator[Call]:
    """Yield unnamed pages that the router's `pageBuilder` creates, directly or by a function."""
    builders = sorted(
        (*_find_page_builders(dart), *_find_bodies(dart, helpers)),
        key=lambda one: one.start,
        reverse=True,
    )
    end = 0  # the furthest end of the spans that have started
    for page in find_calls(dart, _PAGE):
        while builders and builders[-1].start <= page.start:
            end = max(end, builders.pop().end)
        if page.start < end and "name" not in page.named:
            yield page


def _find_page_builders(dart: DartSource) -> Iterator[Span]:
    for route in find_calls(dart, _ROUTE):
        if "pageBuilder" in route.named:
            yield route.named["pageBuilder"]


def _find_page_helpers(dart: DartSource) -> Iterator[str]:
    """Return the names in page builders, including functions that create the page."""
    for one in _find_page_builders(dart):
        yield from _NAME.findall(dart.code, one.start, one.end)


def _find_bodies(dart: DartSource, helpers: frozenset[str]) -> Iterator[Span]:
    """Yield the bodies of the functions with these names, if they return a page."""
    for found in _GIVES_PAGE.finditer(dart.code):
        closing = dart.brackets.find_closing(found.end() - 1)
        if found["name"] not in helpers or closing is None:
            continue
        arrow = _ARROW.match(dart.code, closing + 1)
        opening = dart.code.find("{", closing)
        end = dart.brackets.find_closing(opening) if opening >= 0 else None
        if arrow:
            yield find_expression(dart, arrow.end())
        elif end is not None:
            yield Span(start=opening, end=end)


CHECKS: tuple[tuple[Rule, Check], ...] = ((UNNAMED_ROUTE, check_unnamed_routes),)
