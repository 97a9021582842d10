"""GateResult: one evaluated gate with its reason, and how percentages and counts are written."""

import math
from dataclasses import dataclass
from enum import StrEnum

PERCENT = 100
_DIGITS = 1000  # three decimals
_DISPLAY_ROUNDING = 1e-6  # tolerance, in units of the last decimal


class GateOutcome(StrEnum):
    """The result of a gate; a skipped gate does not affect the verdict."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """
    One gate, its outcome and the reason.

    Attributes:
        name: How reports name the gate.
        outcome: The result.
        reason: The values that led to it.
        word: One word for the output `failed-gates`: the name of the gate's input.
        can_wait: Whether the gate is unknown only because there are too few sessions yet.
    """

    name: str
    outcome: GateOutcome
    reason: str
    word: str
    can_wait: bool = False


def format_percent(rate: float) -> str:
    """
    Return a ratio as a percentage; truncated, not rounded, so that 100 means all.

    >>> format_percent(0.995), format_percent(0.9999999), format_percent(1), format_percent(0)
    ('99.5', '99.999', '100', '0')
    """
    return f"{math.floor(rate * PERCENT * _DIGITS + _DISPLAY_ROUNDING) / _DIGITS:g}"


def format_count(value: float) -> str:
    """
    Return a threshold or a measured value with all significant digits.

    >>> format_count(99.99999), format_count(0.5), format_count(1234567)
    ('99.99999', '0.5', '1234567')
    """
    return f"{value:.12g}"
