"""FD13, FD14, FD15: routes of a web app that start no session."""

import re
from collections.abc import Iterator

from sentry_release.dart.expressions import Call, find_calls, find_expression
from sentry_release.dart.source import DartSource, Span
from sentry_release.doctor.analysis.web import (
    GO_ROUTE,
    declares_observers,
    do_route_names_matter,
    find_first_auto_routes,
    find_route_name,
    find_typed_shells,
    get_web_severity,
    has_web_sessions,
)
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.flutter.pubspec import is_older
from sentry_release.model.finding import Finding, Rule, Severity

FIRST_ROUTE = Rule(
    id="FD13",
    name="first-route-renamed",
    severity=Severity.WARNING,
    title="The first route of the app is not named `/`.",
    reason="In a browser the first screen starts a session only if its route is named exactly "
    "`/`; users who see no other screen are not counted.",
    link="https://github.com/getsentry/sentry-dart/pull/2794",
    fix="Remove the name of the route with the path `/`, or give the observer a "
    "`routeNameExtractor` that returns `/` for it.",
    before="GoRoute(\n  path: '/',\n  name: 'home',\n"
    "  builder: (context, state) => const Home(),\n)",
    snippet="GoRoute(\n  path: '/',\n  builder: (context, state) => const Home(),\n)",
)
SHELL_OBSERVERS = Rule(
    id="FD15",
    name="shell-without-observer",
    severity=Severity.WARNING,
    title="The observer does not see navigation inside a shell route.",
    reason="A shell has its own navigator. The router's observers see its navigation only since "
    "go_router 17.0.0; with older versions it starts no session.",
    link="https://pub.dev/packages/go_router/changelog",
    fix="Update go_router to 17 or later, or add an observer to each shell.",
    before="ShellRoute(\n  routes: [...],\n)",
    snippet="ShellRoute(\n  observers: [SentryNavigatorObserver()],\n  routes: [...],\n)",
)
_OBSERVER = re.compile(r"\bSentryNavigatorObserver\b")
_APP = re.compile(
    r"\b(?:(?:(?:Get)?(?:Material|Cupertino)|Widgets)App(?:\s*\.\s*router)?|GoRouter)\s*\("
)
_SHELL = re.compile(r"\b(?:ShellRoute|StatefulShellBranch)\s*\(")
_FIRST_ROUTE = "/"
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
    before="MaterialPageRoute<void>(\n  builder: (context) => const Cart(),\n)",
    snippet="MaterialPageRoute<void>(\n  settings: const RouteSettings(name: '/cart'),\n"
    "  builder: (context) => const Cart(),\n)",
)
_PAGE_ROUTE = re.compile(
    r"(?<!class )\b(?:Material|Cupertino)PageRoute\b\s*+(?:<[^;(){}]{0,200}>\s*+)?\("
)
_PAGE = re.compile(
    r"\b(?:Material|Cupertino|NoTransition|CustomTransition)Page\b\s*+(?:<[^;(){}]{0,200}>\s*+)?\("
)
_GIVES_PAGE = re.compile(
    r"\b(?:Material|Cupertino|NoTransition|CustomTransition)?Page\b(?:<[^;(){}]{0,200}>)?\??\s++"
    r"(?P<name>[A-Za-z_]\w*+)\s*+(?:<[^;(){}]{0,200}>)?\("
)
_ARROW = re.compile(r"\s*=>\s*")
_NAME = re.compile(r"[A-Za-z_]\w*")


def check_first_route(app: App) -> Iterator[Finding]:
    """Yield other initial routes, and the route `/` under another name."""
    if not do_route_names_matter(app):
        return
    for file in app.dart:
        for call in find_calls(file.dart, _APP):
            for argument in ("initialRoute", "initialLocation"):
                name = find_route_name(app, file.dart, call, argument)
                if name and name != _FIRST_ROUTE and not _opens_root(file.dart, call, name):
                    message = f"`{argument}` is {name[:80]!r} instead of '/'."
                    yield _build_finding(
                        FIRST_ROUTE, app, file, call.named[argument].start, message
                    )
        for call in find_calls(file.dart, GO_ROUTE):
            name = find_route_name(app, file.dart, call, "name")
            if name and name != _FIRST_ROUTE and _is_first_screen(app, file.dart, call):
                message = f"The route with the path `/` is named {name[:80]!r}."
                yield _build_finding(FIRST_ROUTE, app, file, call.named["name"].start, message)
        for start, name in find_first_auto_routes(file.dart):
            message = f"auto_route names the first route {name!r}, after its class."
            yield _build_finding(FIRST_ROUTE, app, file, start, message)


def check_shell_observers(app: App) -> Iterator[Finding]:
    """Yield shells without observers in an app that only gives observers to the router."""
    if not has_web_sessions(app) or not is_older(app.go_router, "17.0.0"):
        return
    if not any(_OBSERVER.search(file.dart.code) for file in app.dart):
        return
    for file in app.dart:
        for call in find_calls(file.dart, _SHELL):
            if "observers" not in call.named:
                version = app.go_router.version if app.go_router else None
                message = f"go_router is {version}, and this shell has no observers."
                yield _build_finding(SHELL_OBSERVERS, app, file, call.start, message)
        for start, name in find_typed_shells(file.dart):
            if not _has_typed_observers(app, name):
                message = f"The shell {name} has no `$observers`."
                yield _build_finding(SHELL_OBSERVERS, app, file, start, message)


def _has_typed_observers(app: App, name: str) -> bool:
    return any(declares_observers(file.dart, name) for file in app.dart)


def _opens_root(dart: DartSource, app: Call, initial: str) -> bool:
    """
    Return whether the navigator opens `/` below the initial route, or may do so.

    It does for a name that begins with `/`, if there is such a route; GetX does not.
    Source: https://api.flutter.dev/flutter/widgets/Navigator/defaultGenerateInitialRoutes.html
    """
    if dart.code.startswith(("Get", "GoRouter"), app.start) or not initial.startswith(_FIRST_ROUTE):
        return False
    if {"home", "onGenerateRoute", "onGenerateInitialRoutes"} & app.named.keys():
        return True
    routes = app.named.get("routes")
    if routes is None or "{" in dart.code[routes.start : routes.end]:
        return routes is not None and _contains_text(dart, routes, _FIRST_ROUTE)
    return True


def _contains_text(dart: DartSource, span: Span, text: str) -> bool:
    return any(one.value == text and span.start < one.start < span.end for one in dart.literals)


def _is_first_screen(app: App, dart: DartSource, route: Call) -> bool:
    """Return whether it is the screen at `/`: without redirect or `pageBuilder`."""
    path = find_route_name(app, dart, route, "path")
    return path == _FIRST_ROUTE and not {"redirect", "pageBuilder"} & route.named.keys()


def _build_finding(rule: Rule, app: App, file: DartFile, offset: int, message: str) -> Finding:
    line = file.dart.get_line(offset)
    return rule.build_finding(file.path, line, message, severity=get_web_severity(app))


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
    for route in find_calls(dart, GO_ROUTE):
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
        end = dart.brackets.find_closing(opening)
        if arrow:
            yield find_expression(dart, arrow.end())
        elif end is not None:
            yield Span(start=opening, end=end)


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (FIRST_ROUTE, check_first_route),
    (SHELL_OBSERVERS, check_shell_observers),
    (UNNAMED_ROUTE, check_unnamed_routes),
)
