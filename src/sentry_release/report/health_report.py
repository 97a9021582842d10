"""The report of a health check: its summary page, and JSON for programs."""

from dataclasses import replace
from datetime import datetime

from sentry_release.health.charts import render_mermaid_charts
from sentry_release.health.gates import HealthResult, Verdict, format_percent
from sentry_release.model.health import ReleaseHealth, SessionStats, StatsSource, TrendPoint
from sentry_release.report.page import Status, SummaryPage

_STATUS = {
    Verdict.HEALTHY: Status.HEALTHY,
    Verdict.UNHEALTHY: Status.UNHEALTHY,
    Verdict.UNKNOWN: Status.HEALTH_UNKNOWN,
}
VERSION = 1
"""Version of the schema; keys may be added, but no key changes its meaning."""

Json = dict[str, "Json"] | list["Json"] | str | float | int | bool | None


def build_health_page(
    page: SummaryPage, health: ReleaseHealth, result: HealthResult, notes: tuple[str, ...] = ()
) -> SummaryPage:
    """Return `page` with the verdict, the gates, and the figures of this and the previous release."""
    return replace(
        page,
        status=_STATUS[result.verdict],
        previous_release=health.previous.release if health.previous else None,
        figures=_build_rows(health.current, health.previous),
        gates=tuple((gate.name, gate.outcome.value, gate.reason) for gate in result.gates),
        window_start=health.window_start,
        window_end=health.window_end,
        chart=render_mermaid_charts(health),
        notes=(*_list_notes(health, page.environment), *notes),
    )


def _build_rows(now: SessionStats, before: SessionStats | None) -> tuple[tuple[str, str, str], ...]:
    rows = (
        ("Sessions", now.sessions, before.sessions if before else None),
        (
            "Crash-free sessions",
            _format_rate(now.crash_free_sessions),
            _format_statistic(before, "crash_free_sessions"),
        ),
        ("Users", now.users, before.users if before else None),
        (
            "Crash-free users",
            _format_rate(now.crash_free_users),
            _format_statistic(before, "crash_free_users"),
        ),
        (
            "Adoption",
            _format_rate(now.adoption),
            _format_statistic(before, "adoption"),
        ),
        ("New issues", now.new_issues, before.new_issues if before else None),
    )
    return tuple((name, _format_value(value), _format_value(other)) for name, value, other in rows)


def _format_statistic(stats: SessionStats | None, name: str) -> str | None:
    return _format_rate(getattr(stats, name)) if stats else None


def _format_rate(rate: float | None) -> str | None:
    return f"{format_percent(rate)} %" if rate is not None else None


def _format_value(value: int | str | None) -> str:
    return "" if value is None else str(value)


def _list_notes(health: ReleaseHealth, environment: str | None) -> tuple[str, ...]:
    notes = []
    if health.source is StatsSource.RELEASE and environment is not None:
        notes.append(
            f"These figures cover all environments, not only {environment}: counting sessions of "
            "one environment requires the scope org:read, which organization tokens lack."
        )
    if health.created_at is not None and health.created_at > health.window_end:
        notes.append("The release was created after the end of this window: the clocks differ.")
    elif health.created_at is not None and health.created_at > health.window_start:
        notes.append("The window starts before the release was created.")
    return tuple(notes)


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
