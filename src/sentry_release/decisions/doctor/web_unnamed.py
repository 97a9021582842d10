"""FD14: routes of a web app that have no name, and so start no session."""

import re
from collections.abc import Iterator

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import Call, calls
from sentry_release.facts.dart.expressions import expression
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.facts.doctor.web import are_names_counted, severity_on_web
from sentry_release.words.finding import Finding, Rule, Severity

_ROUTING = (
    "https://docs.sentry.io/platforms/dart/guides/flutter/integrations/routing-instrumentation/"
)
UNNAMED = Rule(
    id="FD14",
    name="routes-without-name",
    severity=Severity.WARNING,
    title="Routes are opened without a name.",
    why="In a browser a session starts with a navigation between routes that have names; from and "
    "to one without there is none.",
    link=_ROUTING,
    mend="Name the route.",
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


def unnamed(subject: Subject) -> Iterator[Finding]:
    """The first of the routes without a name in each file, and how many there are."""
    if not are_names_counted(subject):
        return
    severity = severity_on_web(subject)
    helpers = frozenset(name for file in subject.dart for name in _called_for_pages(file.dart))
    for file in subject.dart:
        routes = [call for call in calls(file.dart, _PAGE_ROUTE) if "settings" not in call.named]
        places = sorted(call.start for call in (*routes, *_unnamed_pages(file.dart, helpers)))
        if places:
            what = (
                f"{len(places)} routes in this file have no name."
                if len(places) > 1
                else "This route has no name."
            )
            line = file.dart.line_of(places[0])
            yield UNNAMED.at(file.path, line, what, severity=severity)


def _unnamed_pages(dart: Dart, helpers: frozenset[str]) -> Iterator[Call]:
    """Pages without a name that the router's `pageBuilder` makes, itself or by a function."""
    builders = sorted(
        (*_page_builders(dart), *_bodies(dart, helpers)), key=lambda one: one.start, reverse=True
    )
    end = 0  # of what reaches furthest among those that have begun
    for page in calls(dart, _PAGE):
        while builders and builders[-1].start <= page.start:
            end = max(end, builders.pop().end)
        if page.start < end and "name" not in page.named:
            yield page


def _page_builders(dart: Dart) -> Iterator[Span]:
    for route in calls(dart, _ROUTE):
        if "pageBuilder" in route.named:
            yield route.named["pageBuilder"]


def _called_for_pages(dart: Dart) -> Iterator[str]:
    """The names in what builds pages, among them those of functions that make the page."""
    for one in _page_builders(dart):
        yield from _NAME.findall(dart.code, one.start, one.end)


def _bodies(dart: Dart, helpers: frozenset[str]) -> Iterator[Span]:
    """What the functions of these names do, where they give a page."""
    for found in _GIVES_PAGE.finditer(dart.code):
        closing = dart.brackets.closing(found.end() - 1)
        if found["name"] not in helpers or closing is None:
            continue
        arrow = _ARROW.match(dart.code, closing + 1)
        opening = dart.code.find("{", closing)
        end = dart.brackets.closing(opening) if opening >= 0 else None
        if arrow:
            yield expression(dart, arrow.end())
        elif end is not None:
            yield Span(start=opening, end=end)


CHECKS: tuple[tuple[Rule, Check], ...] = ((UNNAMED, unnamed),)
