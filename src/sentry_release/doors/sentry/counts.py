"""Parts of Sentry's JSON -> counts and shares; what can be neither is absent."""

from typing import Any

_ROUNDING = 1e-9  # of a ratio
_MOST = 10**15  # of anything that is counted; to compare more than that takes too long


def as_ratio(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """A share of one; a percentage is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -_ROUNDING <= value <= 1 + _ROUNDING:  # NaN is not between anything
        return None
    return min(max(float(value), 0.0), 1.0)


def as_share(part: int | None, whole_: int | None) -> float | None:
    """How much of the whole a part is; None where they do not fit."""
    if part is None or not whole_ or part > whole_:
        return None
    return part / whole_


def as_int(value: Any) -> int | None:  # noqa: ANN401 - JSON
    """A count."""
    number = as_positive_int(value)
    return int(number) if number is not None else None


def as_positive_int(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """A number from 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _MOST else None  # NaN is not between anything
