"""FD13, FD14, FD15: navigation on the web that starts no session."""

import re
from collections.abc import Iterator

from sentry_release.facts.dart.calls import Call, calls
from sentry_release.facts.dart.expressions import plain, resolved
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.subject import Check, DartFile, Subject
from sentry_release.facts.doctor.versions import is_older
from sentry_release.facts.doctor.web import Web, has_web_sessions, web_of
from sentry_release.words.finding import Finding, Rule, Severity

_ROUTING = (
    "https://docs.sentry.io/platforms/dart/guides/flutter/integrations/routing-instrumentation/"
)
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
_EXTRACTOR = re.compile(r"\brouteNameExtractor\s*:")
_APP = re.compile(r"\b(?:(?:Material|Cupertino|Widgets)App(?:\s*\.\s*router)?|GoRouter)\s*\(")
_ROUTE = re.compile(r"\bGoRoute\s*\(")
_PAGE_ROUTE = re.compile(r"(?<!class )\b(?:Material|Cupertino)PageRoute\b\s*(?:<[^;(){}]*>)?\s*\(")
_PAGE = re.compile(
    r"\b(?:Material|Cupertino|NoTransition|CustomTransition)Page\b\s*(?:<[^;(){}]*>)?\s*\("
)
_SHELL = re.compile(r"\b(?:ShellRoute|StatefulShellBranch)\s*\(")
_FIRST_ROUTE = "/"


def first(subject: Subject) -> Iterator[Finding]:
    """Apps and routers that begin elsewhere, and the route `/` under another name."""
    if not _counts(subject):
        return
    for file in subject.dart:
        for call in calls(file.dart, _APP):
            for argument in ("initialRoute", "initialLocation"):
                name = _text(file.dart, call, argument)
                if name is not None and name != _FIRST_ROUTE:
                    what = f"`{argument}` is {name[:80]!r}."
                    yield _at(FIRST, subject, file, call.named[argument].start, what)
        for call in calls(file.dart, _ROUTE):
            name = _text(file.dart, call, "name")
            if name not in {None, _FIRST_ROUTE} and _is_shown_first(file.dart, call):
                what = f"The route with the path `/` is named {str(name)[:80]!r}."
                yield _at(FIRST, subject, file, call.named["name"].start, what)


def unnamed(subject: Subject) -> Iterator[Finding]:
    """The first of the routes without a name in each file, and how many there are."""
    if not _counts(subject):
        return
    for file in subject.dart:
        routes = [call for call in calls(file.dart, _PAGE_ROUTE) if "settings" not in call.named]
        places = sorted(call.start for call in (*routes, *_unnamed_pages(file.dart)))
        if places:
            what = (
                f"{len(places)} routes in this file have no name."
                if len(places) > 1
                else "This route has no name."
            )
            yield _at(UNNAMED, subject, file, places[0], what)


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


def _counts(subject: Subject) -> bool:
    """Whether names of routes decide about sessions: the observer may make names of its own."""
    return has_web_sessions(subject) and not any(
        _EXTRACTOR.search(file.dart.code) for file in subject.dart
    )


def _is_shown_first(dart: Dart, route: Call) -> bool:
    """Whether it is the screen at `/`: it neither leads elsewhere nor names its page itself."""
    path = _text(dart, route, "path")
    return path == _FIRST_ROUTE and not {"redirect", "pageBuilder"} & route.named.keys()


def _unnamed_pages(dart: Dart) -> Iterator[Call]:
    """Pages that the router's `pageBuilder` makes without a name."""
    builders = [
        route.named["pageBuilder"] for route in calls(dart, _ROUTE) if "pageBuilder" in route.named
    ]
    for page in calls(dart, _PAGE):
        within = any(one.start <= page.start < one.end for one in builders)
        if within and "name" not in page.named:
            yield page


def _text(dart: Dart, call: Call, argument: str) -> str | None:
    span = call.named.get(argument)
    return None if span is None else plain(dart, resolved(dart, span))


def _at(rule: Rule, subject: Subject, file: DartFile, offset: int, what: str) -> Finding:
    severity = None if web_of(subject) is Web.BUILT else Severity.INFO
    return rule.at(file.path, file.dart.line_of(offset), what, severity=severity)


CHECKS: tuple[tuple[Rule, Check], ...] = ((FIRST, first), (UNNAMED, unnamed), (SHELLS, shells))
