"""Finds out whether every run reaches a start of the SDK, through its callers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import Call
from sentry_release.dart.conditions import Guard, Reachability, combine_guards
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.declarations import Declarations, Function, enclosing_function
from sentry_release.doctor.app import DartFile

_CAPTURES = re.compile(r"\bcapture(?:Exception|Event|Message|Feedback)\b")
_MAIN = "main"
_MAX_DEPTH = 4  # functions that call each other
_RANKS = (Reachability.ALWAYS, Reachability.IN_RELEASE, Reachability.SOMETIMES, Reachability.NEVER)

Guards = Callable[[DartSource, int], Iterator[Guard]]


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


def reach_of(
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
    function = enclosing_function(file, offset)
    if function is None or function.name == _MAIN or depth >= _MAX_DEPTH:
        return Reach(when=own)
    if depth and _reports(function):
        return Reach(when=Reachability.SOMETIMES, reporter=function.name)
    called = _callers(declarations, function)
    if called is None or _excludes_nothing(called, guards):
        return Reach(when=own)
    reached = [
        reach_of(declarations, one, call.start, guards, depth=depth + 1) for one, call in called
    ]
    return min(reached, key=lambda one: (_RANKS.index(one.when), one.reporter is not None))


def _callers(declarations: Declarations, function: Function) -> list[tuple[DartFile, Call]] | None:
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
    observed: set[tuple[int, Span, bool]] = set()
    for file, call in called:
        for guard in guards(file.dart, call.start):
            if guard.condition is not None:
                if (id(file), guard.condition, not guard.negated) in observed:
                    return True
                observed.add((id(file), guard.condition, guard.negated))
    return False
