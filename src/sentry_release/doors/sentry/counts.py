"""Parts of Sentry's JSON -> counts, shares and moments; what can be none of these is absent."""

import math
from datetime import UTC, datetime
from typing import Any

_ROUNDING = 1e-9  # of a ratio
_YEARS = range(2000, 3000)


def ratio(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """A share of one; a percentage is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not -_ROUNDING <= value <= 1 + _ROUNDING:  # NaN is not between anything
        return None
    return min(max(float(value), 0.0), 1.0)


def share(part: int | None, whole_: int | None) -> float | None:
    """How much of the whole a part is; None where they do not fit."""
    if part is None or not whole_ or part > whole_:
        return None
    return part / whole_


def whole(value: Any) -> int | None:  # noqa: ANN401 - JSON
    """A count."""
    number = positive(value)
    return int(number) if number is not None else None


def moment(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    """A point in time, of the centuries in which one can be counted with."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if found.year not in _YEARS:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def positive(value: Any) -> float | None:  # noqa: ANN401 - JSON
    """A number from 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if value >= 0 and math.isfinite(value) else None
    except OverflowError:  # an integer of hundreds of digits
        return None


def mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """An object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """A list of its own; an empty one where it is none."""
    return list(value) if isinstance(value, list) else []


def text_of(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None
