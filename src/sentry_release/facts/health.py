"""The inputs of the action `health`: percentages, counts and durations."""

import re
from datetime import timedelta

from sentry_release.facts.reading import Reader

_SHORTEST_WINDOW = timedelta(hours=1)
_LONGEST_WINDOW = timedelta(days=90)
_SHORTEST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
_PERCENT = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?")
_COUNT = re.compile(r"[0-9]{1,9}")
_TIME = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def percent_of(read: Reader, name: str) -> float | None:
    """A number from 0 to 100; a percent sign may follow it."""
    text = read.text(name)
    if text is None:
        return None
    found = _PERCENT.fullmatch(text)
    number = float(found["number"]) if found else -1.0
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        read.wrong(name, text, "", "Use a percentage from 0 to 100, such as `99.5`.")
        return None
    return number


def count_of(read: Reader, name: str) -> int | None:
    """A whole number from 0."""
    text = read.text(name)
    if text is not None and not _COUNT.fullmatch(text):
        read.wrong(name, text, "", "Use a whole number, such as `100`.")
        return None
    return int(text) if text else None


def fewest_of(read: Reader) -> int:
    """The number of sessions below which no rate is evaluated: at least one."""
    count = count_of(read, "min-sessions")
    if count == 0:
        read.wrong("min-sessions", "0", "", "Use at least `1`.")
    return count or 1


def window_of(read: Reader) -> timedelta:
    """The time to evaluate; Sentry counts sessions by the hour, and keeps them for 90 days."""
    found = _time(read, "health-window", least=_SHORTEST_WINDOW, most=_LONGEST_WINDOW)
    return found or _SHORTEST_WINDOW  # only after an invalid value, which is an error


def wait_of(read: Reader) -> timedelta | None:
    """How long to wait for sessions; no job of GitHub's own machines takes more than six hours."""
    return _time(read, "health-wait", least=_SHORTEST_WAIT, most=_LONGEST_WAIT)


def in_minutes(span: timedelta) -> int:
    """Whole minutes."""
    return int(span.total_seconds()) // 60


def _time(read: Reader, name: str, *, least: timedelta, most: timedelta) -> timedelta | None:
    text = read.text(name)
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    span = timedelta(**{_UNITS[found["unit"]]: int(found["number"])}) if found else timedelta()
    if not least <= span <= most:
        hint = f"Use a number with m, h, d or w, from `{_said(least)}` to `{_said(most)}`."
        read.wrong(name, text, "", hint)
        return None
    return span


def _said(span: timedelta) -> str:
    minutes = in_minutes(span)
    for size, unit in ((24 * 60, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
