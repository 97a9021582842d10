"""The nouns of a gate: its outcome and its reason, and how its figures are written."""

import math
from dataclasses import dataclass
from enum import StrEnum

from sentry_release.words.health import SessionStats

_HUNDRED = 100
_DIGITS = 1000  # three decimals
_DISPLAY_ROUNDING = 1e-6  # of the last of these


class GateOutcome(StrEnum):
    """What a gate says; one that is skipped says nothing, and leaves it to the others."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate, by the name of its input, and why it says what it says."""

    name: str
    outcome: GateOutcome
    reason: str


def has_too_few_sessions(min_count: int, stats: SessionStats) -> bool:
    """Whether there are too few sessions to tell a rate."""
    return stats.sessions < min_count


def format_percent(rate: float) -> str:
    """
    A ratio as a percentage; cut, not rounded, so that 100 means all of them.

    >>> format_percent(0.995), format_percent(0.9999999), format_percent(1), format_percent(0)
    ('99.5', '99.999', '100', '0')
    """
    return f"{math.floor(rate * _HUNDRED * _DIGITS + _DISPLAY_ROUNDING) / _DIGITS:g}"


def format_count(value: float) -> str:
    """
    A limit or a measured figure, with all digits that count.

    >>> format_count(99.99999), format_count(0.5), format_count(1234567)
    ('99.99999', '0.5', '1234567')
    """
    return f"{value:.12g}"


def count_crashed(rate: float, of: int) -> int:
    """How many of so many were not free of a crash; the rate is all that Sentry tells of it."""
    return min(max(round((1 - rate) * of), 0), of)
