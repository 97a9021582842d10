"""FD10, FD24: an SDK that sends no sessions, or does not start in every build or for every user."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sentry_release.dart.conditions import (
    Guard,
    Reachability,
    combine_guards,
    find_enclosing_guards,
)
from sentry_release.dart.expressions import Call, find_calls, get_code
from sentry_release.dart.sentry_options import SentryInit, find_sentry_inits
from sentry_release.dart.source import DartSource, Span
from sentry_release.doctor.analysis.declarations import (
    Declarations,
    Function,
    find_enclosing_function,
)
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.model.finding import Finding, Rule, Severity

_CAPTURES = re.compile(r"\bcapture(?:Exception|Event|Message|Feedback)\b")
_MAIN = "main"
_MAX_DEPTH = 4  # functions that call each other
_RANKS = (Reachability.ALWAYS, Reachability.IN_RELEASE, Reachability.SOMETIMES, Reachability.NEVER)
Guards = Callable[[DartSource, int], Iterator[Guard]]
CONDITIONAL_INIT = Rule(
    id="FD24",
    name="conditional-start",
    severity=Severity.WARNING,
    worst=Severity.ERROR,
    title="The SDK is not always started.",
    reason="Sessions start with SentryFlutter.init: users who never reach this call are missing "
    "from adoption and from crash-free users.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/",
    fix="Start the SDK first in `main`, or expect fewer sessions than users.",
    before="Future<void> main() async {\n  if (prefs.allowReports) {\n"
    "    await SentryFlutter.init((options) => options.dsn = dsn);\n  }\n"
    "  runApp(const App());\n}",
    snippet="Future<void> main() async {\n"
    "  await SentryFlutter.init(\n"
    "    (options) => options.dsn = dsn,\n"
    "    appRunner: () => runApp(const App()),\n"
    "  );\n"
    "}",
)
_JOINT = re.compile(r"&&|\|\|")
_DSN = re.compile(r"(?i)dsn")
_MAX_SHOWN = 60
PURE_DART = Rule(
    id="FD10",
    name="pure-dart-init",
    severity=Severity.ERROR,
    title="The app starts the Dart SDK instead of the Flutter SDK.",
    reason="Sentry.init sends no sessions and has no default release, so the release has no "
    "health data.",
    link="https://github.com/getsentry/sentry-dart/issues/542",
    fix="Call SentryFlutter.init from sentry_flutter instead.",
    before="import 'package:sentry/sentry.dart';\n\n"
    "await Sentry.init((options) => options.dsn = dsn);",
    snippet="import 'package:sentry_flutter/sentry_flutter.dart';\n\n"
    "await SentryFlutter.init((options) => options.dsn = dsn);",
)
_START = re.compile(r"(?<![\w$.])(?:[a-z_]\w*\s*\.\s*)?Sentry\s*\.\s*init\s*\(")
_FLUTTER = re.compile(r"SentryFlutter\s*\.\s*init\b")
_LIBRARY = re.compile(r"package:sentry(?:_\w+)?/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """
    Whether runs reach a place, and the file and condition that stop some of them.

    `reporter` is the name of a function that starts the SDK only to send an error to Sentry.
    """

    when: Reachability
    file: DartFile | None = None
    guard: Guard | None = None
    reporter: str | None = None


ALWAYS = Reach(when=Reachability.ALWAYS)


def find_reach(
    declarations: Declarations, file: DartFile, offset: int, guards: Guards, *, depth: int = 0
) -> Reach:
    """
    Return whether every run reaches a place, following functions to all their callers.

    A function that is passed on by name, or has no known caller, counts as always called.

    Args:
        declarations: What the files of the app declare.
        file: The file of the place.
        offset: The offset of the place.
        guards: Returns the relevant conditions around a place.
        depth: The number of callers followed so far.
    """
    around = list(guards(file.dart, offset))
    own = combine_guards(around)
    if own in {Reachability.SOMETIMES, Reachability.NEVER}:
        decisive = next((one for one in around if one.condition is not None), None)
        return Reach(when=own, file=file, guard=decisive)
    function = find_enclosing_function(file, offset)
    if function is None or function.name == _MAIN or depth >= _MAX_DEPTH:
        return Reach(when=own)
    if depth and _reports(function):
        return Reach(when=Reachability.SOMETIMES, reporter=function.name)
    called = _find_callers(declarations, function)
    if called is None or _excludes_nothing(called, guards):
        return Reach(when=own)
    reached = [
        find_reach(declarations, one, call.start, guards, depth=depth + 1) for one, call in called
    ]
    return min(reached, key=lambda one: (_RANKS.index(one.when), one.reporter is not None))


def _find_callers(
    declarations: Declarations, function: Function
) -> list[tuple[DartFile, Call]] | None:
    """Return the calls of a function, except recursive ones; None if they are unknown."""
    name = function.name
    if len(declarations.find_functions(name)) != 1 or declarations.is_torn_off(name):
        return None
    found = [
        (file, call)
        for file, call in declarations.find_calls(name)
        if not (file is function.file and function.body.start <= call.start < function.body.end)
    ]
    return found or None


def _reports(function: Function) -> bool:
    code = function.file.dart.code
    return _CAPTURES.search(code, function.body.start, function.body.end) is not None


def _excludes_nothing(called: list[tuple[DartFile, Call]], guards: Guards) -> bool:
    """Return whether both branches of one condition call it."""
    seen: set[tuple[int, Span, bool]] = set()
    for file, call in called:
        for guard in guards(file.dart, call.start):
            if guard.condition is not None:
                if (id(file), guard.condition, not guard.negated) in seen:
                    return True
                seen.add((id(file), guard.condition, guard.negated))
    return False


def check_sdk_init(app: App) -> Iterator[Finding]:
    """Yield SDK starts that no entry point reaches, and conditional ones."""
    found = [(file, tuple(find_sentry_inits(file.dart))) for file in app.dart]
    found = [(file, those) for file, those in found if those]
    reached = [(file, those) for file, those in found if _is_reachable(app, file)]
    if found and not reached:
        for file, those in found:
            line = file.dart.get_line(those[0].call.start)
            message = "No file with a `main` imports this one, so nothing starts the SDK."
            yield CONDITIONAL_INIT.build_finding(file.path, line, message, severity=Severity.ERROR)
        return
    every = [(file, init) for file, those in reached for init in those]
    in_release = any(
        _find_reachability(file.dart, init) is not Reachability.NEVER for file, init in every
    )
    declarations = Declarations(app.dart)
    for file, those in reached:
        for init in those:
            yield from _find_conditional_inits(file, init, those, in_release=in_release)
            yield from _find_conditional_callers(declarations, file, init)


def _is_reachable(app: App, file: DartFile) -> bool:
    known = bool(app.reachable and app.entry_points)
    return not known or file.path in app.reachable


def _find_conditional_inits(
    file: DartFile, init: SentryInit, all_: tuple[SentryInit, ...], *, in_release: bool
) -> Iterator[Finding]:
    line = file.dart.get_line(init.call.start)
    reached = _find_reachability(file.dart, init)
    if reached in {Reachability.ALWAYS, Reachability.IN_RELEASE} or _has_twin_init(
        file.dart, init, all_
    ):
        return
    if reached is Reachability.NEVER:
        if not in_release:
            message = "Only debug builds start the SDK."
            yield CONDITIONAL_INIT.build_finding(file.path, line, message, severity=Severity.ERROR)
        return
    message = (
        f"The SDK starts {_describe_condition(_find_init_guards(file.dart, init), file.dart)}."
    )
    yield CONDITIONAL_INIT.build_finding(file.path, line, message, severity=Severity.INFO)


def _find_conditional_callers(
    declarations: Declarations, file: DartFile, init: SentryInit
) -> Iterator[Finding]:
    """Yield conditions around the calls of the function that starts the SDK."""
    if _find_reachability(file.dart, init) not in {Reachability.ALWAYS, Reachability.IN_RELEASE}:
        return
    reach = find_reach(declarations, file, init.call.start, _find_guards)
    line = file.dart.get_line(init.call.start)
    if reach.reporter is not None:
        message = f"The SDK starts when `{reach.reporter}` reports the first error."
        yield CONDITIONAL_INIT.build_finding(file.path, line, message)
    elif reach.when is Reachability.NEVER:
        message = "Only debug builds start the SDK."
        yield CONDITIONAL_INIT.build_finding(file.path, line, message, severity=Severity.ERROR)
    elif reach.file is not None:  # a condition there stops some runs
        message = f"The SDK starts {_describe_condition([reach.guard] if reach.guard else [], reach.file.dart)}."
        yield CONDITIONAL_INIT.build_finding(file.path, line, message, severity=Severity.INFO)


def _has_twin_init(dart: DartSource, init: SentryInit, all_: tuple[SentryInit, ...]) -> bool:
    """Return whether the other branch of an enclosing condition starts the SDK too."""
    mine = {(guard.condition, guard.negated) for guard in _find_init_guards(dart, init)}
    opposite = {(condition, not negated) for condition, negated in mine if condition is not None}
    return any(
        (guard.condition, guard.negated) in opposite
        for other in all_
        if other is not init
        for guard in _find_init_guards(dart, other)
    )


def _find_reachability(dart: DartSource, init: SentryInit) -> Reachability:
    return combine_guards(_find_init_guards(dart, init))


def _find_init_guards(dart: DartSource, init: SentryInit) -> Iterator[Guard]:
    return _find_guards(dart, init.call.start)


def _find_guards(dart: DartSource, offset: int) -> Iterator[Guard]:
    """Yield the conditions around a place, except checks for a DSN: without it nothing is sent."""
    for guard in find_enclosing_guards(dart, offset):
        operands = _JOINT.split(get_code(dart, guard.condition)) if guard.condition else [""]
        if not all(_DSN.search(operand) for operand in operands):
            yield guard


def _describe_condition(found: Iterable[Guard], dart: DartSource) -> str:
    for guard in found:
        if guard.condition is not None:
            return f"only if {'not ' * guard.negated}`{_shorten_condition(dart, guard.condition)}`"
    return "only in some cases"


def _shorten_condition(dart: DartSource, condition: Span) -> str:
    code = " ".join(get_code(dart, condition).split())
    return code if len(code) <= _MAX_SHOWN else code[:_MAX_SHOWN] + "…"


def check_dart_only_sdk(app: App) -> Iterator[Finding]:
    """
    Yield each start of the Dart SDK in reachable code, if nothing starts the Flutter SDK.

    Isolates may start the Dart SDK in addition, as may servers and tools in the same repository.
    """
    if not app.pubspec.is_flutter or any(_initializes_flutter_sdk(file) for file in app.dart):
        return
    for file in app.dart:
        if _is_app_file(app, file) and _LIBRARY.search(file.dart.text):
            for call in find_calls(file.dart, _START):
                line = file.dart.get_line(call.start)
                yield PURE_DART.build_finding(
                    file.path, line, "The app calls Sentry.init, but not SentryFlutter.init."
                )


def _initializes_flutter_sdk(file: DartFile) -> bool:
    return _FLUTTER.search(file.dart.code) is not None


def _is_app_file(app: App, file: DartFile) -> bool:
    """Return whether users run it: it is below a `lib` and reachable from an entry point."""
    return "lib" in file.path.parts and (not app.reachable or file.path in app.reachable)


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (CONDITIONAL_INIT, check_sdk_init),
    (PURE_DART, check_dart_only_sdk),
)
