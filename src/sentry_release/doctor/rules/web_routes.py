"""FD13, FD15: routes of a web app that start no session, by their name or without an observer."""

import re
from collections.abc import Iterator

from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import Call, find_calls
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.dependencies import is_older
from sentry_release.doctor.analysis.generated_routes import (
    declares_observers,
    find_first_auto_routes,
    find_typed_shells,
)
from sentry_release.doctor.analysis.web import (
    do_route_names_matter,
    find_route_name,
    get_web_severity,
    has_web_sessions,
)
from sentry_release.doctor.app import App, Check, DartFile
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
    snippet="ShellRoute(\n  observers: [SentryNavigatorObserver()],\n  routes: [...],\n)",
)
_OBSERVER = re.compile(r"\bSentryNavigatorObserver\b")
_APP = re.compile(
    r"\b(?:(?:(?:Get)?(?:Material|Cupertino)|Widgets)App(?:\s*\.\s*router)?|GoRouter)\s*\("
)
_ROUTE = re.compile(r"\bGoRoute\s*\(")
_SHELL = re.compile(r"\b(?:ShellRoute|StatefulShellBranch)\s*\(")
_FIRST_ROUTE = "/"


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
        for call in find_calls(file.dart, _ROUTE):
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


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (FIRST_ROUTE, check_first_route),
    (SHELL_OBSERVERS, check_shell_observers),
)
