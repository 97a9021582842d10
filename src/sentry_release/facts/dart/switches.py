"""What a Boolean option is set to -> whether a build for users has it on."""

from enum import Enum

from sentry_release.facts.dart.assignments import Assignment
from sentry_release.facts.dart.conditions import true_in_release
from sentry_release.facts.dart.expressions import code_of, resolved, without_const
from sentry_release.facts.dart.guards import When, when
from sentry_release.facts.dart.source import Dart


class Switch(Enum):
    """How an option stands in a build for users."""

    ON = "on"
    OFF = "off"
    OPEN = "a question of what happens at run time"


def switch(dart: Dart, setting: Assignment) -> Switch:
    """
    How the option stands after this assignment.

    What is switched off under a condition is open; what only debug builds come to is on.
    """
    reached = when(dart, setting.start)
    if reached is When.NEVER:
        return Switch.ON
    code = code_of(dart, without_const(dart, resolved(dart, setting.value)))
    known = {"true": True, "false": False}.get(code)
    value = true_in_release(code) if known is None else known
    if value is None:
        return Switch.OPEN
    if value:
        return Switch.ON
    return Switch.OPEN if reached is When.SOMETIMES else Switch.OFF
