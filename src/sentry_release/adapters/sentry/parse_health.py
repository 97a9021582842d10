"""Parse the JSON of sessions, health data and thresholds; invalid parts count as absent."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from sentry_release.adapters.sentry.parse import (
    as_count,
    as_datetime,
    as_dict,
    as_list,
    as_number,
    as_ratio,
    as_share,
    as_text,
)
from sentry_release.adapters.sentry.responses import ApiResponse
from sentry_release.model.health import ReleaseDetails, SessionStats, Threshold, Trend, TrendPoint

SESSIONS, USERS = "sum(session)", "count_unique(user)"
CRASH_FREE_SESSIONS, CRASH_FREE_USERS = "crash_free_rate(session)", "crash_free_rate(user)"
UNHANDLED_SESSIONS = "unhandled_rate(session)"
_MAX_LENGTH = 80  # characters of a name
_MAX_POINTS = 1000  # of a trend
_MAX_DIGITS = 19  # of the id of a project
_PERCENT = 100
_METRICS = (  # by the number that servers of 2023 and 2024 return instead of the name
    "total_error_count",
    "new_issue_count",
    "unhandled_issue_count",
    "regressed_issue_count",
    "failure_rate",
    "crash_free_session_rate",
    "crash_free_user_rate",
)
_OVER = ("over", 0)


def parse_session_counts(body: object, names: Sequence[str]) -> Iterator[SessionStats]:
    """Yield the counts of each of these releases that has sessions."""
    for group in _list_groups(body, names):
        totals = as_dict(group.get("totals"))
        sessions, users = as_count(totals.get(SESSIONS)) or 0, as_count(totals.get(USERS))
        yield SessionStats(
            release=as_dict(group.get("by"))["release"],
            sessions=sessions,
            users=users,
            crash_free_sessions=as_ratio(totals.get(CRASH_FREE_SESSIONS)) if sessions else None,
            crash_free_users=as_ratio(totals.get(CRASH_FREE_USERS)) if users else None,
            unhandled_free_sessions=_invert(totals.get(UNHANDLED_SESSIONS)) if sessions else None,
        )


def parse_trend(body: object, name: str, interval_s: int) -> Trend | None:
    """Return the trend of one release, or None if it has none."""
    group = next(_list_groups(body, [name]), None)
    series = as_dict(group.get("series")) if group else {}
    starts = [as_datetime(one) for one in as_list(as_dict(body).get("intervals"))]
    counts = as_list(series.get(SESSIONS))
    rates = _pad(as_list(series.get(CRASH_FREE_SESSIONS)), len(counts))
    unhandled = _pad(as_list(series.get(UNHANDLED_SESSIONS)), len(counts))
    points = tuple(
        TrendPoint(
            start=start,
            sessions=as_count(count) or 0,
            crash_free_sessions=as_ratio(rate),
            unhandled_free_sessions=_invert(other),
        )
        for start, count, rate, other in zip(starts, counts, rates, unhandled, strict=False)
        if start is not None
    )
    return Trend(interval_s=interval_s, points=points) if points else None


def _pad(values: list[Any], length: int) -> list[Any]:
    """Return the values, followed by None up to the length: older servers lack some series."""
    return [*values, *[None] * (length - len(values))]


def parse_total(body: object) -> int | None:
    """Return the sessions of all groups together."""
    groups = as_list(as_dict(body).get("groups"))
    counts = [as_count(as_dict(as_dict(one).get("totals")).get(SESSIONS)) for one in groups]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def parse_thresholds(
    body: object,
    name: str,
    projects: Sequence[str],
    environment: str | None,
) -> Iterator[Threshold]:
    """
    Yield Sentry's thresholds for a release: those of the environment, and those without one.

    Sentry also reports a metric without data as unhealthy, with no value or -1. Older servers
    number the metrics and the triggers, newer ones name them.
    Source: getsentry/sentry, release_thresholds/health_checks and release_threshold/constants
    """
    entries = [one for listed in as_dict(body).values() for one in as_list(listed)]
    for one in map(as_dict, entries):
        place = as_text(as_dict(one.get("environment")).get("name"))
        own = one.get("release") in {None, name} and one.get("project_slug") in projects
        if not own or (environment and place and place != environment):
            continue
        value = as_number(one.get("metric_value"))
        yield Threshold(
            metric=_parse_metric(one.get("threshold_type"))[:_MAX_LENGTH],
            project=str(one.get("project_slug"))[:_MAX_LENGTH],
            limit=as_number(one.get("value")) or 0.0,
            is_maximum=_is_over(one.get("trigger_type")),
            value=value,
            healthy=one.get("is_healthy") is True if value is not None else None,
        )


def _parse_metric(value: object) -> str:
    if type(value) is int and value in range(len(_METRICS)):
        return _METRICS[value]
    return as_text(value) or "a threshold"


def _is_over(value: object) -> bool:
    return not isinstance(value, bool) and value in _OVER


def _invert(value: object) -> float | None:
    """Return the ratio of the other sessions; None if the value is no ratio."""
    ratio = as_ratio(value)
    return None if ratio is None else 1 - ratio


def _list_groups(body: object, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    # The search may find more releases: a name can contain search syntax.
    for group in as_list(as_dict(body).get("groups")):
        if as_dict(as_dict(group).get("by")).get("release") in names:
            yield group


def parse_release_details(body: object, name: str, projects: Sequence[str]) -> ReleaseDetails:
    """Return the details of a release, limited to these projects (slugs)."""
    own = _filter_projects(body, projects)
    issues = [count for one in own if (count := as_count(one.get("newGroups"))) is not None]
    ids = (_parse_number(one.get("id")) for one in own)
    return ReleaseDetails(
        release=name,
        project_ids=tuple(number for number in ids if number is not None),
        created_at=as_datetime(as_dict(body).get("dateCreated")),
        new_issues=sum(issues) if issues else None,
    )


def parse_release_counts(
    body: object,
    name: str,
    projects: Sequence[str],
) -> SessionStats:
    """
    Return the counts in the health data of a release, for all environments together.

    The rates of several projects are averaged, weighted by sessions or users. The adoption is
    that of the last 24 hours. Source: https://docs.sentry.io/api/releases/
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


def parse_release_trend(body: object, projects: Sequence[str]) -> Trend | None:
    """Return the sessions in the health data of a release, by its intervals; without rates."""
    counts: dict[int, int] = {}
    for one in _filter_projects(body, projects):
        stats = as_dict(as_dict(one.get("healthData")).get("stats"))
        for series in stats.values():
            for second, count in _parse_points(series):
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


def _parse_points(series: object) -> Iterator[tuple[int, int]]:
    """Yield the second since 1970 and the count of each point; Sentry sends them as lists."""
    for point in as_list(series):
        start, value = [*as_list(point), None, None][:2]
        second, count = as_count(start), as_count(value)
        if second is not None and count is not None:
            yield second, count


def _filter_projects(body: object, projects: Sequence[str]) -> list[dict[str, Any]]:
    known = [as_dict(one) for one in as_list(as_dict(body).get("projects"))]
    return [one for one in known if one.get("slug") in projects]


def _sum_values(known: Iterable[dict[str, Any]], key: str) -> int | None:
    counts = [count for one in known if (count := as_count(one.get(key))) is not None]
    return sum(counts) if counts else None


def _compute_mean(known: Iterable[dict[str, Any]], key: str, weight: str) -> float | None:
    pairs = [(_parse_percent(one.get(key)), as_count(one.get(weight))) for one in known]
    weighted = [(rate, count) for rate, count in pairs if rate is not None and count]
    if not weighted:
        return None
    return sum(rate * count for rate, count in weighted) / sum(count for _, count in weighted)


def _parse_percent(value: object) -> float | None:
    number = as_number(value)
    return as_ratio(number / _PERCENT) if number is not None else None


def _parse_number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


def parse_window(response: ApiResponse, now: datetime, minutes: int) -> tuple[datetime, datetime]:
    """Return the window of the response, else one that ends at its Date header, else at `now`."""
    body = as_dict(response.body)
    start, end = as_datetime(body.get("start")), as_datetime(body.get("end"))
    if start is not None and end is not None:
        return start, end
    end = _parse_date(response) or now
    return end - timedelta(minutes=minutes), end


def _parse_date(response: ApiResponse) -> datetime | None:
    try:
        found = parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
