"""The health report as JSON, for programs."""

from datetime import datetime

from sentry_release.health.gates import HealthResult
from sentry_release.model.health import ReleaseHealth, SessionStats, TrendPoint

VERSION = 1
"""Version of the schema; keys may be added, but no key changes its meaning."""

Json = dict[str, "Json"] | list["Json"] | str | float | int | bool | None


def build_report(health: ReleaseHealth, result: HealthResult) -> Json:
    """
    Return all values of the job summary and the chart.

    Rates are ratios from 0 to 1, times are in ISO 8601, intervals in seconds; a value that
    Sentry did not return is null.
    """
    trend = health.trend
    return {
        "version": VERSION,
        "verdict": result.verdict.value,
        "environment": health.environment,
        "window": {
            "start": _time_to_json(health.window_start),
            "end": _time_to_json(health.window_end),
        },
        "release": _stats_to_json(health.current),
        "previous": _stats_to_json(health.previous) if health.previous else None,
        "gates": [
            {"name": gate.name, "outcome": gate.outcome.value, "reason": gate.reason}
            for gate in result.gates
        ],
        "trend": {
            "interval_seconds": trend.interval_s,
            "points": [_point_to_json(point) for point in trend.points],
        }
        if trend
        else None,
    }


def _stats_to_json(stats: SessionStats) -> Json:
    return {
        "name": stats.release,
        "sessions": stats.sessions,
        "users": stats.users,
        "crash_free_sessions": stats.crash_free_sessions,
        "crash_free_users": stats.crash_free_users,
        "adoption": stats.adoption,
        "new_issues": stats.new_issues,
    }


def _point_to_json(point: TrendPoint) -> Json:
    return {
        "start": _time_to_json(point.start),
        "sessions": point.sessions,
        "crash_free_sessions": point.crash_free_sessions,
    }


def _time_to_json(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
