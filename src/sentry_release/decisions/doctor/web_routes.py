"""FD13, FD15: routes of a web app whose names start no session, or that no observer sees."""

import re
from collections.abc import Iterator

from sentry_release.doctor.analysis.generated_routes import (
    declares_observers,
    find_first_auto_routes,
    find_typed_shells,
)
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import Call, calls
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.route_names import text_of
from sentry_release.facts.doctor.subject import Check, DartFile, Subject
from sentry_release.facts.doctor.versions import is_older
from sentry_release.facts.doctor.web import are_names_counted, has_web_sessions, severity_on_web
from sentry_release.words.finding import Finding, Rule, Severity

FIRST = Rule(
    id="FD13",
    name="first-route-renamed",
    severity=Severity.WARNING,
    title="The first route of the app is not named `/`.",
    why="In a browser the first screen starts a session only when its route is named exactly `/`; "
    "who looks at that screen alone is not counted.",
    link="https://github.com/getsentry/sentry-dart/pull/2794",
    mend="Let the route with the path `/` have no other name, or give the observer a "
    "`routeNameExtractor` that names it so.",
    snippet="GoRoute(\n  path: '/',\n  builder: (context, state) => const Home(),\n)",
)
SHELLS = Rule(
    id="FD15",
    name="shell-without-observer",
    severity=Severity.WARNING,
    title="The observer does not see what happens inside a shell route.",
    why="A shell has a navigator of its own, whose navigation the router's observers see only "
    "since go_router 17.0.0; before, it starts no session.",
    link="https://pub.dev/packages/go_router/changelog",
    mend="Update go_router to 17 or later, or give each shell an observer of its own.",
    snippet="ShellRoute(\n  observers: [SentryNavigatorObserver()],\n  routes: [...],\n)",
)
_OBSERVER = re.compile(r"\bSentryNavigatorObserver\b")
_APP = re.compile(
    r"\b(?:(?:(?:Get)?(?:Material|Cupertino)|Widgets)App(?:\s*\.\s*router)?|GoRouter)\s*\("
)
_ROUTE = re.compile(r"\bGoRoute\s*\(")
_SHELL = re.compile(r"\b(?:ShellRoute|StatefulShellBranch)\s*\(")
_FIRST_ROUTE = "/"


def first(subject: Subject) -> Iterator[Finding]:
    """Apps and routers that begin elsewhere, and the route `/` under another name."""
    if not are_names_counted(subject):
        return
    for file in subject.dart:
        for call in calls(file.dart, _APP):
            for argument in ("initialRoute", "initialLocation"):
                name = text_of(subject, file.dart, call, argument)
                if name and name != _FIRST_ROUTE and not _opens_root(file.dart, call, name):
                    what = f"`{argument}` is {name[:80]!r}."
                    yield _at(FIRST, subject, file, call.named[argument].start, what)
        for call in calls(file.dart, _ROUTE):
            name = text_of(subject, file.dart, call, "name")
            if name and name != _FIRST_ROUTE and _is_shown_first(subject, file.dart, call):
                what = f"The route with the path `/` is named {name[:80]!r}."
                yield _at(FIRST, subject, file, call.named["name"].start, what)
        for start, name in find_first_auto_routes(file.dart):
            what = f"auto_route names the first route {name!r}, after its class."
            yield _at(FIRST, subject, file, start, what)


def shells(subject: Subject) -> Iterator[Finding]:
    """Shells without observers, in an app whose only observers are the router's."""
    if not has_web_sessions(subject) or not is_older(subject.go_router, "17.0.0"):
        return
    if not any(_OBSERVER.search(file.dart.code) for file in subject.dart):
        return
    for file in subject.dart:
        for call in calls(file.dart, _SHELL):
            if "observers" not in call.named:
                version = subject.go_router.version if subject.go_router else None
                what = f"go_router is {version}, and this shell has no observers."
                yield _at(SHELLS, subject, file, call.start, what)
        for start, name in find_typed_shells(file.dart):
            if not _has_typed_observers(subject, name):
                what = f"The shell {name} has no `$observers`."
                yield _at(SHELLS, subject, file, start, what)


def _has_typed_observers(subject: Subject, name: str) -> bool:
    return any(declares_observers(file.dart, name) for file in subject.dart)


def _opens_root(dart: Dart, app: Call, initial: str) -> bool:
    """
    Whether the navigator opens `/` below the initial route, or may do so.

    It does for a name that begins with `/`, where there is such a route; GetX does not.
    Source: https://api.flutter.dev/flutter/widgets/Navigator/defaultGenerateInitialRoutes.html
    """
    if dart.code.startswith(("Get", "GoRouter"), app.start) or not initial.startswith(_FIRST_ROUTE):
        return False
    if {"home", "onGenerateRoute", "onGenerateInitialRoutes"} & app.named.keys():
        return True
    routes = app.named.get("routes")
    if routes is None or "{" in dart.code[routes.start : routes.end]:
        return routes is not None and _holds(dart, routes, _FIRST_ROUTE)
    return True


def _holds(dart: Dart, span: Span, text: str) -> bool:
    return any(one.value == text and span.start < one.start < span.end for one in dart.literals)


def _is_shown_first(subject: Subject, dart: Dart, route: Call) -> bool:
    """Whether it is the screen at `/`: it neither leads elsewhere nor names its page itself."""
    path = text_of(subject, dart, route, "path")
    return path == _FIRST_ROUTE and not {"redirect", "pageBuilder"} & route.named.keys()


def _at(rule: Rule, subject: Subject, file: DartFile, offset: int, what: str) -> Finding:
    line = file.dart.line_of(offset)
    return rule.at(file.path, line, what, severity=severity_on_web(subject))


CHECKS: tuple[tuple[Rule, Check], ...] = ((FIRST, first), (SHELLS, shells))
