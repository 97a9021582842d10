"""Health and its verdict -> the JSON of the report, for programs."""

from datetime import datetime

from sentry_release.decisions.health.gates import Judged
from sentry_release.words.health import Figures, Health, Point

VERSION = 1
"""Of the shape; a key may be added to it, none changes its meaning."""

Json = dict[str, "Json"] | list["Json"] | str | float | int | bool | None


def report(health: Health, judged: Judged) -> Json:
    """
    Everything that the summary shows and the picture draws.

    Rates are ratios from 0 to 1, moments are in ISO 8601, intervals in seconds; what Sentry did
    not tell is null.
    """
    trend = health.trend
    return {
        "version": VERSION,
        "verdict": judged.verdict.value,
        "environment": health.environment,
        "window": {"start": _moment(health.window_start), "end": _moment(health.window_end)},
        "release": _figures(health.now),
        "previous": _figures(health.before) if health.before else None,
        "gates": [
            {"name": gate.name, "outcome": gate.outcome.value, "reason": gate.reason}
            for gate in judged.gates
        ],
        "trend": {
            "interval_seconds": trend.interval_s,
            "points": [_point(point) for point in trend.points],
        }
        if trend
        else None,
    }


def _figures(figures: Figures) -> Json:
    return {
        "name": figures.release,
        "sessions": figures.sessions,
        "users": figures.users,
        "crash_free_sessions": figures.crash_free_sessions,
        "crash_free_users": figures.crash_free_users,
        "adoption": figures.adoption,
        "new_issues": figures.new_issues,
    }


def _point(point: Point) -> Json:
    return {
        "start": _moment(point.start),
        "sessions": point.sessions,
        "crash_free_sessions": point.crash_free_sessions,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
