"""The inputs of the action `health`: percentages, counts and durations."""

import re
from datetime import timedelta

from sentry_release.config.input_reader import InputReader

_MIN_WINDOW = timedelta(hours=1)
_MAX_WINDOW = timedelta(days=90)
_MIN_WAIT = timedelta(minutes=1)
_MAX_WAIT = timedelta(hours=6)
_PERCENT = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?")
_COUNT = re.compile(r"[0-9]{1,9}")
_TIME = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_percent(inputs: InputReader, name: str) -> float | None:
    """A number from 0 to 100; a percent sign may follow it."""
    text = inputs.read_text(name)
    if text is None:
        return None
    found = _PERCENT.fullmatch(text)
    number = float(found["number"]) if found else -1.0
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        inputs.add_invalid(name, text, "", "Use a percentage from 0 to 100, such as `99.5`.")
        return None
    return number


def read_count(inputs: InputReader, name: str) -> int | None:
    """A whole number from 0."""
    text = inputs.read_text(name)
    if text is not None and not _COUNT.fullmatch(text):
        inputs.add_invalid(name, text, "", "Use a whole number, such as `100`.")
        return None
    return int(text) if text else None


def read_min_sessions(inputs: InputReader) -> int:
    """The number of sessions below which no rate is evaluated: at least one."""
    count = read_count(inputs, "min-sessions")
    if count == 0:
        inputs.add_invalid("min-sessions", "0", "", "Use at least `1`.")
    return count or 1


def read_window(inputs: InputReader) -> timedelta:
    """The time to evaluate; Sentry counts sessions by the hour, and keeps them for 90 days."""
    found = _read_duration(inputs, "health-window", min_count=_MIN_WINDOW, max_count=_MAX_WINDOW)
    return found or _MIN_WINDOW  # only after an invalid value, which is an error


def read_wait(inputs: InputReader) -> timedelta | None:
    """How long to wait for sessions; no job of GitHub's own machines takes more than six hours."""
    return _read_duration(inputs, "health-wait", min_count=_MIN_WAIT, max_count=_MAX_WAIT)


def to_minutes(span: timedelta) -> int:
    """Whole minutes."""
    return int(span.total_seconds()) // 60


def _read_duration(
    inputs: InputReader, name: str, *, min_count: timedelta, max_count: timedelta
) -> timedelta | None:
    text = inputs.read_text(name)
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    span = timedelta(**{_UNITS[found["unit"]]: int(found["number"])}) if found else timedelta()
    if not min_count <= span <= max_count:
        hint = f"Use a number with m, h, d or w, from `{_format_duration(min_count)}` to `{_format_duration(max_count)}`."
        inputs.add_invalid(name, text, "", hint)
        return None
    return span


def _format_duration(span: timedelta) -> str:
    minutes = to_minutes(span)
    for size, unit in ((24 * 60, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
