"""FD24: an SDK that does not start in every build or for every user."""

import re
from collections.abc import Iterable, Iterator

from sentry_release.dart.brackets import Span
from sentry_release.dart.conditions import (
    Guard,
    Reachability,
    combine_guards,
    find_enclosing_guards,
)
from sentry_release.dart.expressions import get_code
from sentry_release.dart.sentry_options import SentryInit, find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.declarations import Declarations
from sentry_release.doctor.analysis.sdk_start import reach_of
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.model.finding import Finding, Rule, Severity

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
    reach = reach_of(declarations, file, init.call.start, _find_guards)
    line = file.dart.get_line(init.call.start)
    if reach.reporter is not None:
        message = f"The SDK starts when `{reach.reporter}` reports the first error."
        yield CONDITIONAL_INIT.build_finding(file.path, line, message)
    elif reach.when is Reachability.NEVER:
        message = "Only debug builds start the SDK."
        yield CONDITIONAL_INIT.build_finding(file.path, line, message, severity=Severity.ERROR)
    elif reach.when is Reachability.SOMETIMES and reach.file is not None:
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
            return f"only {'unless' if guard.negated else 'if'} `{_shorten_condition(dart, guard.condition)}`"
    return "only in some cases"


def _shorten_condition(dart: DartSource, condition: Span) -> str:
    code = " ".join(get_code(dart, condition).split())
    return code if len(code) <= _MAX_SHOWN else code[:_MAX_SHOWN] + "…"


CHECKS: tuple[tuple[Rule, Check], ...] = ((CONDITIONAL_INIT, check_sdk_init),)
