"""What a release tells of itself -> nouns: its projects, its issues, and its own health figures."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sentry_release.doors.sentry.answers import as_datetime, as_dict, as_list
from sentry_release.doors.sentry.counts import as_int, as_positive_int, as_ratio, as_share
from sentry_release.words.health import ReleaseDetails, SessionStats, Trend, TrendPoint

_HUNDRED = 100
_MAX_POINTS = 1000
_MAX_DIGITS = 19


def parse_release_details(body: Any, name: str, projects: Sequence[str]) -> ReleaseDetails:  # noqa: ANN401 - JSON
    """The release, as far as it is of these projects (their slugs)."""
    own = _filter_projects(body, projects)
    issues = [count for one in own if (count := as_int(one.get("newGroups"))) is not None]
    ids = (_parse_number(one.get("id")) for one in own)
    return ReleaseDetails(
        release=name,
        project_ids=tuple(number for number in ids if number is not None),
        created_at=as_datetime(as_dict(body).get("dateCreated")),
        new_issues=sum(issues) if issues else None,
    )


def parse_release_counts(
    body: Any,  # noqa: ANN401 - JSON
    name: str,
    projects: Sequence[str],
) -> SessionStats:
    """
    What a release tells of its own health, over all environments; its rates are percentages.

    Of several projects the rates are the mean, weighed by sessions or users. The share of all
    sessions is that of the last 24 hours. Source: https://docs.sentry.io/api/releases/
    """
    known = [as_dict(one.get("healthData")) for one in _filter_projects(body, projects)]
    sessions, users = _sum_values(known, "totalSessions"), _sum_values(known, "totalUsers")
    of_day, of_all = (
        _sum_values(known, "totalSessions24h"),
        _sum_values(known, "totalProjectSessions24h"),
    )
    return SessionStats(
        release=name,
        sessions=sessions or 0,
        users=users,
        crash_free_sessions=_compute_mean(known, "crashFreeSessions", "totalSessions"),
        crash_free_users=_compute_mean(known, "crashFreeUsers", "totalUsers"),
        adoption=as_share(of_day, of_all),
        new_issues=parse_release_details(body, name, projects).new_issues,
    )


def parse_release_trend(body: Any, projects: Sequence[str]) -> Trend | None:  # noqa: ANN401 - JSON
    """The sessions that a release tells of, by its own intervals; it tells no rates of them."""
    counts: dict[int, int] = {}
    for one in _filter_projects(body, projects):
        stats = as_dict(as_dict(one.get("healthData")).get("stats"))
        for entry in (entry for series in stats.values() for entry in as_list(series)):
            second, count = (as_int(part) for part in (*as_list(entry), None, None)[:2])
            if second is not None and count is not None:
                counts[second] = counts.get(second, 0) + count
    seconds = sorted(counts)[-_MAX_POINTS:]
    try:
        points = tuple(
            TrendPoint(start=datetime.fromtimestamp(second, UTC), sessions=counts[second])
            for second in seconds
        )
    except (ValueError, OverflowError, OSError):
        return None
    if len(points) < 2:  # noqa: PLR2004 - an interval has two ends
        return None
    return Trend(interval_s=seconds[1] - seconds[0], points=points)


def _filter_projects(body: Any, projects: Sequence[str]) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    known = [as_dict(one) for one in as_list(as_dict(body).get("projects"))]
    return [one for one in known if one.get("slug") in projects]


def _sum_values(known: Iterable[dict[str, Any]], key: str) -> int | None:
    counts = [count for one in known if (count := as_int(one.get(key))) is not None]
    return sum(counts) if counts else None


def _compute_mean(known: Iterable[dict[str, Any]], key: str, weight: str) -> float | None:
    pairs = [(_parse_percent(one.get(key)), as_int(one.get(weight))) for one in known]
    weighed = [(rate, count) for rate, count in pairs if rate is not None and count]
    if not weighed:
        return None
    return sum(rate * count for rate, count in weighed) / sum(count for _, count in weighed)


def _parse_percent(value: Any) -> float | None:  # noqa: ANN401 - JSON
    number = as_positive_int(value)
    return as_ratio(number / _HUNDRED) if number is not None else None


def _parse_number(value: Any) -> int | None:  # noqa: ANN401 - JSON
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
