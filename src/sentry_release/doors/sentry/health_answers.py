"""Sentry's lists of sessions and of thresholds -> nouns; what is absent stays absent."""

from collections.abc import Iterator, Sequence
from typing import Any

from sentry_release.doors.sentry.answers import listing, mapping, moment, text_of
from sentry_release.doors.sentry.counts import positive, ratio, whole
from sentry_release.words.health import Figures, Point, Threshold, Trend

SESSIONS, USERS = "sum(session)", "count_unique(user)"
CRASH_FREE_SESSIONS, CRASH_FREE_USERS = "crash_free_rate(session)", "crash_free_rate(user)"
_LONGEST = 80  # characters of a word of Sentry's that are worth keeping


def figures(body: Any, names: Sequence[str]) -> Iterator[Figures]:  # noqa: ANN401 - JSON
    """The figures of those of these releases that have sessions."""
    for group in _groups(body, names):
        totals = mapping(group.get("totals"))
        sessions, users = whole(totals.get(SESSIONS)) or 0, whole(totals.get(USERS))
        yield Figures(
            release=mapping(group.get("by"))["release"],
            sessions=sessions,
            users=users,
            crash_free_sessions=ratio(totals.get(CRASH_FREE_SESSIONS)) if sessions else None,
            crash_free_users=ratio(totals.get(CRASH_FREE_USERS)) if users else None,
        )


def trend(body: Any, name: str, interval_s: int) -> Trend | None:  # noqa: ANN401 - JSON
    """The series of one release; None where it has none."""
    group = next(_groups(body, [name]), None)
    series = mapping(group.get("series")) if group else {}
    starts = [moment(one) for one in listing(mapping(body).get("intervals"))]
    counts, rates = listing(series.get(SESSIONS)), listing(series.get(CRASH_FREE_SESSIONS))
    rates = [*rates, *[None] * (len(counts) - len(rates))]
    points = tuple(
        Point(start=start, sessions=whole(count) or 0, crash_free_sessions=ratio(rate))
        for start, count, rate in zip(starts, counts, rates, strict=False)
        if start is not None
    )
    return Trend(interval_s=interval_s, points=points) if points else None


def total(body: Any) -> int | None:  # noqa: ANN401 - JSON
    """The sessions of all groups together."""
    groups = listing(mapping(body).get("groups"))
    counts = [whole(mapping(mapping(one).get("totals")).get(SESSIONS)) for one in groups]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def thresholds(
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
    for entry in (entry for entries in mapping(body).values() for entry in listing(entries)):
        one = mapping(entry)
        place = text_of(mapping(one.get("environment")).get("name"))
        ours = one.get("release") in {None, name} and one.get("project_slug") in projects
        if not ours or (environment and place and place != environment):
            continue
        value = positive(one.get("metric_value"))
        yield Threshold(
            metric=(text_of(one.get("threshold_type")) or "a threshold")[:_LONGEST],
            project=str(one.get("project_slug"))[:_LONGEST],
            limit=positive(one.get("value")) or 0.0,
            over=one.get("trigger_type") == "over",
            value=value,
            healthy=one.get("is_healthy") is True if value is not None else None,
        )


def _groups(body: Any, names: Sequence[str]) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    # What the search has found may be more: a name can hold what means something in a search.
    for group in listing(mapping(body).get("groups")):
        if mapping(mapping(group).get("by")).get("release") in names:
            yield group
