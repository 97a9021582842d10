"""FD24: an SDK that not every build, or not every user, starts."""

import re
from collections.abc import Iterable, Iterator

from sentry_release.doctor.analysis.declarations import Declarations
from sentry_release.doctor.analysis.sdk_start import reach_of
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.expressions import code_of
from sentry_release.facts.dart.guards import Guard, When, guards, weighed
from sentry_release.facts.dart.options import Init, inits
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.subject import Check, DartFile, Subject
from sentry_release.words.finding import Finding, Rule, Severity

START = Rule(
    id="FD24",
    name="conditional-start",
    severity=Severity.WARNING,
    worst=Severity.ERROR,
    title="The SDK is not always started.",
    why="Sessions begin with SentryFlutter.init: whoever does not come by it is missing in "
    "adoption and in crash-free users.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/",
    mend="Start the SDK first thing in `main`, or count with fewer sessions than users.",
    snippet="Future<void> main() async {\n"
    "  await SentryFlutter.init(\n"
    "    (options) => options.dsn = dsn,\n"
    "    appRunner: () => runApp(const App()),\n"
    "  );\n"
    "}",
)
_JOINT = re.compile(r"&&|\|\|")
_DSN = re.compile(r"(?i)dsn")
_SHOWN = 60


def start(subject: Subject) -> Iterator[Finding]:
    """Starts that no entry point leads to, and those under a condition."""
    found = [(file, tuple(inits(file.dart))) for file in subject.dart]
    found = [(file, those) for file, those in found if those]
    reached = [(file, those) for file, those in found if _is_reached(subject, file)]
    if found and not reached:
        for file, those in found:
            line = file.dart.line_of(those[0].call.start)
            what = "No file with a `main` imports this one, so that nothing starts the SDK."
            yield START.at(file.path, line, what, severity=Severity.ERROR)
        return
    every = [(file, init) for file, those in reached for init in those]
    in_release = any(_when(file.dart, init) is not When.NEVER for file, init in every)
    declarations = Declarations(subject.dart)
    for file, those in reached:
        for init in those:
            yield from _conditional(file, init, those, in_release=in_release)
            yield from _by_callers(declarations, file, init)


def _is_reached(subject: Subject, file: DartFile) -> bool:
    known = bool(subject.reached and subject.entry_points)
    return not known or file.path in subject.reached


def _conditional(
    file: DartFile, init: Init, all_: tuple[Init, ...], *, in_release: bool
) -> Iterator[Finding]:
    line = file.dart.line_of(init.call.start)
    reached = _when(file.dart, init)
    if reached in {When.ALWAYS, When.IN_RELEASE} or _has_twin(file.dart, init, all_):
        return
    if reached is When.NEVER:
        if not in_release:
            what = "Only debug builds start the SDK."
            yield START.at(file.path, line, what, severity=Severity.ERROR)
        return
    what = f"The SDK starts {_under(_guards(file.dart, init), file.dart)}."
    yield START.at(file.path, line, what, severity=Severity.INFO)


def _by_callers(declarations: Declarations, file: DartFile, init: Init) -> Iterator[Finding]:
    """What its own file does not show: conditions around the call of what holds the start."""
    if _when(file.dart, init) not in {When.ALWAYS, When.IN_RELEASE}:
        return
    reach = reach_of(declarations, file, init.call.start, _guards_at)
    line = file.dart.line_of(init.call.start)
    if reach.reporter is not None:
        what = f"The SDK starts when `{reach.reporter}` reports the first error."
        yield START.at(file.path, line, what)
    elif reach.when is When.NEVER:
        what = "Only debug builds start the SDK."
        yield START.at(file.path, line, what, severity=Severity.ERROR)
    elif reach.when is When.SOMETIMES and reach.file is not None:
        what = f"The SDK starts {_under([reach.guard] if reach.guard else [], reach.file.dart)}."
        yield START.at(file.path, line, what, severity=Severity.INFO)


def _has_twin(dart: Dart, init: Init, all_: tuple[Init, ...]) -> bool:
    """Whether the other branch of a condition around it starts the SDK as well."""
    mine = {(guard.condition, guard.negated) for guard in _guards(dart, init)}
    opposite = {(condition, not negated) for condition, negated in mine if condition is not None}
    return any(
        (guard.condition, guard.negated) in opposite
        for other in all_
        if other is not init
        for guard in _guards(dart, other)
    )


def _when(dart: Dart, init: Init) -> When:
    return weighed(_guards(dart, init))


def _guards(dart: Dart, init: Init) -> Iterator[Guard]:
    return _guards_at(dart, init.call.start)


def _guards_at(dart: Dart, offset: int) -> Iterator[Guard]:
    """The conditions around a place, save whether there is a DSN: nothing is sent without one."""
    for guard in guards(dart, offset):
        operands = _JOINT.split(code_of(dart, guard.condition)) if guard.condition else [""]
        if not all(_DSN.search(operand) for operand in operands):
            yield guard


def _under(found: Iterable[Guard], dart: Dart) -> str:
    for guard in found:
        if guard.condition is not None:
            return f"only {'unless' if guard.negated else 'if'} `{_said(dart, guard.condition)}`"
    return "only in one of several cases"


def _said(dart: Dart, condition: Span) -> str:
    code = " ".join(code_of(dart, condition).split())
    return code if len(code) <= _SHOWN else code[:_SHOWN] + "…"


CHECKS: tuple[tuple[Rule, Check], ...] = ((START, start),)
