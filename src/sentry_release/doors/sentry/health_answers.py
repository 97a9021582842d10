"""Sentry's lists of sessions and of thresholds -> nouns; what is absent stays absent."""

from collections.abc import Iterator, Sequence
from typing import Any

from sentry_release.doors.sentry.answers import as_datetime, as_dict, as_list, as_text
from sentry_release.doors.sentry.counts import as_int, as_positive_int, as_ratio
from sentry_release.words.health import SessionStats, Threshold, Trend, TrendPoint

SESSIONS, USERS = "sum(session)", "count_unique(user)"
CRASH_FREE_SESSIONS, CRASH_FREE_USERS = "crash_free_rate(session)", "crash_free_rate(user)"
_MAX_LENGTH = 80  # characters of a word of Sentry's that are worth keeping


def parse_session_counts(body: Any, names: Sequence[str]) -> Iterator[SessionStats]:  # noqa: ANN401 - JSON
    """The figures of those of these releases that have sessions."""
    for group in _list_groups(body, names):
        totals = as_dict(group.get("totals"))
        sessions, users = as_int(totals.get(SESSIONS)) or 0, as_int(totals.get(USERS))
        yield SessionStats(
            release=as_dict(group.get("by"))["release"],
            sessions=sessions,
            users=users,
            crash_free_sessions=as_ratio(totals.get(CRASH_FREE_SESSIONS)) if sessions else None,
            crash_free_users=as_ratio(totals.get(CRASH_FREE_USERS)) if users else None,
        )


def parse_trend(body: Any, name: str, interval_s: int) -> Trend | None:  # noqa: ANN401 - JSON
    """The series of one release; None where it has none."""
    group = next(_list_groups(body, [name]), None)
    series = as_dict(group.get("series")) if group else {}
    starts = [as_datetime(one) for one in as_list(as_dict(body).get("intervals"))]
    counts, rates = as_list(series.get(SESSIONS)), as_list(series.get(CRASH_FREE_SESSIONS))
    rates = [*rates, *[None] * (len(counts) - len(rates))]
    points = tuple(
        TrendPoint(start=start, sessions=as_int(count) or 0, crash_free_sessions=as_ratio(rate))
        for start, count, rate in zip(starts, counts, rates, strict=False)
        if start is not None
    )
    return Trend(interval_s=interval_s, points=points) if points else None


def parse_total(body: Any) -> int | None:  # noqa: ANN401 - JSON
    """The sessions of all groups together."""
    groups = as_list(as_dict(body).get("groups"))
    counts = [as_int(as_dict(as_dict(one).get("totals")).get(SESSIONS)) for one in groups]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def parse_thresholds(
    body: Any,  # noqa: ANN401 - JSON
    name: str,
    projects: Sequence[str],
    environment: str | None,
) -> Iterator[Threshold]:
    """
    Sentry's own thresholds for a release: those of this environment, and those of none.

    What Sentry cannot measure it calls unhealthy as well, and gives it no value, or -1.
    Source: getsentry/sentry, release_thresholds/health_checks
    """
    for entry in (entry for entries in as_dict(body).values() for entry in as_list(entries)):
        one = as_dict(entry)
        place = as_text(as_dict(one.get("environment")).get("name"))
        own = one.get("release") in {None, name} and one.get("project_slug") in projects
        if not own or (environment and place and place != environment):
            continue
        value = as_positive_int(one.get("metric_value"))
        yield Threshold(
            metric=(as_text(one.get("threshold_type")) or "a threshold")[:_MAX_LENGTH],
            project=str(one.get("project_slug"))[:_MAX_LENGTH],
            limit=as_positive_int(one.get("value")) or 0.0,
            over=one.get("trigger_type") == "over",
            value=value,
            healthy=one.get("is_healthy") is True if value is not None else None,
        )


def _list_groups(body: Any, names: Sequence[str]) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    # What the search has found may be more: a name can hold what means something in a search.
    for group in as_list(as_dict(body).get("groups")):
        if as_dict(as_dict(group).get("by")).get("release") in names:
            yield group
