"""What a Boolean option is set to -> whether a build for users has it on."""

from enum import Enum

from sentry_release.facts.dart.assignments import Assignment
from sentry_release.facts.dart.conditions import holds_in_release
from sentry_release.facts.dart.expressions import get_code, resolve_constant, strip_const
from sentry_release.facts.dart.guards import Reachability, find_reachability
from sentry_release.facts.dart.source import DartSource


class OptionState(Enum):
    """How an option stands in a build for users."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "a question of what happens at run time"


def find_option_state(dart: DartSource, setting: Assignment) -> OptionState:
    """
    How the option stands after this assignment.

    What is switched off under a condition is open; what only debug builds come to is on.
    """
    reached = find_reachability(dart, setting.start)
    if reached is Reachability.NEVER:
        return OptionState.ON
    code = get_code(dart, strip_const(dart, resolve_constant(dart, setting.value)))
    known = {"true": True, "false": False}.get(code)
    value = holds_in_release(code) if known is None else known
    if value is None:
        return OptionState.UNKNOWN
    if value:
        return OptionState.ON
    return OptionState.UNKNOWN if reached is Reachability.SOMETIMES else OptionState.OFF
