"""The report of a health check: its summary page, and JSON for programs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sentry_release.health.charts import render_mermaid_charts
from sentry_release.health.gates import (
    MIN_UNHANDLED_FREE,
    HealthResult,
    Verdict,
    explain_missing_unhandled,
)
from sentry_release.health.regression import (
    MAX_DROP,
    Comparison,
    count_affected,
    has_unhandled_sessions,
)
from sentry_release.model.health import (
    GateOutcome,
    ReleaseHealth,
    SessionStats,
    StatsSource,
    TrendPoint,
    format_percent,
)
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
        chart=render_mermaid_charts(health, result.limits),
        notes=(
            *_list_notes(health, page.environment),
            *_explain_unhandled(health, result),
            *_explain_comparison(health, result),
            *notes,
        ),
    )


def _build_rows(now: SessionStats, before: SessionStats | None) -> tuple[tuple[str, str, str], ...]:
    rows = (
        ("Sessions", now.sessions, before.sessions if before else None),
        (
            "Crash-free sessions",
            _format_rate(now.crash_free_sessions),
            _format_statistic(before, "crash_free_sessions"),
        ),
        (
            "Unhandled-free sessions",
            _format_rate(now.unhandled_free_sessions),
            _format_statistic(before, "unhandled_free_sessions"),
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


def _explain_unhandled(health: ReleaseHealth, result: HealthResult) -> Iterator[str]:
    """Yield that no gate evaluates the unhandled sessions, or that max-drop cannot see them."""
    names = {gate.name for gate in result.gates}
    missing = explain_missing_unhandled(health.source)
    if missing and MAX_DROP in names and MIN_UNHANDLED_FREE not in names:
        yield f"`max-drop` compares crashes only: {missing}."
    rate = health.current.unhandled_free_sessions
    if rate is None or result.evaluates_unhandled or not has_unhandled_sessions(health.current):
        return
    count = count_affected(rate, health.current.sessions)
    yield (
        f"{count} of {health.current.sessions} sessions have an unhandled error, and no gate "
        "evaluates them: since sentry_flutter 10 they do not count as crashes. Set "
        "`min-unhandled-free-sessions`."
    )


def _explain_comparison(health: ReleaseHealth, result: HealthResult) -> Iterator[str]:
    """Yield which hours max-drop compared, if they are not those of the whole window."""
    comparison, compared = result.comparison, {GateOutcome.PASSED, GateOutcome.FAILED}
    if comparison is None or health.trend is None or health.previous_trend is None:
        return
    if not any(gate.name == MAX_DROP and gate.outcome in compared for gate in result.gates):
        return
    if not comparison.starts:
        yield (
            "`max-drop` compares the whole window, because the releases have too few sessions in "
            "the same hours."
        )
        return
    if len(comparison.starts) == len(health.trend.points):
        return
    first, last = comparison.starts[0], comparison.starts[-1]
    end = last + timedelta(seconds=comparison.interval_s)
    length = comparison.interval_s // 3600
    hours, all_hours = (length * len(one) for one in (comparison.starts, health.trend.points))
    yield (
        f"`max-drop` compares the {hours} of {all_hours} hours in which both releases have "
        f"sessions, from {first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC."
    )


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
            "start": _format_time(health.window_start),
            "end": _format_time(health.window_end),
        },
        "release": _build_stats(health.current),
        "previous": _build_stats(health.previous) if health.previous else None,
        "gates": [
            {"name": gate.name, "outcome": gate.outcome.value, "reason": gate.reason}
            for gate in result.gates
        ],
        "failed_gates": list(result.failed_words),
        "comparison": _build_comparison(result.comparison) if result.comparison else None,
        "trend": {
            "interval_seconds": trend.interval_s,
            "points": [_build_point(point) for point in trend.points],
        }
        if trend
        else None,
    }


def _build_stats(stats: SessionStats) -> Json:
    return {
        "name": stats.release,
        "sessions": stats.sessions,
        "users": stats.users,
        "crash_free_sessions": stats.crash_free_sessions,
        "crash_free_users": stats.crash_free_users,
        "unhandled_free_sessions": stats.unhandled_free_sessions,
        "adoption": stats.adoption,
        "new_issues": stats.new_issues,
    }


def _build_point(point: TrendPoint) -> Json:
    return {
        "start": _format_time(point.start),
        "sessions": point.sessions,
        "crash_free_sessions": point.crash_free_sessions,
        "unhandled_free_sessions": point.unhandled_free_sessions,
    }


def _build_comparison(comparison: Comparison) -> Json:
    """Return what `max-drop` compares; without common intervals it is the whole window."""
    return {
        "interval_seconds": comparison.interval_s or None,
        "intervals": [_format_time(start) for start in comparison.starts],
        "release": _build_compared(comparison.now),
        "previous": _build_compared(comparison.before),
    }


def _build_compared(stats: SessionStats) -> Json:
    return {
        "sessions": stats.sessions,
        "crash_free_sessions": stats.crash_free_sessions,
        "unhandled_free_sessions": stats.unhandled_free_sessions,
    }


def _format_time(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
